//! The certificates and keys for the files, which the caller provides as text.

use zeroize::Zeroizing;

use crate::mesh::{self, Label};
use crate::plan::CredentialKey;

use super::RenderError;

/// A certificate with its intermediates, and its key.
#[derive(Clone)]
pub struct CredentialPem {
    /// The leaf and the intermediates below the anchor, PEM.
    pub chain_pem: String,
    /// The key, PEM.
    pub key_pem: Zeroizing<String>,
}

/// The certificate of a trusted CA.
#[derive(Clone)]
pub struct Anchor {
    /// The certificate, PEM.
    pub pem: String,
    /// SHA-256 of it, in hex.
    pub fingerprint: String,
}

/// Where certificates and keys come from.
pub trait Material {
    /// The leaf that was issued for `key`.
    ///
    /// # Errors
    /// If there is none.
    fn credential(&self, key: &CredentialKey) -> Result<CredentialPem, RenderError>;

    /// An existing credential, used as it is.
    ///
    /// # Errors
    /// If there is none.
    fn given(&self, files: &mesh::Credential) -> Result<CredentialPem, RenderError>;

    /// The certificate to trust for the CA `authority`.
    ///
    /// # Errors
    /// If there is no such CA.
    fn anchor(&self, authority: &Label) -> Result<&Anchor, RenderError>;
}
