//! What becomes of each authority that the mesh needs.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::lint::{CheckedMesh, MeshAuthority};
use crate::mesh::Label;

use super::authority_record::AuthorityRecord;
use super::ca_use;
use super::facts::StateFacts;
use super::inventory::Inventory;
use super::leaf::{AuthorityRequest, from_unix, whole_seconds};
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
        /// Fingerprints of the certificates of its chain that travel with what it signs.
        travelling: Vec<String>,
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

    /// The chain that travels with what it signs, if it is another one than at first. The first one is not in digests: meshbundle
    /// did not count it before, and bundles without a change keep their generation.
    pub(super) fn changed_chain(&self) -> Option<&[String]> {
        match self {
            Self::Provided { record, travelling, .. } => {
                Some(&**travelling).filter(|_| record.first_chain.as_ref() != Some(travelling))
            }
            Self::Create(_) | Self::Kept(_) => None,
        }
    }

    /// Whether it cannot sign any more.
    pub(super) fn has_ended(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Create(_) => false,
            Self::Kept(record) | Self::Provided { record, .. } => record.has_ended(now),
        }
    }

    /// Start and end of its validity.
    pub(super) fn validity(&self) -> (OffsetDateTime, OffsetDateTime) {
        match self {
            Self::Create(request) => (request.not_before, request.not_after),
            Self::Kept(record) | Self::Provided { record, .. } => (from_unix(record.not_before), from_unix(record.not_after)),
        }
    }
}

pub(super) fn plan(
    mesh: &CheckedMesh,
    inventory: &Inventory,
    facts: &StateFacts,
    request: &Request,
    now: OffsetDateTime,
) -> BTreeMap<Label, AuthorityPlan> {
    let trust = &mesh.mesh().trust;
    let made = |name: &Label| inventory.authorities.get(name.as_str()).filter(|record| record.file.is_some());
    let ended = |name: &Label| match mesh.authorities().get(name) {
        Some(MeshAuthority::Made) => made(name).is_some_and(|record| record.has_ended(now)),
        Some(provided) => provided.anchor().is_some_and(|anchor| anchor.not_after() < now),
        None => false,
    };
    // No end accepts what a CA has signed that is not valid yet, because a clock was ahead, or that has ended.
    let useless = |name: &Label, record: &AuthorityRecord| {
        let asked = request.create_authorities && request.renewal.is_general();
        asked && (record.not_before > now.unix_timestamp() || ended(name) && ca_use::is_needed(mesh, name, &ended))
    };
    let of = |name: &Label, authority: &MeshAuthority| match authority {
        MeshAuthority::Made => match made(name).filter(|record| !useless(name, record)) {
            Some(record) => AuthorityPlan::Kept(record.clone()),
            None => AuthorityPlan::Create(AuthorityRequest {
                common_name: common_name(name),
                organization: Some(mesh.mesh().name.to_string()),
                algorithm: trust.key_algorithm,
                not_before: whole_seconds(now.saturating_sub(CLOCK_SKEW)),
                not_after: whole_seconds(now.saturating_add(trust.authority_validity.as_duration())),
            }),
        },
        MeshAuthority::Provided { chain: _, certificate, key } => {
            let travelling: Vec<String> =
                authority.travelling().iter().map(|certificate| hex::encode(certificate.fingerprint())).collect();
            let mut record = provided(authority, now);
            let before = inventory.authorities.get(name.as_str()).filter(|before| before.fingerprint == record.fingerprint);
            let first = before.and_then(|before| before.first_chain.as_ref()).or(facts.stored_chains.get(&record.fingerprint));
            record.first_chain = Some(first.unwrap_or(&travelling).clone());
            AuthorityPlan::Provided { record, certificate: certificate.clone(), key: key.clone(), travelling }
        }
    };
    mesh.authorities().iter().map(|(name, authority)| (name.clone(), of(name, authority))).collect()
}

/// Adds the CAs among `names` that the mesh has no longer, and that were made here.
pub(super) fn add_kept<'a>(
    authorities: &mut BTreeMap<Label, AuthorityPlan>,
    names: impl Iterator<Item = &'a Label>,
    inventory: &Inventory,
) {
    for name in names {
        let made = inventory.authorities.get(name.as_str()).filter(|record| record.file.is_some());
        if let (false, Some(record)) = (authorities.contains_key(name), made) {
            authorities.insert(name.clone(), AuthorityPlan::Kept(record.clone()));
        }
    }
}

/// What the files of a provided CA say.
fn provided(authority: &MeshAuthority, now: OffsetDateTime) -> AuthorityRecord {
    let Some((anchor, above)) = authority.in_use().split_first() else { return AuthorityRecord::default() };
    // A CA behind the one that signs is of no use to anyone once it has expired: leaves live on without it.
    let (mut from, mut until) = (anchor.not_before(), anchor.not_after());
    for certificate in above {
        let end = certificate.not_after();
        if end <= now {
            from = from.max(end);
        } else {
            until = until.min(end);
        }
    }
    AuthorityRecord {
        fingerprint: hex::encode(anchor.fingerprint()),
        not_before: from.unix_timestamp(),
        not_after: until.unix_timestamp(),
        own_not_after: (anchor.not_after() > until).then(|| anchor.not_after().unix_timestamp()),
        ..AuthorityRecord::default()
    }
}

/// Subject of an authority made here. X.520 allows 64 characters; names of clusters, which authorities have, are shorter.
fn common_name(name: &Label) -> String {
    format!("{name} clustermesh CA")
}
