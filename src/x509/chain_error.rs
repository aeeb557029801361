//! Why a chain cannot be verified: one reason that a person can act on.

use std::fmt;
use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

use crate::x509::usage::Usage;

/// Why a chain cannot be verified. Certificates are named by their printable subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No certificate is presented.
    #[error("there is no certificate")]
    Nothing,
    /// No trusted CA and no intermediate has the issuer's name.
    #[error("signed by an unknown CA: the issuer `{issuer}` of `{subject}` is not among the trusted CAs ({})", list(.anchors))]
    UnknownAuthority {
        /// The certificate whose issuer is missing.
        subject: String,
        /// The missing issuer.
        issuer: String,
        /// Subjects of the trusted CAs.
        anchors: Vec<String>,
    },
    /// The CA with the issuer's name has not made this signature.
    #[error("the signature of `{subject}` does not match the key of issuer `{issuer}` (another CA with the same name?)")]
    SignatureMismatch {
        /// The signed certificate.
        subject: String,
        /// The CA whose key does not fit.
        issuer: String,
    },
    /// The signature cannot be checked, so it does not count.
    #[error("the signature of `{subject}` cannot be checked: {algorithm} with a key of kind {key} is not supported")]
    Unsupported {
        /// The signed certificate.
        subject: String,
        /// How it is signed.
        algorithm: String,
        /// The kind of its issuer's key.
        key: String,
    },
    /// Go can check the signature, but meshbundle cannot; the rest of the chain is valid.
    #[error("the signature of `{subject}` is one that meshbundle does not support: {algorithm} with a key of kind {key}")]
    Unjudged {
        /// The signed certificate.
        subject: String,
        /// How it is signed.
        algorithm: String,
        /// The kind of its issuer's key.
        key: String,
    },
    /// Go verifies no signature with the CA's key.
    #[error("Go verifies no signature of the CA `{authority}`, whose key has the kind {key}")]
    Powerless {
        /// The CA.
        authority: String,
        /// The kind of its key.
        key: String,
    },
    /// No TLS handshake can be signed with the leaf's key.
    #[error("`{subject}` is for a key that Go's TLS does not use: {key}")]
    LeafKey {
        /// The leaf.
        subject: String,
        /// The kind of its key.
        key: String,
    },
    /// An RSA key that Go's TLS rejects, because it takes too long to verify.
    #[error("`{subject}` has an RSA key of {bits} bits: Go's TLS accepts at most 8192")]
    LongRsa {
        /// A certificate that is presented.
        subject: String,
        /// Bits of its key.
        bits: usize,
    },
    /// The signature uses MD5 or SHA-1.
    #[error("`{subject}` is signed with a broken algorithm: {algorithm}")]
    WeakAlgorithm {
        /// The signed certificate.
        subject: String,
        /// How it is signed.
        algorithm: String,
    },
    /// The CA's RSA key has less than 1024 bits.
    #[error("the RSA key of the CA `{authority}` is too short: {bits} bits")]
    WeakKey {
        /// The authority.
        authority: String,
        /// Bits of its key.
        bits: usize,
    },
    /// The issuer is not a CA.
    #[error("`{authority}` is not a CA (basic constraints)")]
    NotAnAuthority {
        /// The issuer.
        authority: String,
    },
    /// The CA's key usage does not allow it to sign certificates.
    #[error("the CA `{authority}` has no key usage `keyCertSign`")]
    NoCertSign {
        /// The authority.
        authority: String,
    },
    /// The validity is over.
    #[error("`{subject}` expired on {}", instant(.not_after))]
    Expired {
        /// The leaf or authority.
        subject: String,
        /// Its last instant.
        not_after: OffsetDateTime,
    },
    /// The validity has not begun.
    #[error("`{subject}` is not valid before {}", instant(.not_before))]
    NotYetValid {
        /// The leaf or authority.
        subject: String,
        /// Its first instant.
        not_before: OffsetDateTime,
    },
    /// There are more intermediates below a CA than it allows.
    #[error("path length of `{authority}` is exceeded: it allows {limit} intermediate CAs below it")]
    PathLength {
        /// The CA with the limit.
        authority: String,
        /// The limit.
        limit: u32,
    },
    /// A critical extension that Go does not handle.
    #[error("`{subject}` has a critical extension that Go does not handle: `{oid}`")]
    CriticalExtension {
        /// The leaf or authority.
        subject: String,
        /// The extension's dotted object identifier.
        oid: String,
    },
    /// The extended key usage of the leaf or of a CA does not include the usage.
    #[error("`{subject}` does not allow {usage} (extended key usage)")]
    Usage {
        /// The leaf or authority.
        subject: String,
        /// What was asked for.
        usage: Usage,
    },
    /// A CA's name constraints forbid a name.
    #[error("the CA `{authority}` must not issue the name `{name}` in `{subject}` (name constraints)")]
    NameConstraints {
        /// The CA with the constraints.
        authority: String,
        /// The certificate with the name.
        subject: String,
        /// The name, printable.
        name: String,
    },
    /// A CA requires a certificate policy that the chain does not have.
    #[error("the chain of `{subject}` has no valid certificate policy, but a CA requires one")]
    Policy {
        /// The leaf.
        subject: String,
    },
    /// The leaf is for other hosts.
    #[error("`{subject}` is not valid for `{host}`: it is valid for {}", hosts(.host, .valid_for))]
    Host {
        /// The leaf.
        subject: String,
        /// The host that was asked for, printable.
        host: String,
        /// SANs of the leaf with their kind, `DNS:` or `IP:`, printable.
        valid_for: Vec<String>,
    },
    /// The search stopped after 100 signatures, as Go's does.
    #[error("too many candidate CAs for `{subject}`: gave up after 100 signature checks, as Go does")]
    TooManyChecks {
        /// The leaf.
        subject: String,
    },
}

