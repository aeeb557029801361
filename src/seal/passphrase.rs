//! A passphrase, and an identity that it protects: an age file with an X25519 identity, which `age -d -i FILE` asks the passphrase of.

use age::secrecy::{ExposeSecret, SecretString};
use age::{scrypt, x25519};
use zeroize::Zeroizing;

use crate::wiped::Wiped;

use super::error::{OpenError, SealError};
use super::file::{decrypted, encrypted};

/// How hard each guess is: 2^18 rounds of scrypt, as `age -p` has it. They take a second, and 256 MiB.
const WORK: u8 = 18;
/// The most that is tried for a file of others: sixteen times as much.
const MOST_WORK: u8 = 22;
/// How many characters of its recipient are in the name of a protected identity.
const NAMED: usize = 8;

/// A passphrase. It is wiped when dropped, and `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// The first line of `text`; nothing if that is empty.
    pub fn new(text: &str) -> Option<Self> {
        let line = text.lines().next().unwrap_or_default();
        (!line.is_empty()).then(|| Self(SecretString::from(line.to_owned())))
    }

    /// Whether `other` is the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }

    /// As age's library takes it.
    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// Opens a file that is encrypted to a passphrase.
    pub(super) fn open(&self, sealed: &[u8]) -> Result<Wiped, OpenError> {
        let mut identity = scrypt::Identity::new(self.secret());
        identity.set_max_work_factor(MOST_WORK);
        decrypted(std::iter::once(&identity as &dyn age::Identity), sealed)
    }
}

/// An identity that a passphrase protects.
pub struct ProtectedIdentity {
    /// Its recipient.
    pub recipient: String,
    /// The end of its recipient, which tells it from others.
    pub name: String,
    /// The age file with it.
    pub sealed: String,
}

impl ProtectedIdentity {
    /// Makes a new one.
    ///
    /// # Errors
    /// If it cannot be encrypted.
    pub fn make(passphrase: &Passphrase) -> Result<Self, SealError> {
        let identity = x25519::Identity::generate();
        let recipient = identity.to_public().to_string();
        let mut protection = scrypt::Recipient::new(passphrase.secret());
        protection.set_work_factor(WORK);
        let text = Zeroizing::new(format!("# public key: {recipient}\n{}\n", identity.to_string().expose_secret()));
        let sealed = encrypted(std::iter::once(&protection as &dyn age::Recipient), text.as_bytes())?;
        let name = recipient.get(recipient.len().saturating_sub(NAMED)..).unwrap_or_default().to_owned();
        Ok(Self { recipient, name, sealed })
    }
}
