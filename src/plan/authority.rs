//! What becomes of each authority that the mesh needs.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::lint::{CheckedMesh, MeshAuthority};
use crate::mesh::Label;

use super::inventory::{AuthorityRecord, Inventory};
use super::leaf::{AuthorityRequest, whole_seconds};
use super::request::Request;

/// How far back what is issued starts to be valid: clocks of nodes that boot without NTP are slow.
pub(super) const CLOCK_SKEW: Duration = Duration::hours(1);

/// Where an authority comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorityPlan {
    /// Made in this run.
    Create(AuthorityRequest),
    /// Made here before.
    Kept(AuthorityRecord),
    /// The user provides it.
    Provided {
        /// What is known of it.
        record: AuthorityRecord,
        /// File of its chain, as the mesh has it.
        certificate: String,
        /// File of its key, if it signs.
        key: Option<String>,
        /// How many certificates of its chain travel with what it signs: those that are not self-signed, so that an etcd
        /// that anchors further up can follow the chain.
        travelling: usize,
    },
}

impl AuthorityPlan {
    /// Fingerprint, where it is known already.
    pub fn fingerprint(&self) -> Option<&str> {
        match self {
            Self::Create(_) => None,
            Self::Kept(record) | Self::Provided { record, .. } => Some(&record.fingerprint),
        }
    }

    /// Start and end of its validity.
    pub(super) fn validity(&self) -> (OffsetDateTime, OffsetDateTime) {
        match self {
            Self::Create(request) => (request.not_before, request.not_after),
            Self::Kept(record) | Self::Provided { record, .. } => {
                let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
                (at(record.not_before), at(record.not_after))
            }
        }
    }
}

pub(super) fn plan(
    mesh: &CheckedMesh,
    inventory: &Inventory,
    request: &Request,
    now: OffsetDateTime,
) -> BTreeMap<Label, AuthorityPlan> {
    let trust = &mesh.mesh().trust;
    // One that is not valid yet was dated by a clock that was ahead: no end accepts what it has signed.
    let useless =
        |record: &&AuthorityRecord| request.create_authorities && request.renew && record.not_before > now.unix_timestamp();
    let of = |name: &Label, authority: &MeshAuthority| match authority {
        MeshAuthority::Made => {
            match inventory.authorities.get(name.as_str()).filter(|record| record.file.is_some() && !useless(record)) {
                Some(record) => AuthorityPlan::Kept(record.clone()),
                None => AuthorityPlan::Create(AuthorityRequest {
                    common_name: common_name(name),
                    organization: Some(mesh.mesh().name.to_string()),
                    algorithm: trust.key_algorithm,
                    not_before: whole_seconds(now.saturating_sub(CLOCK_SKEW)),
                    not_after: whole_seconds(now.saturating_add(trust.authority_validity.as_duration())),
                }),
            }
        }
        MeshAuthority::Provided { chain, certificate, key } => {
            let in_use = authority.in_use();
            AuthorityPlan::Provided {
                record: AuthorityRecord {
                    fingerprint: chain.first().map(|anchor| hex::encode(anchor.fingerprint())).unwrap_or_default(),
                    file: None,
                    not_before: chain.first().map_or(0, |anchor| anchor.not_before().unix_timestamp()),
                    not_after: in_use.iter().map(|certificate| certificate.not_after().unix_timestamp()).min().unwrap_or(0),
                },
                certificate: certificate.clone(),
                key: key.clone(),
                travelling: in_use.len().saturating_sub(1),
            }
        }
    };
    mesh.authorities().iter().map(|(name, authority)| (name.clone(), of(name, authority))).collect()
}

/// Subject of an authority made here. X.520 allows 64 characters; names of clusters, which authorities have, are shorter.
fn common_name(name: &Label) -> String {
    format!("{name} clustermesh CA")
}