impl ChainError {
    /// A short stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::UnknownAuthority { .. } => "unknown-authority",
            Self::SignatureMismatch { .. } => "signature-mismatch",
            Self::Unsupported { .. } | Self::Unjudged { .. } | Self::Powerless { .. } => "unsupported",
            Self::LeafKey { .. } => "leaf-key",
            Self::LongRsa { .. } => "long-rsa",
            Self::WeakAlgorithm { .. } => "weak-algorithm",
            Self::WeakKey { .. } => "weak-key",
            Self::NotAnAuthority { .. } => "not-an-authority",
            Self::NoCertSign { .. } => "no-cert-sign",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::PathLength { .. } => "path-length",
            Self::CriticalExtension { .. } => "critical-extension",
            Self::Usage { .. } => "usage",
            Self::NameConstraints { .. } => "name-constraints",
            Self::Policy { .. } => "policy",
            Self::Host { .. } => "host",
            Self::TooManyChecks { .. } => "too-many-checks",
        }
    }

    /// Whether the chain may well be valid.
    pub fn is_doubt(&self) -> bool {
        matches!(self, Self::Unjudged { .. })
    }

    /// How far a candidate chain came before it failed. The reason of the one that came furthest is reported: a CA that only shares
    /// its name with the right one must not hide that the right one has expired.
    pub(super) fn progress(&self) -> u8 {
        match self {
            Self::Nothing | Self::UnknownAuthority { .. } => 0,
            Self::SignatureMismatch { .. } => 1,
            Self::Unsupported { .. }
            | Self::Powerless { .. }
            | Self::WeakAlgorithm { .. }
            | Self::WeakKey { .. }
            | Self::NotAnAuthority { .. }
            | Self::NoCertSign { .. } => 2,
            Self::Expired { .. } | Self::NotYetValid { .. } | Self::PathLength { .. } | Self::CriticalExtension { .. } => 3,
            Self::Usage { .. } | Self::NameConstraints { .. } | Self::Policy { .. } | Self::Host { .. } => 4,
            Self::TooManyChecks { .. } | Self::LeafKey { .. } | Self::LongRsa { .. } => 5,
            Self::Unjudged { .. } => 6,
        }
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerAuth => "server authentication",
            Self::ClientAuth => "client authentication",
        })
    }
}

/// At most a few of the names, and how many more there are.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;

    if names.is_empty() {
        return "there are none".to_owned();
    }
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if let Some(more @ 1..) = names.len().checked_sub(SHOWN) {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
}

/// SANs with their kind. An address in a DNS name looks right, but does not count.
fn hosts(host: &str, names: &[String]) -> String {
    if names.is_empty() {
        return "no host at all".to_owned();
    }
    let shown = list(names);
    let is_address = host.parse::<IpAddr>().is_ok() && names.contains(&format!("DNS:{host}"));
    if is_address { format!("{shown}; `DNS:{host}` is a name, not the address {host}") } else { shown }
}

/// An instant in UTC, to the second.
fn instant(at: &OffsetDateTime) -> String {
    let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(*at);
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    format!("{year:04}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC", u8::from(month))
}

#[cfg(test)]
mod tests {
    use super::ChainError;

    #[test]
    fn an_address_as_a_dns_name_is_named_as_such() {
        let error = |host: &str, sans: &[&str]| {
            let valid_for = sans.iter().map(|san| (*san).to_owned()).collect();
            ChainError::Host { subject: "CN=etcd".to_owned(), host: host.to_owned(), valid_for }.to_string()
        };
        let looks_right = error("10.31.0.1", &["DNS:10.31.0.1", "IP:10.31.0.2"]);
        assert!(looks_right.ends_with("`DNS:10.31.0.1` is a name, not the address 10.31.0.1"), "{looks_right}");
        assert!(error("10.31.0.3", &["IP:10.31.0.2"]).ends_with("it is valid for `IP:10.31.0.2`"));
        assert!(error("etcd", &[]).ends_with("it is valid for no host at all"));
    }
}
