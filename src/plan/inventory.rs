//! What was issued and shipped before: the memory between runs, as data. `store` keeps it on disk, `plan` decides from it.
//!
//! It holds names, serial numbers, dates and digests. Never a key, never a certificate.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::authority_record::AuthorityRecord;
use super::branch::BranchRecord;
use super::bundle_id::BundleId;
use super::change_record::LastChange;
use super::credential_record::CredentialRecord;
use super::earlier::{self, EarlierRecord};
use super::floors::Floor;
use super::kvstoremesh_record::KvstoremeshRecord;
use super::revocations::Revocations;
use super::rotation_record::RotationRecord;

/// Version of the shape of this record on disk. Formats 1 to 3 had waves, 1 and 2 no earlier generations of bundles, 3 no revisions of
/// these, and nothing that is kept. Up to format 4, a state had a file for each leaf.
pub const FORMAT: u32 = 5;

/// Hex digits of a digest in manifests and receipts: 128 bits tell all generations of a bundle apart.
pub const DIGEST_LENGTH: usize = 32;

/// Everything that was issued and not yet forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Inventory {
    /// Version of this shape.
    pub format: u32,
    /// The mesh this belongs to.
    pub mesh: String,
    /// Random name of this state, so that an output folder knows which state it was made from.
    pub id: String,
    /// Counts the runs that changed anything, so that an output folder knows how late a state it was made from.
    pub revision: u64,
    /// Authorities, by name.
    pub authorities: BTreeMap<String, AuthorityRecord>,
    /// Clusters, by name.
    pub clusters: BTreeMap<String, ClusterRecord>,
    /// Clusters that have left: one that comes back goes on from there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub departed: BTreeMap<String, ClusterRecord>,
    /// Leaves, by what they are for.
    pub credentials: BTreeMap<String, CredentialRecord>,
    /// Leaves that the mesh needs no longer, and that may still be installed, by what they were for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub former: BTreeMap<String, CredentialRecord>,
    /// What was shipped.
    pub bundles: BTreeMap<BundleId, BundleRecord>,
    /// Last generation of what is gone: a bundle that comes back counts on from there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retired: BTreeMap<BundleId, u64>,
    /// What the last run changed that changed anything.
    pub last_change: LastChange,
    /// The CAs that are replaced, or were, by their name in `mesh.yaml`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rotations: BTreeMap<String, RotationRecord>,
    /// What was revoked.
    #[serde(default, skip_serializing_if = "Revocations::is_empty")]
    pub revocations: Revocations,
    /// The branch that it is on, if it was restored from a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchRecord>,
}

/// The values of a Helm cluster's release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValuesRecord {
    /// What they are made of, as a digest.
    pub digest: String,
    /// The revision since which they are so.
    pub since: u64,
}

/// A cluster that was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClusterRecord {
    /// Its cluster-id.
    pub id: i64,
    /// Name of the file with its leaves in the state. Before format 5, each leaf had a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves: Option<String>,
    /// At which revision it left, if it left and that is known: bundles of this revision or later do without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
    /// Whose etcds its agents read.
    pub links: BTreeSet<String>,
    /// Whose etcds they read once and no longer: installers that missed a generation must still remove these.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed: BTreeSet<String>,
    /// Who signs and trusts at its etcd.
    pub trust: TrustRecord,
    /// Users that are made in its etcd.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub users: BTreeSet<String>,
    /// At which revision users came that were not there from the first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub users_since: BTreeMap<String, u64>,
    /// The values of its release, if Helm runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<ValuesRecord>,
    /// What its KVStoreMesh does, if Helm runs it; not known of states before it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kvstoremesh: Option<KvstoremeshRecord>,
    /// Users that were made in its etcd once and are wanted no longer: they must still be removed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub retired_users: BTreeSet<String>,
    /// At which revision they went, if that is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub retired_since: BTreeMap<String, u64>,
    /// Hosts of its etcd that bundles dial, with the clusters of these bundles; none stand for all clusters that read it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dialled: BTreeMap<String, BTreeSet<String>>,
    /// Hosts that the certificates of its members keep.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_hosts: Vec<KeptRecord>,
    /// Users that its etcd keeps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_users: Vec<KeptRecord>,
    /// CAs that agents continue to trust, because they signed servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_server_authorities: Vec<KeptRecord>,
    /// CAs that the etcd continues to trust, because they signed clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_client_authorities: Vec<KeptRecord>,
}

