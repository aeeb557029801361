//! What `lint` is told about the world: the files that the mesh names, as certificates, as what may be known of a key, or as the
//! reason why there is neither; and the time. Bytes of a key never become a fact.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::verify::Certificate;

/// The files of a mesh, by the path that the mesh has for them, and now.
pub struct Facts {
    /// The time that validity is judged at.
    pub now: OffsetDateTime,
    certificates: BTreeMap<String, Result<Vec<Certificate>, String>>,
    keys: BTreeMap<String, (u32, KeyFact)>,
    unreadable: BTreeMap<String, String>,
}

/// What may be known of a file that should hold a private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFact {
    /// A key that can sign.
    Signs {
        /// Its public half, a DER `SubjectPublicKeyInfo`; empty if it is that of no certificate of the mesh.
        public: Vec<u8>,
    },
    /// A key that its holder can show, and that nothing can be signed with here. Why.
    ShowsOnly(String),
    /// A key behind a passphrase.
    Encrypted,
    /// No key. Why.
    NotAKey(String),
}

/// Why a file that should hold certificates gives none.
pub(super) enum NoCertificates<'a> {
    Unreadable(&'a str),
    NotCertificates(&'a str),
}

/// A file that nobody told anything of.
const NOT_LOOKED_AT: &str = "nobody has looked";

impl Facts {
    /// No files yet.
    pub const fn new(now: OffsetDateTime) -> Self {
        Self { now, certificates: BTreeMap::new(), keys: BTreeMap::new(), unreadable: BTreeMap::new() }
    }

    /// Adds a file of certificates, PEM.
    pub fn certificates(&mut self, path: &str, pem: &[u8]) {
        let read = Certificate::all_from_pem(pem).map_err(|error| error.to_string());
        self.certificates.insert(path.to_owned(), read);
    }

    /// Adds a file of a key, with its mode.
    pub fn key(&mut self, path: &str, mode: u32, fact: KeyFact) {
        self.keys.insert(path.to_owned(), (mode, fact));
    }

    /// Adds a file that cannot be read.
    pub fn unreadable(&mut self, path: &str, reason: &str) {
        self.unreadable.insert(path.to_owned(), reason.to_owned());
    }

    /// The public keys of the first certificate of each file, DER `SubjectPublicKeyInfo`.
    pub fn public_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.values().filter_map(|read| Some(read.as_ref().ok()?.first()?.spki_der()))
    }

    /// The certificates in the file `path`, at least one.
    pub(super) fn certificates_of(&self, path: &str) -> Result<&[Certificate], NoCertificates<'_>> {
        match self.certificates.get(path) {
            Some(Ok(certificates)) => Ok(certificates),
            Some(Err(reason)) => Err(NoCertificates::NotCertificates(reason)),
            None => Err(NoCertificates::Unreadable(self.why_not(path))),
        }
    }

    /// Mode and content of the key `path`, or why it cannot be read.
    pub(super) fn key_of(&self, path: &str) -> Result<(u32, &KeyFact), &str> {
        self.keys.get(path).map(|(mode, fact)| (*mode, fact)).ok_or_else(|| self.why_not(path))
    }

    fn why_not(&self, path: &str) -> &str {
        self.unreadable.get(path).map_or(NOT_LOOKED_AT, String::as_str)
    }
}
