//! Certificates in PEM text: a file as people have it -> certificates in order.
//!
//! Text around the blocks, keys and other blocks, CRLF and byte order marks are no trouble. A block that is garbled is
//! one, of whatever type: half a bundle must not pass for a whole one.

use pem::{PemError, parse_many};

use crate::verify::x509::certificate::Certificate;
use crate::verify::x509::error::CertificateError;
use crate::verify::x509::go_rules::GoRules;

impl Certificate {
    /// Reads every `CERTIFICATE` block, in order.
    ///
    /// # Errors
    /// [`CertificateError::NoCertificate`] if there is none, [`CertificateError::Garbled`] if a block of any type
    /// cannot be read, [`CertificateError::Nth`] if a certificate is malformed.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        Self::all_from_pem_by(pem, GoRules::NEWEST)
    }

    /// [`Self::all_from_pem`] by the rules of another Go.
    ///
    /// # Errors
    /// As [`Self::all_from_pem`].
    pub fn all_from_pem_by(pem: &[u8], rules: GoRules) -> Result<Vec<Self>, CertificateError> {
        let blocks = parse_many(pem).map_err(|error| CertificateError::Garbled(reason(&error)))?;
        // The parser passes over a block that never ends.
        if count(pem, b"-----BEGIN ") != blocks.len() {
            return Err(CertificateError::Garbled("a block has no end line"));
        }
        let certificates = blocks.iter().filter(|block| block.tag() == "CERTIFICATE").zip(1..);
        let certificates: Vec<Self> = certificates
            .map(|(block, number)| {
                Self::from_der_by(block.contents(), rules)
                    .map_err(|error| CertificateError::Nth { number, source: Box::new(error) })
            })
            .collect::<Result<_, _>>()?;
        if certificates.is_empty() { Err(CertificateError::NoCertificate) } else { Ok(certificates) }
    }
}

fn count(text: &[u8], marker: &[u8]) -> usize {
    text.windows(marker.len()).filter(|window| *window == marker).count()
}

/// The parser's own words could carry bytes of a private key in the same file.
fn reason(error: &PemError) -> &'static str {
    match error {
        PemError::MismatchedTags(..) => "the begin and end lines of a block differ",
        PemError::MissingBeginTag | PemError::MissingEndTag => "a begin or end line names no type",
        PemError::InvalidHeader(_) => "a block has a broken header",
        PemError::InvalidData(_) | PemError::NotUtf8(_) => "a block is not base64",
        PemError::MalformedFraming | PemError::MissingData => "a block is incomplete",
    }
}
