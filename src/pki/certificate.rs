//! A CA's certificate: DER -> the facts that issuing depends on.
//!
//! It reads the first certificate's right to sign and the names of all. It verifies no signature and no dates.

use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER;

use super::error::AuthorityError;

/// The facts of a certificate that certificates below it depend on.
pub(super) struct CaCertificate {
    /// The certificate itself.
    pub(super) der: Vec<u8>,
    /// Its subject, a DER `Name`, byte for byte.
    pub(super) subject: Vec<u8>,
    /// Its issuer, a DER `Name`, byte for byte.
    pub(super) issuer: Vec<u8>,
    /// Its subject for people.
    pub(super) name: String,
    /// Its `SubjectPublicKeyInfo`.
    pub(super) spki: Vec<u8>,
    /// Its subject key identifier, if it has one.
    pub(super) key_id: Option<Vec<u8>>,
    /// Its last valid second.
    pub(super) not_after: OffsetDateTime,
    is_authority: bool,
    may_sign: bool,
}

impl CaCertificate {
    /// Reads a certificate; `None` if it or a needed extension is malformed.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let constraints = certificate.basic_constraints().ok()?;
        let usage = certificate.key_usage().ok()?;
        Some(Self {
            der: der.to_vec(),
            subject: certificate.subject().as_raw().to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
            name: printable(&certificate.subject().to_string()),
            spki: certificate.public_key().raw.to_vec(),
            key_id: key_id(&certificate).ok()?,
            not_after: certificate.validity().not_after.to_datetime(),
            is_authority: constraints.is_some_and(|constraints| constraints.value.ca),
            may_sign: usage.is_none_or(|usage| usage.value.key_cert_sign()),
        })
    }

    /// Rejects a certificate that may not sign others.
    pub(super) fn check_authority(&self) -> Result<(), AuthorityError> {
        let subject = || self.name.clone();
        if !self.is_authority {
            return Err(AuthorityError::NotAnAuthority { subject: subject() });
        }
        if !self.may_sign {
            return Err(AuthorityError::NoCertSign { subject: subject() });
        }
        Ok(())
    }
}

/// A foreign name without control characters, which a terminal would act on.
fn printable(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

/// The subject key identifier, byte for byte; an empty one counts as none, as in Go
/// (crypto/x509/x509.go, `CreateCertificate`).
fn key_id(certificate: &X509Certificate<'_>) -> Result<Option<Vec<u8>>, X509Error> {
    let extension = certificate.get_extension_unique(&OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)?;
    match extension.map(X509Extension::parsed_extension) {
        None => Ok(None),
        Some(ParsedExtension::SubjectKeyIdentifier(id)) => Ok((!id.0.is_empty()).then(|| id.0.to_vec())),
        Some(_) => Err(X509Error::InvalidExtensions),
    }
}
