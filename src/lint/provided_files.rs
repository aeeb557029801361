//! The facts that `lint` gets: the files that the mesh names, as certificates, as facts about a key, or as the reason why there
//! is neither; and the time. The facts never have bytes of a key.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::diag::shell_word;
use crate::pem::{Text, Unseen, Want};
use crate::values::{ReleaseValues, UnusableValues, chart::every_place};
use crate::x509::{Certificate, CertificateError, GoRules};

/// The files of a mesh, by their path in the mesh, and the time.
pub struct ProvidedFiles {
    /// The time that validity is judged at.
    pub now: OffsetDateTime,
    certificates: BTreeMap<String, CertificateFile>,
    keys: BTreeMap<String, (u32, KeyFact)>,
    values: BTreeMap<String, Result<ReleaseValues, UnusableValues>>,
    unreadable: BTreeMap<String, String>,
}

/// A file that should hold certificates, as Go reads it.
pub(super) struct CertificateFile {
    /// The certificates, at least one, or why there are none.
    pub(super) certificates: Result<Vec<Certificate>, NoCertificates>,
    /// Its mode.
    pub(super) mode: u32,
    /// Whether it also has a private key.
    pub(super) holds_key: bool,
    /// Blocks that Go does not see.
    pub(super) unseen: Vec<Unseen>,
    /// Blocks that are not certificates: their lines, and what they are.
    pub(super) foreign: Vec<(usize, String)>,
}

/// Why a file has no certificates.
pub(super) struct NoCertificates {
    /// What the file is instead, or what is wrong with one of its certificates.
    pub(super) reason: String,
    /// What to do, if there is an edit or a command for it.
    pub(super) help: Option<String>,
}

/// The facts about a file that should have a private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFact {
    /// A key that can sign.
    Signs {
        /// Its public half, a DER `SubjectPublicKeyInfo`; empty if it is that of no certificate of the mesh.
        public: Vec<u8>,
    },
    /// A key that works for its holder, but that meshbundle cannot sign with, and why.
    ShowsOnly(String),
    /// No key that can be used.
    NotAKey {
        /// Why.
        reason: String,
        /// What to do, if there is an edit or a command for it.
        help: Option<String>,
        /// Whether it has a private key nevertheless.
        holds_key: bool,
    },
}

/// The reason for a file without a fact.
const NOT_LOOKED_AT: &str = "it was not read";

impl NoCertificates {
    fn new(error: &CertificateError, text: &Text, path: &str) -> Self {
        match error {
            CertificateError::None => {
                let (reason, help) = text.instead(Want::Certificates, &shell_word(path));
                Self { reason, help }
            }
            _ => Self { reason: error.to_string(), help: None },
        }
    }
}

impl KeyFact {
    /// A file without a usable key; `reason` is the error of the key that it has, if any.
    pub fn not_a_key(path: &str, bytes: &[u8], reason: Option<String>) -> Self {
        let text = Text::read(bytes);
        let (instead, help) = text.instead(Want::Key, &shell_word(path));
        Self::NotAKey { reason: reason.unwrap_or(instead), help, holds_key: text.holds_key() }
    }
}

impl ProvidedFiles {
    /// No files yet.
    pub fn new(now: OffsetDateTime) -> Self {
        let (certificates, keys, values) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { now, certificates, keys, values, unreadable: BTreeMap::new() }
    }

    /// Adds a file of certificates, with its mode.
    pub fn certificates(&mut self, path: &str, mode: u32, bytes: &[u8]) {
        let text = Text::read(bytes);
        let foreign = text.blocks.iter().filter(|block| !block.is_certificate());
        let file = CertificateFile {
            certificates: Certificate::chain(&text, GoRules::NEWEST).map_err(|error| NoCertificates::new(&error, &text, path)),
            mode,
            holds_key: text.holds_key(),
            foreign: foreign.map(|block| (block.line, block.form().name())).collect(),
            unseen: text.unseen,
        };
        self.certificates.insert(path.to_owned(), file);
    }

    /// Adds a file of a key, with its mode.
    pub fn key(&mut self, path: &str, mode: u32, fact: KeyFact) {
        self.keys.insert(path.to_owned(), (mode, fact));
    }

    /// Adds a file with the values of a Helm release.
    pub fn values(&mut self, path: &str, bytes: &[u8]) {
        self.values.insert(path.to_owned(), ReleaseValues::read(bytes, &every_place()));
    }

    /// Adds a file that cannot be read.
    pub fn unreadable(&mut self, path: &str, reason: &str) {
        self.unreadable.insert(path.to_owned(), reason.to_owned());
    }

    /// The public keys of the first certificate of each file, DER `SubjectPublicKeyInfo`.
    pub fn public_keys(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.values().filter_map(|file| Some(file.certificates.as_ref().ok()?.first()?.spki_der()))
    }

    /// The content of the file `path`, or why it cannot be read.
    pub(super) fn certificate_file(&self, path: &str) -> Result<&CertificateFile, &str> {
        self.certificates.get(path).ok_or_else(|| self.reason_for(path))
    }

    /// The certificates in the file `path`, at least one, if there are any.
    pub(super) fn certificates_of(&self, path: &str) -> Option<&[Certificate]> {
        self.certificates.get(path)?.certificates.as_deref().ok()
    }

    /// Mode and content of the key `path`, or why it cannot be read.
    pub(super) fn key_of(&self, path: &str) -> Result<(u32, &KeyFact), &str> {
        self.keys.get(path).map(|(mode, fact)| (*mode, fact)).ok_or_else(|| self.reason_for(path))
    }

    /// The values in the file `path`, or why they cannot be used; or why it cannot be read.
    pub(super) fn values_of(&self, path: &str) -> Result<Result<&ReleaseValues, &UnusableValues>, &str> {
        self.values.get(path).map(Result::as_ref).ok_or_else(|| self.reason_for(path))
    }

    fn reason_for(&self, path: &str) -> &str {
        self.unreadable.get(path).map_or(NOT_LOOKED_AT, String::as_str)
    }
}
