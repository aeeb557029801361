//! What a certificate is to say: the requests that `pki` carries out to the letter.

use std::net::IpAddr;

use time::OffsetDateTime;

use crate::mesh::KeyAlgorithm;

/// What a leaf is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeafUsage {
    /// Server and client authentication: etcd dials itself with its server certificate (etcd-io/etcd#9785).
    Server,
    /// Client authentication only.
    Client,
}

/// A leaf to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRequest {
    /// Common name, at most 64 characters.
    pub common_name: String,
    /// DNS names in the SAN.
    pub dns_names: Vec<String>,
    /// Addresses in the SAN.
    pub ip_addresses: Vec<IpAddr>,
    /// What it is for.
    pub usage: LeafUsage,
    /// Algorithm of its key.
    pub algorithm: KeyAlgorithm,
    /// Start of its validity.
    pub not_before: OffsetDateTime,
    /// End of its validity, not after its authority's.
    pub not_after: OffsetDateTime,
}

/// An authority to be made. Its subject also gets a digest of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityRequest {
    /// Common name.
    pub common_name: String,
    /// Organisation: the mesh.
    pub organization: Option<String>,
    /// Algorithm of its key.
    pub algorithm: KeyAlgorithm,
    /// Start of its validity.
    pub not_before: OffsetDateTime,
    /// End of its validity.
    pub not_after: OffsetDateTime,
}

/// The time of a record, Unix seconds.
pub(super) fn from_unix(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// X.509 dates have whole seconds.
pub(super) fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}
