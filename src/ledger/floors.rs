//! The floors that evidence shows.

use crate::plan::{ANY, BundleId, BundleKind, Floor, Floors, Inventory, StepUnit};

use super::evidence_set::EvidenceSet;
use super::unit::Unit;

/// What the targets of the bundles of `inventory` have. A unit whose receipts contradict each other has no floor.
pub fn floors(inventory: &Inventory, evidence: &EvidenceSet) -> Floors {
    // The bundle `any` is for many machines: the receipt of one says nothing of the others.
    let is_one = |bundle: &&BundleId| !matches!(bundle.kind(), BundleKind::Node(name) if name == ANY);
    let floor = |bundle: &BundleId| {
        let last = evidence.of(&Unit::from(bundle)).ok()??;
        let installed = Floor::Installed { generation: last.generation, restart_due: !last.due.is_empty() };
        Some((bundle.clone(), if last.generation == 0 { Floor::Uninstalled } else { installed }))
    };
    let said = |bundle: &BundleId| Some((bundle.clone(), evidence.said(&Unit::from(bundle))?));
    // Those that left the mesh may still be installed.
    let bundles = || inventory.bundles.keys().chain(inventory.retired.keys());
    let done = |step: &StepUnit| Some((step.clone(), evidence.of(&Unit::Step(step.clone())).ok()??.generation));
    let steps = evidence.units().filter_map(|unit| match unit {
        Unit::Step(step) => done(step),
        Unit::Bundle(_) => None,
    });
    Floors::new(bundles().filter(is_one).filter_map(floor).collect(), bundles().filter_map(said).collect(), steps.collect())
}
