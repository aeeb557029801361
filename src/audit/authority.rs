//! A CA that was made here: its certificate is the one that was shipped, and its key belongs to it.

use crate::plan::AuthorityFaults;
use crate::seal::{Secret, is_sealed};
use crate::store::StateFiles;
use crate::x509::{Certificate, PrivateKey};

use super::leaf::describe_unread;

/// The certificate of a CA made here, if its SHA-256 begins with `fingerprint`; and what is wrong with its files. An encrypted key is looked at
/// only with what opens it.
pub fn check_authority(
    files: &StateFiles,
    file: &str,
    fingerprint: &str,
    secret: Option<&Secret>,
) -> (Option<Certificate>, AuthorityFaults) {
    let path = files.authority_certificate_path(file);
    let certificate = files.authority_certificate(file).map_err(|error| describe_unread(&path, &error)).and_then(|pem| {
        let certificates =
            Certificate::chain_from_pem(pem.as_bytes()).map_err(|error| format!("`{}`: {error}", path.display()))?;
        let is_it = |certificate: &Certificate| hex::encode(certificate.fingerprint()).starts_with(fingerprint);
        let known = certificates.into_iter().find(is_it);
        known.ok_or_else(|| format!("`{}` is not the certificate that was shipped", path.display()))
    });
    let path = files.authority_key_path(file);
    let fault = |what: &dyn std::fmt::Display| format!("`{}`: {what}", path.display());
    let key = files.authority_key(file).map_err(|error| describe_unread(&path, &error));
    let opened = key.and_then(|key| match secret {
        _ if !is_sealed(&key) => Ok(Some(key)),
        Some(secret) => secret.open(&key).map(Some).map_err(|error| fault(&error)),
        None => Ok(None),
    });
    let key = opened.and_then(|key| key.map(|key| PrivateKey::from_pem(&key).map_err(|error| fault(&error))).transpose());
    // An encrypted one is none here: only a run that signs with it opens it.
    let key = match (&certificate, key) {
        (_, Err(fault)) => Some(fault),
        (Ok(certificate), Ok(Some(key))) if key.is_of(certificate) != Some(true) => {
            Some(format!("`{}` is not the key of its certificate", path.display()))
        }
        _ => None,
    };
    let fault = certificate.as_ref().err().cloned();
    (certificate.ok(), AuthorityFaults { certificate: fault, key })
}
