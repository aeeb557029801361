//! Why bytes are no certificate that a Go peer could read.

/// A certificate that cannot be used, told without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The DER is broken, or Go's crypto/x509 does not take it.
    #[error("malformed certificate: {0}")]
    Malformed(&'static str),
    /// An extension stands there twice (RFC 5280 4.2 forbids it).
    #[error("malformed certificate: extension `{0}` is there twice")]
    DuplicateExtension(String),
    /// There is no `CERTIFICATE` block in the PEM text.
    #[error("no PEM block of type `CERTIFICATE` found")]
    NoCertificate,
    /// A PEM block that cannot be read: cut off, begin and end lines that differ, not base64.
    #[error("garbled PEM: {0}")]
    Garbled(&'static str),
    /// One certificate among several is unusable.
    #[error("certificate {number} of the file: {source}")]
    Nth {
        /// Its place among the `CERTIFICATE` blocks, from 1.
        number: usize,
        /// What is wrong with it.
        source: Box<CertificateError>,
    },
}
