//! Why bytes are not a certificate that Go could read.

/// Why a certificate cannot be used, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The DER is broken, or Go's crypto/x509 rejects it, and which part.
    #[error("Go rejects it: {0}")]
    Malformed(&'static str),
    /// A duplicate extension (RFC 5280 4.2 forbids it).
    #[error("Go rejects it: duplicate extension `{0}`")]
    DuplicateExtension(String),
    /// There is no block with the label `CERTIFICATE`.
    #[error("there is no certificate that Go sees")]
    None,
    /// One block among several is unusable.
    #[error("block {number} of its PEM (line {line}) {}", says(is.as_deref(), source))]
    Block {
        /// Its place among the blocks, from 1.
        number: usize,
        /// The line that it begins in.
        line: usize,
        /// What it is, if that is not a certificate.
        is: Option<String>,
        /// What is wrong with it.
        source: Box<CertificateError>,
    },
}

fn says(is: Option<&str>, source: &CertificateError) -> String {
    match is {
        Some(what) => format!("is {what}"),
        None => format!("is a certificate, but {source}"),
    }
}