/// Something that the mesh no longer has, and that bundles which may still be installed need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeptRecord {
    /// What it is called.
    pub name: String,
    /// Who needs it: CLUSTER for all its bundles that read, or CLUSTER/NODE. None of a CA: its own members, or everyone who reads.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub by: BTreeSet<String>,
    /// Generations that were written at this revision or later do not need it.
    pub below: u64,
    /// When the last certificate that needs it expires, Unix seconds, if that is known: no end accepts one after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// Who signs and trusts at an etcd, by fingerprint of the CA.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrustRecord {
    /// Who signs the servers, if they are signed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_signer: Option<String>,
    /// CAs that agents trust.
    pub server_trust: BTreeSet<String>,
    /// Who signs the clients, if they are signed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_signer: Option<String>,
    /// CAs that the servers trust, as far as it is known here.
    pub client_trust: BTreeSet<String>,
    /// CAs that members trust as peers; not known of states before format 4.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub peer_trust: BTreeSet<String>,
    /// At which revision agents got a CA that they did not trust from the first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub server_trust_since: BTreeMap<String, u64>,
    /// The same for the servers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub client_trust_since: BTreeMap<String, u64>,
    /// The same for peers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub peer_trust_since: BTreeMap<String, u64>,
    /// Name of the CA that is to sign the servers next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_server_signer: Option<String>,
    /// Name of the CA that is to sign the clients next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_client_signer: Option<String>,
}

/// An archive or a folder that was shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleRecord {
    /// Counts up when its content changes.
    pub generation: u64,
    /// Digest of all that decides its content.
    pub content: String,
    /// The revision at which this generation was written; 0 if that was before revisions were recorded.
    #[serde(default)]
    pub revision: u64,
    /// The branch of the state in which this generation was written, unless that is the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<u64>,
    /// Digest of what the other ends depend on, of a bundle that has an installer; not known of states before format 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// The generation since which these facts are as they are, if that is known: installers do not go back behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<u64>,
    /// Earlier generations, which may still be installed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "earlier")]
    pub earlier: BTreeMap<u64, EarlierRecord>,
}

impl ClusterRecord {
    /// Whether its etcd gets no certificates from here.
    pub(super) const fn has_foreign_etcd(&self) -> bool {
        self.trust.server_signer.is_none()
    }

    /// Its operator may have let CAs go since: at an etcd that gets no files from here, all but the one that signs clients count as added
    /// by the run `next`.
    pub(super) fn doubt_operator(&mut self, next: u64) {
        if self.has_foreign_etcd() {
            let trust = &mut self.trust;
            let others = trust.client_trust.iter().filter(|ca| Some(*ca) != trust.client_signer.as_ref());
            trust.client_trust_since.extend(others.map(|ca| (ca.clone(), next)));
        }
    }
}

impl KeptRecord {
    /// Whether every certificate that needs it has expired.
    pub(super) fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.until.is_some_and(|until| until <= now.unix_timestamp())
    }
}

impl BundleRecord {
    /// The digest as manifests and receipts have it.
    pub fn digest(&self) -> &str {
        self.content.get(..DIGEST_LENGTH).unwrap_or(&self.content)
    }

    /// The digest of a generation, if it is known.
    pub fn digest_of(&self, generation: u64) -> Option<&str> {
        if generation == self.generation { Some(self.digest()) } else { self.earlier.get(&generation)?.digest.as_deref() }
    }

    /// Whether its content has this digest. What was taken from an archive has the beginning of it only.
    pub(super) fn has_content(&self, digest: &str) -> bool {
        digest.get(..DIGEST_LENGTH) == Some(self.digest())
    }

    /// The revision at which a generation was written, if it is known.
    fn revision_of(&self, generation: u64) -> Option<u64> {
        if generation == self.generation {
            Some(self.revision)
        } else {
            self.earlier.get(&generation).map(|record| record.revision)
        }
    }

    /// Whether a generation is from before the revision `below`.
    pub(super) fn is_older(&self, generation: u64, below: u64) -> bool {
        self.revision_of(generation).is_none_or(|revision| revision < below)
    }

