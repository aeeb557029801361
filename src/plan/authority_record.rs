//! A CA as the inventory remembers it: names, digests and dates, no key and no certificate.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An authority that was used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuthorityRecord {
    /// SHA-256 of its certificate, in hex.
    pub fingerprint: String,
    /// Base name of its files in the state, if it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Start of its validity, Unix seconds.
    pub not_before: i64,
    /// End of its validity, Unix seconds.
    pub not_after: i64,
    /// End of the validity of its own certificate, Unix seconds, if that is later: what it signed is accepted until then wherever it is
    /// trusted itself, also if a CA above it has expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_not_after: Option<i64>,
    /// End of the last leaf that it signed, Unix seconds, also of one that is forgotten: it may still be installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_expiry: Option<i64>,
    /// Fingerprints of the certificates that travelled with what it signed when it was recorded first, if the user provides it.
    /// Bundles count a chain in their content when it is another one ([`AuthorityPlan`](super::AuthorityPlan)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_chain: Option<Vec<String>>,
}

impl AuthorityRecord {
    /// The CA `name` whose certificate is in a file of the state of its own, with this SHA-256 in hex and this validity.
    pub fn in_file(name: &str, fingerprint: String, not_before: OffsetDateTime, not_after: OffsetDateTime) -> Self {
        let file = format!("{name}.{}", fingerprint.get(..16).unwrap_or(&fingerprint));
        Self {
            fingerprint,
            file: Some(file),
            not_before: not_before.unix_timestamp(),
            not_after: not_after.unix_timestamp(),
            ..Self::default()
        }
    }

    /// Whether it cannot sign any more: what it signs ends a second before it.
    pub fn has_ended(&self, now: OffsetDateTime) -> bool {
        self.not_after.saturating_sub(1) <= now.unix_timestamp()
    }

    /// Whether no end accepts any more what it has signed.
    pub(super) fn is_rejected(&self, now: OffsetDateTime) -> bool {
        self.own_not_after.unwrap_or(self.not_after).saturating_sub(1) <= now.unix_timestamp()
    }
}
