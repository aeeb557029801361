//! What is kept, and for which bundles: those that their targets may still have as they were before a change.

use std::collections::BTreeSet;

use super::behind::{Behind, Proof, members, readers, reading};
use super::bundle_id::{BundleId, BundleKind};
use super::floors::Floors;
use super::inventory::{ClusterRecord, Inventory, KeptRecord};
use super::kvstoremesh_record::{KvstoremeshPhase, KvstoremeshRecord};
use super::step_unit::{StepUnit, StepUnitName};

/// Something that an etcd keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The etcd's cluster.
    pub cluster: String,
    /// What it is.
    pub kind: KeptKind,
    /// What it is called.
    pub name: String,
    /// Who needs it: CLUSTER, or CLUSTER/NODE; none if everyone who reads the etcd does.
    pub by: Option<String>,
    /// The bundles of these that may be too old to do without.
    pub waiting: Vec<BundleId>,
    /// How many bundles these have.
    pub bundles: usize,
    /// The newest generation that needs it, if it is known.
    pub past: Option<u64>,
    /// What the operator of an etcd that gets no certificates from here has yet to say.
    pub step: Option<StepUnit>,
}

impl Kept {
    /// Whether nothing needs it any more.
    pub const fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.step.is_none()
    }
}

/// What can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeptKind {
    /// A host in the SANs of the members.
    Host,
    /// A user of the etcd.
    User,
    /// A CA that signed the members' certificates, and that agents and members trust.
    ServerAuthority,
    /// A CA that signed the readers' certificates, and that members trust.
    ClientAuthority,
    /// KVStoreMesh, which agents of its cluster read.
    Kvstoremesh,
}

impl KeptKind {
    /// The records of an etcd, each with its kind.
    pub(super) const fn each<'a>(
        hosts: &'a [KeptRecord],
        users: &'a [KeptRecord],
        server_authorities: &'a [KeptRecord],
        client_authorities: &'a [KeptRecord],
    ) -> [(Self, &'a [KeptRecord]); 4] {
        [
            (Self::Host, hosts),
            (Self::User, users),
            (Self::ServerAuthority, server_authorities),
            (Self::ClientAuthority, client_authorities),
        ]
    }
}

impl Inventory {
    /// Everything that is kept, when targets have what `floors` say.
    pub fn kept(&self, floors: &Floors) -> Vec<Kept> {
        let of_cluster = |(name, record): (&String, &ClusterRecord)| {
            let ClusterRecord { kept_hosts, kept_users, kept_server_authorities, kept_client_authorities, .. } = record;
            let records = KeptKind::each(kept_hosts, kept_users, kept_server_authorities, kept_client_authorities);
            let kvstoremesh = record.kvstoremesh.and_then(|now| kept_kvstoremesh(self, floors, name, now));
            kept(self, floors, name, &records).into_iter().chain(kvstoremesh)
        };
        self.clusters.iter().flat_map(of_cluster).collect()
    }
}

/// The KVStoreMesh of `cluster`, if the mesh wants it off, and agents may still read it.
pub(super) fn kept_kvstoremesh(inventory: &Inventory, floors: &Floors, cluster: &str, now: KvstoremeshRecord) -> Option<Kept> {
    let (bundle, below) = (BundleId::new(cluster, BundleKind::Helm), now.read_since);
    let record = inventory.bundles.get(&bundle).filter(|_| now.phase == KvstoremeshPhase::Beside && !now.is_filling())?;
    Some(Kept {
        cluster: cluster.to_owned(),
        kind: KeptKind::Kvstoremesh,
        name: "KVStoreMesh".to_owned(),
        by: Some(cluster.to_owned()),
        past: record.newest_before(below),
        waiting: Some(bundle).filter(|bundle| record.may_be_older(floors.of(bundle), below)).into_iter().collect(),
        bundles: 1,
        step: None,
    })
}

/// What the etcd of `cluster` keeps.
pub(super) fn kept(inventory: &Inventory, floors: &Floors, cluster: &str, records: &[(KeptKind, &[KeptRecord])]) -> Vec<Kept> {
    let view = |kind: KeptKind, record: &KeptRecord, by: Option<&String>| {
        let behind = Behind { inventory, floors, below: record.below, proof: Proof::Evidence };
        let (waiting, bundles): (Vec<BundleId>, usize) = match (kind, by) {
            (KeptKind::ServerAuthority, _) => {
                (behind.members(cluster, false).cloned().collect(), members(inventory, cluster).count())
            }
            (_, Some(by)) => (behind.readers(cluster, by).cloned().collect(), reading(inventory, cluster, by).count()),
            (_, None) => {
                let each = || readers(inventory, cluster);
                let waiting = each().flat_map(|by| behind.readers(cluster, by)).cloned().collect();
                (waiting, each().map(|by| reading(inventory, cluster, by).count()).sum())
            }
        };
        let past = |bundle| inventory.bundles.get(bundle)?.newest_before(record.below);
        let past = waiting.iter().filter_map(past).max();
        let is_foreign = inventory.clusters.get(cluster).is_some_and(ClusterRecord::has_foreign_etcd);
        let step = StepUnit::new(cluster, StepUnitName::ServerCertificates);
        let step = (kind == KeptKind::ServerAuthority && is_foreign && !floors.is_done(&step, record.below)).then_some(step);
        Kept { cluster: cluster.to_owned(), kind, name: record.name.clone(), by: by.cloned(), waiting, bundles, past, step }
    };
    let each = records.iter().flat_map(|(kind, records)| records.iter().map(move |record| (*kind, record)));
    let views = each.flat_map(|(kind, record)| {
        let one_for_all = record.by.is_empty().then_some(None);
        one_for_all.into_iter().chain(record.by.iter().map(Some)).map(move |by| (kind, record, by))
    });
    let all: Vec<Kept> = views.map(|(kind, record, by)| view(kind, record, by)).collect();
    // What some still need stays for all of them.
    let needed: BTreeSet<(KeptKind, String)> =
        all.iter().filter(|kept| !kept.is_over()).map(|kept| (kept.kind, kept.name.clone())).collect();
    all.into_iter().filter(|kept| !kept.is_over() || !needed.contains(&(kept.kind, kept.name.clone()))).collect()
}
