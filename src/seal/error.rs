//! Why a key cannot be encrypted, or an age file not be opened. No message has a part of either.

use age::{DecryptError, EncryptError};

/// Why an age file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// None of the identities is one of its recipients.
    #[error("it is encrypted to others than the given identity")]
    NotForUs,
    /// It wants a passphrase, and there is another one or none.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// To try a passphrase would take minutes.
    #[error("its passphrase is hardened more than age does, so it was not tried")]
    TooMuchWork,
    /// It is no age file, or a damaged one.
    #[error("it is a damaged age file")]
    Damaged,
}

impl OpenError {
    pub(super) fn of(error: &DecryptError) -> Self {
        match error {
            DecryptError::NoMatchingKeys => Self::NotForUs,
            DecryptError::KeyDecryptionFailed => Self::WrongPassphrase,
            DecryptError::ExcessiveWork { .. } => Self::TooMuchWork,
            _ => Self::Damaged,
        }
    }
}

/// Why a key cannot be encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot encrypt: {0}")]
pub struct SealError(pub(super) String);

impl From<EncryptError> for SealError {
    fn from(error: EncryptError) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for SealError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}
