//! What was revoked and may still be installed: the bundles that carried it, whose targets may be older than its revocation.

use crate::mesh::OwnUser;

use super::bundle_id::{BundleId, BundleKind};
use super::credential::leaf_holder;
use super::floors::Floors;
use super::inventory::{BundleRecord, Inventory};
use super::revocations::RevokedRecord;

/// A revoked credential, and the bundles that may still have it at their targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillCarried<'a> {
    /// What was revoked.
    pub record: &'a RevokedRecord,
    /// The bundles whose targets may have it.
    pub waiting: Vec<&'a BundleId>,
    /// How many bundles had it.
    pub bundles: usize,
}

impl Inventory {
    /// What was revoked and may still be somewhere, when targets have what `floors` say.
    pub fn still_carried(&self, floors: &Floors) -> Vec<StillCarried<'_>> {
        let carried = |record| {
            let all: Vec<_> = self.bundles.iter().filter(|(bundle, _)| carries(record, bundle)).collect();
            let has = |bundle: &BundleId, written: &BundleRecord| written.may_be_older(floors.of(bundle), record.below);
            let waiting = all.iter().filter(|(bundle, written)| has(bundle, written)).map(|(bundle, _)| *bundle).collect();
            StillCarried { record, waiting, bundles: all.len() }
        };
        let carried = self.revocations.records.iter().map(carried);
        carried.filter(|carried| !carried.waiting.is_empty()).collect()
    }
}

/// Whether `bundle` had a revoked credential.
pub(super) fn carries(record: &RevokedRecord, bundle: &BundleId) -> bool {
    let Some((cluster, node)) = leaf_holder(&record.credential) else { return false };
    if bundle.cluster() != cluster {
        return false;
    }
    let mut parts = record.credential.split('/');
    let (kind, last) = (parts.next().unwrap_or_default(), record.credential.rsplit('/').next().unwrap_or_default());
    let is_own = |user: OwnUser| last == user.to_string();
    match (kind, bundle.kind()) {
        ("server" | "peer", BundleKind::Member(name)) => name == last,
        ("client", BundleKind::Node(name)) => node.is_none_or(|node| node == name),
        ("own", BundleKind::Node(_)) => is_own(OwnUser::Agent) || is_own(OwnUser::Announcer),
        ("own", BundleKind::Operator) => is_own(OwnUser::Agent),
        ("own", BundleKind::Etcd) => is_own(OwnUser::Administrator),
        ("server" | "client" | "own", BundleKind::Helm) => true,
        _ => false,
    }
}
