//! What `lint` is told about the world: the files that the mesh names, as bytes or as the reason why there are none, and the
//! time. Keys are only told to be there: their bytes never become a fact.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::verify::Certificate;

/// The files of a mesh, by the path that the mesh has for them, and now.
pub struct Facts {
    /// The time that validity is judged at.
    pub now: OffsetDateTime,
    files: BTreeMap<String, Fact>,
}

enum Fact {
    Certificates(Vec<Certificate>),
    Key,
    Unreadable(String),
    NotCertificates(String),
}

/// Why a file that should hold certificates gives none.
pub(super) enum NoCertificates<'a> {
    Unreadable(&'a str),
    NotCertificates(&'a str),
}

impl Facts {
    /// No files yet.
    pub const fn new(now: OffsetDateTime) -> Self {
        Self { now, files: BTreeMap::new() }
    }

    /// Adds a file of certificates, PEM.
    pub fn certificates(&mut self, path: &str, pem: &[u8]) {
        let fact = match Certificate::all_from_pem(pem) {
            Ok(certificates) => Fact::Certificates(certificates),
            Err(error) => Fact::NotCertificates(error.to_string()),
        };
        self.files.insert(path.to_owned(), fact);
    }

    /// Adds a key that is there.
    pub fn key(&mut self, path: &str) {
        self.files.insert(path.to_owned(), Fact::Key);
    }

    /// Adds a file that cannot be read.
    pub fn unreadable(&mut self, path: &str, reason: &str) {
        self.files.insert(path.to_owned(), Fact::Unreadable(reason.to_owned()));
    }

    /// The certificates in the file `path`, at least one.
    pub(super) fn certificates_of(&self, path: &str) -> Result<&[Certificate], NoCertificates<'_>> {
        match self.files.get(path) {
            Some(Fact::Certificates(certificates)) => Ok(certificates),
            Some(Fact::NotCertificates(reason)) => Err(NoCertificates::NotCertificates(reason)),
            Some(Fact::Unreadable(reason)) => Err(NoCertificates::Unreadable(reason)),
            Some(Fact::Key) | None => Err(NoCertificates::Unreadable("nobody has looked")),
        }
    }

    /// Why the key `path` cannot be read.
    pub(super) fn key_problem(&self, path: &str) -> Option<&str> {
        match self.files.get(path) {
            Some(Fact::Unreadable(reason)) => Some(reason),
            Some(Fact::Key | Fact::Certificates(_) | Fact::NotCertificates(_)) => None,
            None => Some("nobody has looked"),
        }
    }
}
