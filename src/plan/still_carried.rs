//! What was revoked and may still be installed: the bundles that carried it, whose targets may be older than its revocation.

use super::bundle_id::BundleId;
use super::carriers::carries;
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
        let carried = self.revocations.records.iter().map(|record| {
            let all: Vec<_> = self.bundles.iter().filter(|(bundle, _)| carries(&record.credential, bundle)).collect();
            let has = |bundle: &BundleId, written: &BundleRecord| written.may_be_older(floors.of(bundle), record.below);
            let waiting = all.iter().filter(|(bundle, written)| has(bundle, written)).map(|(bundle, _)| *bundle).collect();
            StillCarried { record, waiting, bundles: all.len() }
        });
        carried.filter(|carried| !carried.waiting.is_empty()).collect()
    }
}
