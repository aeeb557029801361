//! What a run would write again though the plan does not change it, and what it would remove. For those who only look: lengths
//! are compared, not digests.

use std::collections::BTreeSet;

use crate::plan::{BundleId, ClusterPlan, Inventory, LooseFile, Plan};
use crate::store::{Index, Output, Remaining};

use super::Selection;

/// Archives that are due though the plan does not change them: missing, or left over from a run that did not finish.
pub(super) fn overdue(plan: &Plan, output: &Output, index: &Index) -> BTreeSet<BundleId> {
    let unchanged = plan.bundles.iter().filter(|(id, bundle)| id.is_archive() && bundle.change.is_none());
    let due = unchanged.filter(|(id, bundle)| {
        let entry = index.archives.get(*id).filter(|entry| entry.generation == bundle.generation);
        !entry.is_some_and(|entry| output.seems_to_hold(id, entry))
    });
    due.map(|(id, _)| id.clone()).collect()
}

/// Files of earlier runs that the plan has no longer; loose ones only of bundles that are selected.
pub(super) fn obsolete(
    plan: &Plan,
    output: &Output,
    inventory: &Inventory,
    index: &Index,
    selection: &Selection,
) -> BTreeSet<String> {
    let planned: BTreeSet<LooseFile> = plan.clusters.iter().flat_map(ClusterPlan::loose_files).collect();
    let archive = |bundle: &BundleId| plan.bundles.contains_key(bundle);
    let loose = |file: &LooseFile| planned.contains(file) || archive(&file.bundle) && !selection.includes(&file.bundle);
    output.obsolete(inventory, index, &Remaining { archive: &archive, loose: &loose })
}
