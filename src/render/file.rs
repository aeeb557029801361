//! A file of a bundle, as bytes.

use crate::wiped::Wiped;

/// A file, ready to be packed.
pub struct File {
    /// Path below the bundle's top folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Its bytes, which may be a key.
    pub content: Wiped,
}

impl File {
    /// A file for everyone.
    pub(super) fn public(path: &str, content: Vec<u8>) -> Self {
        Self { path: path.to_owned(), mode: 0o644, content: Wiped::from(content) }
    }

    /// A file for its owner alone.
    pub(super) fn secret(path: &str, content: &[u8]) -> Self {
        Self { path: path.to_owned(), mode: 0o600, content: Wiped::from(content.to_vec()) }
    }
}
