//! The floors that evidence shows.

use crate::mesh::ANY;
use crate::plan::{BundleId, BundleKind, Floor, Floors, Inventory, StepUnit};

use super::evidence::Evidence;
use super::evidence_set::EvidenceSet;
use super::unit::Unit;

/// What the targets of the bundles of `inventory` have. A unit whose receipts contradict each other has no floor.
pub fn floors(inventory: &Inventory, evidence: &EvidenceSet) -> Floors {
    // The bundle `any` is for many machines: the receipt of one says nothing of the others.
    let is_one = |bundle: &&BundleId| !matches!(bundle.kind(), BundleKind::Node(name) if name == ANY);
    let floor = |bundle: &BundleId| {
        let last = evidence.of(&Unit::from(bundle)).ok()??;
        let floor = match last.generation {
            0 => Floor::Uninstalled,
            _ if is_unknown(inventory, bundle, last) => Floor::Unknown,
            generation => Floor::Installed { generation, restart_due: !last.due.is_empty() },
        };
        Some((bundle.clone(), floor))
    };
    let said = |bundle: &BundleId| Some((bundle.clone(), evidence.said(&Unit::from(bundle))?));
    // Those that left the mesh may still be installed, and so may those that came after the backup of a restored state.
    let came = evidence.units().filter_map(Unit::bundle).filter(|bundle| inventory.newest(bundle).is_none());
    let bundles: Vec<&BundleId> = inventory.bundles.keys().chain(inventory.retired.keys()).chain(came).collect();
    let bundles = || bundles.iter().copied();
    let highest = evidence.units().filter_map(|unit| Some(evidence.of(unit).ok()??.generation)).max().unwrap_or_default();
    let done = |step: &StepUnit| Some((step.clone(), evidence.of(&Unit::Step(step.clone())).ok()??.generation));
    let steps = evidence.units().filter_map(|unit| match unit {
        Unit::Step(step) => done(step),
        Unit::Bundle(_) => None,
    });
    let evident = bundles().filter(is_one).filter_map(floor).collect();
    Floors::new(evident, bundles().filter_map(said).collect(), steps.collect(), highest)
}

/// Whether a target has something that the state has not written. Only a state that was restored from a backup lacks any of that.
pub(super) fn is_unknown(inventory: &Inventory, bundle: &BundleId, found: &Evidence) -> bool {
    inventory.branch.is_some() && !inventory.has_written(bundle, found.generation, found.digest.as_deref())
}
