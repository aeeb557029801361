//! The bytes of a file. Nodes of a cluster have the same files, so those who read them share what is known of the bytes.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};

use crate::wiped::Wiped;

use super::config;

/// The bytes of a file. Clones share them, and the last one wipes them: they may hold a key.
#[derive(Clone)]
pub struct Content(Arc<Shared>);

struct Shared {
    bytes: Wiped,
    sha256: OnceLock<String>,
    is_config: OnceLock<bool>,
}

impl Content {
    /// Whether both share their bytes. Where they do not, the bytes may still be equal.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// SHA-256 of the bytes in hexadecimal, computed once for all who share them.
    pub(super) fn sha256(&self) -> &str {
        self.0.sha256.get_or_init(|| hex::encode(digest(&SHA256, self)))
    }

    /// Whether agents take a file with these bytes for a config.
    pub(super) fn is_config(&self) -> bool {
        *self.0.is_config.get_or_init(|| config::is_config(self))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl From<Wiped> for Content {
    fn from(bytes: Wiped) -> Self {
        Self(Arc::new(Shared { bytes, sha256: OnceLock::new(), is_config: OnceLock::new() }))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Wiped::from(bytes))
    }
}

/// It may be a key: only its length is printed.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes.fmt(f)
    }
}
