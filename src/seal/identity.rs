//! A file with an identity, as `age -i` reads it: X25519 identities, an SSH private key, or either behind a passphrase.

use age::ssh::{self, UnsupportedKey};

use super::error::OpenError;
use super::file::is_sealed;
use super::passphrase::Passphrase;

pub(super) type Identity = Box<dyn age::Identity + Send + Sync>;

/// A file that was read.
pub struct IdentityFile(Content);

enum Content {
    Open(Vec<Identity>),
    EncryptedSsh(Box<ssh::EncryptedKey>),
    EncryptedAge(Vec<u8>),
}

/// Why a file has no identity that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// An SSH key of another kind.
    #[error("age cannot use an SSH key of kind `{0}`: expected ssh-ed25519 or ssh-rsa")]
    Kind(String),
    /// An SSH key behind a passphrase, in a form that cannot be read.
    #[error("its encryption is not supported: `ssh-keygen -p -f FILE` changes it")]
    Encryption,
    /// A recipient, or an SSH public key.
    #[error("it is the public half: name the file with the secret one")]
    Public,
    /// Something else.
    #[error("it is neither an age identity (`AGE-SECRET-KEY-1…`) nor an SSH private key")]
    Other,
}

impl IdentityFile {
    /// Reads a file.
    ///
    /// # Errors
    /// If there is no identity in it that can be used.
    pub fn read(bytes: &[u8]) -> Result<Self, IdentityFault> {
        if is_sealed(bytes) {
            return Ok(Self(Content::EncryptedAge(bytes.to_vec())));
        }
        let begin = bytes.trim_ascii_start();
        if begin.starts_with(b"-----BEGIN OPENSSH PRIVATE KEY-----") || begin.starts_with(b"-----BEGIN RSA PRIVATE KEY-----") {
            return Self::of_ssh(begin);
        }
        let lines = || bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        if lines().any(|line| line.starts_with(b"age1") || line.starts_with(b"ssh-")) {
            return Err(IdentityFault::Public);
        }
        // The library's own words may have the name of a file only.
        let file = age::IdentityFile::from_buffer(bytes).map_err(|_| IdentityFault::Other)?;
        let identities = file.into_identities().map_err(|_| IdentityFault::Other)?;
        let identities: Vec<Identity> = identities.into_iter().map(|identity| identity as Identity).collect();
        if identities.is_empty() { Err(IdentityFault::Other) } else { Ok(Self(Content::Open(identities))) }
    }

    fn of_ssh(bytes: &[u8]) -> Result<Self, IdentityFault> {
        match ssh::Identity::from_buffer(bytes, None) {
            Ok(ssh::Identity::Encrypted(key)) => Ok(Self(Content::EncryptedSsh(Box::new(key)))),
            Ok(ssh::Identity::Unsupported(UnsupportedKey::Type(kind) | UnsupportedKey::Hardware(kind))) => {
                Err(IdentityFault::Kind(kind.chars().filter(char::is_ascii_graphic).take(60).collect()))
            }
            Ok(ssh::Identity::Unsupported(_)) => Err(IdentityFault::Encryption),
            Ok(key @ ssh::Identity::Unencrypted(_)) => Ok(Self(Content::Open(vec![Box::new(key)]))),
            Err(_) => Err(IdentityFault::Other),
        }
    }

    /// Whether a passphrase protects it.
    pub fn wants_passphrase(&self) -> bool {
        !matches!(self.0, Content::Open(_))
    }

    /// The identities in it. The passphrase is that of the file.
    pub(super) fn open(self, passphrase: Option<&Passphrase>) -> Result<Vec<Identity>, OpenError> {
        match self.0 {
            Content::Open(identities) => Ok(identities),
            Content::EncryptedSsh(key) => {
                let passphrase = passphrase.ok_or(OpenError::WrongPassphrase)?;
                let key = key.decrypt(passphrase.secret()).map_err(|_| OpenError::WrongPassphrase)?;
                Ok(vec![Box::new(ssh::Identity::from(key))])
            }
            Content::EncryptedAge(sealed) => {
                let text = passphrase.ok_or(OpenError::WrongPassphrase)?.open(&sealed)?;
                match Self::read(&text) {
                    Ok(Self(Content::Open(identities))) => Ok(identities),
                    _ => Err(OpenError::Damaged),
                }
            }
        }
    }
}