    /// The newest generation from before the revision `below`.
    pub(super) fn newest_before(&self, below: u64) -> Option<u64> {
        let revisions = self.earlier.iter().map(|(generation, record)| (*generation, record.revision));
        let before = revisions.chain([(self.generation, self.revision)]).filter(|(_, revision)| *revision < below);
        before.map(|(generation, _)| generation).max()
    }

    /// Whether the target may have a generation from before the revision `below`.
    pub(super) fn may_be_older(&self, floor: Option<Floor>, below: u64) -> bool {
        let oldest = match floor {
            Some(Floor::Uninstalled) => return false,
            Some(Floor::Unknown) => return true,
            Some(Floor::Installed { generation, .. }) => self.revision_of(generation),
            None => self.earlier.values().map(|record| record.revision).chain([self.revision]).min(),
        };
        oldest.is_none_or(|revision| revision < below)
    }
}

impl Inventory {
    /// What is known of a cluster, also of one that has left.
    pub(super) fn cluster(&self, name: &str) -> Option<&ClusterRecord> {
        self.clusters.get(name).or_else(|| self.departed.get(name))
    }

    /// Name of the file with the leaves of `cluster`; none where each has a file of its own.
    pub fn leaf_file(&self, cluster: &str) -> Option<&str> {
        self.clusters.get(cluster)?.leaves.as_deref()
    }

    /// The leaves whose names begin with `prefix`.
    pub(super) fn leaves(&self, prefix: &str) -> impl Iterator<Item = (&String, &CredentialRecord)> {
        self.credentials.range(prefix.to_owned()..).take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Whether no end accepts anything that a CA has signed: it was created while the clock was ahead, or has ended.
    pub(super) fn is_useless(&self, fingerprint: &str, now: OffsetDateTime) -> bool {
        let mut records = self.authorities.values().filter(|record| record.fingerprint == fingerprint);
        records.any(|record| record.not_before > now.unix_timestamp() || record.is_rejected(now))
    }

    /// What a record of an earlier format says in this one. Its last run wrote all that it names: nothing shows that any of that is
    /// installed.
    #[must_use]
    pub fn upgraded(mut self) -> Self {
        if self.format >= 4 {
            return self;
        }
        let revision = self.revision;
        self.bundles.values_mut().for_each(|record| record.revision = revision);
        for trust in self.clusters.values_mut().map(|record| &mut record.trust) {
            let added = |trusted: &BTreeSet<String>, signer: &Option<String>| {
                let others = trusted.iter().filter(|one| Some(*one) != signer.as_ref());
                others.map(|one| (one.clone(), revision)).collect()
            };
            trust.server_trust_since = added(&trust.server_trust, &trust.server_signer);
            trust.client_trust_since = added(&trust.client_trust, &trust.client_signer);
        }
        self
    }

    /// The state as it is after it was restored from a backup at `now`, Unix seconds: it begins a branch.
    #[must_use]
    pub fn restored(mut self, now: u64) -> Self {
        let next = self.revision + 1;
        self.clusters.values_mut().for_each(|record| record.doubt_operator(next));
        let written = self.bundles.values().map(|record| record.generation).chain(self.retired.values().copied());
        let branch = BranchRecord::begin(self.branch, written.max().unwrap_or_default(), now);
        Self { format: FORMAT, branch: Some(branch), ..self }
    }

    /// Whether this state has written `generation` of `bundle` with this digest, as far as that is known.
    pub fn has_written(&self, bundle: &BundleId, generation: u64, digest: Option<&str>) -> bool {
        match self.bundles.get(bundle) {
            Some(record) if record.revision_of(generation).is_some() => {
                record.digest_of(generation).zip(digest).is_none_or(|(known, digest)| known == digest)
            }
            Some(_) => false,
            // Of what left the mesh only the last generation is known.
            None => self.retired.get(bundle).is_some_and(|last| generation <= *last),
        }
    }

    /// Whether nothing was ever issued.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// The newest generation of `bundle` that was written, also if it is no longer part of the mesh.
    pub fn newest(&self, bundle: &BundleId) -> Option<u64> {
        self.bundles.get(bundle).map(|record| record.generation).or_else(|| self.retired.get(bundle).copied())
    }
}
