//! CA keys as age files: to whom they are encrypted, and what opens them.
//!
//! The files are those of <https://age-encryption.org/v1>, so the `age` program opens them without meshbundle, and meshbundle opens what
//! `age` has encrypted. A key is encrypted to recipients: X25519 or SSH public keys. A passphrase protects an identity, whose recipient is one
//! of them: so one passphrase opens any number of keys in a second, and a new CA is encrypted without it.
//!
//! In: bytes. Out: bytes, or why not. It reads no file, asks nobody, and no error has a part of a secret.

mod error;
mod file;
mod identity;
mod passphrase;
mod recipients;
mod secret;

pub use error::{OpenError, SealError};
pub use file::{is_sealed, wants_passphrase};
pub use identity::{IdentityFault, IdentityFile};
pub use passphrase::{Passphrase, ProtectedIdentity};
pub use recipients::{RecipientFault, Recipients};
pub use secret::Secret;
