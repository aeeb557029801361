//! A leaf in the state, compared with its record, its key and its CA.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use crate::plan::CredentialRecord;
use crate::store::ClusterLeaves;
use crate::x509::{Certificate, PrivateKey};

/// Chain and key of a leaf, PEM.
pub type LeafPem = (String, Zeroizing<String>);

/// The CA that signed a leaf, as far as it is here.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    /// Its certificate.
    Known(&'a Certificate),
    /// It should be here, and is not: nothing that it signed can be used.
    Missing,
    /// The user provides it, elsewhere.
    Provided,
}

/// Reads a leaf, and compares it with its record, its key and the CA that signed it.
///
/// # Errors
/// What is wrong with its file.
pub fn read_leaf(leaves: &ClusterLeaves<'_>, record: &CredentialRecord, signer: Signer<'_>) -> Result<LeafPem, String> {
    let path = leaves.path(&record.serial);
    let (chain_pem, key_pem) = leaves.leaf(&record.serial).map_err(|error| describe_unread(&path, &error))?;
    let fault = |what: &str| Err(format!("`{}`: {what}", path.display()));
    let chain = match Certificate::chain_from_pem(chain_pem.as_bytes()) {
        Ok(chain) => chain,
        Err(error) => return fault(&error.to_string()),
    };
    let Some(leaf) = chain.first() else { return fault("it has no certificate") };
    if leaf.serial_hex().trim_start_matches('0') != record.serial.trim_start_matches('0') {
        return fault(&format!("its certificate has the serial number {}", leaf.serial_hex()));
    }
    let is_signed = match signer {
        // `None` where meshbundle cannot check this kind of signature.
        Signer::Known(signer) => leaf.is_signed_by(signer) != Some(false),
        Signer::Missing => false,
        Signer::Provided => true,
    };
    if !is_signed {
        return fault("its certificate does not match its CA's signature");
    }
    if chain.windows(2).any(|pair| matches!(pair, [lower, upper] if lower.is_signed_by(upper) == Some(false))) {
        return fault("its chain is incomplete");
    }
    match PrivateKey::from_pem(key_pem.as_bytes()) {
        Ok(key) if key.is_of(leaf) == Some(true) => Ok((chain_pem, key_pem)),
        Ok(_) => fault("its key is not the key of its certificate"),
        Err(error) => fault(&error.to_string()),
    }
}

pub(super) fn describe_unread(path: &Path, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound { describe_missing(path) } else { error.to_string() }
}

/// What is said of a file that is not there.
pub fn describe_missing(path: &Path) -> String {
    format!("`{}` is missing", path.display())
}
