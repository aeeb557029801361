//! What can be wrong with a key, a CA, or a request to it.
//!
//! No message has key bytes, nor the message of a parser that might quote them.

use thiserror::Error;

/// Why a private key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// No block of the file is a private key.
    #[error("there is no private key that Go sees")]
    Missing,
    /// There is no passphrase to decrypt it with.
    #[error("it is encrypted, and meshbundle does not ask for a passphrase")]
    Encrypted,
    /// A kind of key that Go reads, but that meshbundle does not sign with.
    #[error("{0} is not supported; use ECDSA on P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519")]
    Unsupported(String),
    /// A kind of key that Go does not read either (`parsePrivateKey` in crypto/tls/tls.go): no agent could present its
    /// certificate.
    #[error("Go cannot read {0}; use ECDSA on P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or Ed25519")]
    Foreign(String),
    /// The encoding is broken.
    #[error("the private key is malformed")]
    Malformed,
    /// Public and private half, or RSA's numbers, do not belong together.
    #[error("the private key is inconsistent in itself")]
    Inconsistent,
    /// The operating system gave no random numbers.
    #[error("the system gave no random numbers for a new key")]
    Generate,
}

/// The parser's own words might quote the key.
impl From<der::Error> for KeyError {
    fn from(_: der::Error) -> Self {
        Self::Malformed
    }
}

/// Why a CA cannot be loaded or made, or does not issue a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuthorityError {
    /// PEM, but no block in it is a certificate.
    #[error("no certificate found; expected a `CERTIFICATE` block")]
    NoCertificate,
    /// A block with the label of a certificate is malformed.
    #[error("certificate {position} of the CA's chain is malformed")]
    Certificate {
        /// Place in the chain, counted from one.
        position: usize,
    },
    /// The key itself is unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Certificate and key are not a pair.
    #[error("the private key does not belong to the certificate `{subject}`; the first certificate must be that of the key")]
    KeyMismatch {
        /// Subject of the first certificate.
        subject: String,
    },
    /// RFC 5280 4.2.1.9: without `cA` the key must not verify signatures on certificates.
    #[error("`{subject}` is not a CA: its basic constraints lack `cA`")]
    NotAnAuthority {
        /// Subject of the certificate.
        subject: String,
    },
    /// RFC 5280 4.2.1.3: a key usage without `keyCertSign` forbids it.
    #[error("`{subject}` may not sign certificates: its key usage lacks keyCertSign")]
    NoCertSign {
        /// Subject of the certificate.
        subject: String,
    },
    /// There is no such certificate in the chain.
    #[error("`anchor` is certificate {position}, but the CA's chain has {length}")]
    Anchor {
        /// Place asked for, counted from one.
        position: usize,
        /// Number of certificates there are.
        length: usize,
    },
    /// The chain does not lead from the signer to the anchor.
    #[error("certificate {position} of the CA's chain, `{subject}`, is not issued by the next one")]
    BrokenChain {
        /// Place in the chain, counted from one.
        position: usize,
        /// Its subject.
        subject: String,
    },
    /// The other end would reject the certificate although it looks valid.
    #[error("the certificate for `{common_name}` would expire {leaf}, after its CA, which expires {authority}")]
    Outlived {
        /// Common name asked for.
        common_name: String,
        /// When it was to end.
        leaf: String,
        /// When the first certificate above it expires.
        authority: String,
    },
    /// It would never be valid, or its dates cannot be written.
    #[error(
        "the certificate for `{common_name}` would be valid from {not_before} to {not_after}; the start has to come before the end, both between the years 1950 and 9999"
    )]
    Validity {
        /// Common name asked for.
        common_name: String,
        /// When it was to start.
        not_before: String,
        /// When it was to end.
        not_after: String,
    },
    /// RFC 5280 appendix A.1, `ub-common-name` and `ub-organization-name`.
    #[error("the {attribute} `{}` must have 1 to 64 characters, and no control character", value.escape_debug())]
    Name {
        /// `common name` or `organization`.
        attribute: &'static str,
        /// The value asked for.
        value: String,
    },
    /// No program would match it with a host.
    #[error("`{}` is not a DNS name that a certificate can have", .0.escape_debug())]
    DnsName(String),
    /// The certificate could not be composed: a defect of meshbundle, not of the input.
    #[error("the certificate could not be composed: {0}")]
    Compose(String),
    /// The signature could not be made.
    #[error("the certificate could not be signed")]
    Sign,
    /// The operating system gave no random numbers.
    #[error("the system gave no random numbers for a serial number")]
    Random,
}

/// Only what rcgen and meshbundle composed is read or written with this error; CAs from users have their own.
impl From<der::Error> for AuthorityError {
    fn from(error: der::Error) -> Self {
        Self::Compose(error.to_string())
    }
}
