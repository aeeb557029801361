//! What a run would write again although the plan does not change it, and what it would remove. It is for `plan`, so it compares
//! lengths and not digests.

use std::collections::BTreeSet;

use crate::plan::{BundleId, ClusterPlan, Inventory, LooseFile, Plan};
use crate::store::{Index, Output, Remaining};

use super::Selection;

/// Archives that are due although the plan does not change them: missing, left over from an interrupted run, or from another branch, whose
/// generations count other contents.
pub(super) fn find_due(plan: &Plan, output: &Output, index: &Index) -> BTreeSet<BundleId> {
    let same_branch = index.branch == plan.branch.map(|branch| branch.began);
    let unchanged = plan.bundles.iter().filter(|(id, bundle)| id.is_archive() && bundle.change.is_none());
    let due = unchanged.filter(|(id, bundle)| {
        let entry = index.archives.get(*id).filter(|entry| same_branch && entry.generation == bundle.generation);
        !entry.is_some_and(|entry| output.seems_to_hold(id, entry))
    });
    due.map(|(id, _)| id.clone()).collect()
}

/// Files of earlier runs that the plan no longer has; loose ones only of selected bundles.
pub(super) fn find_obsolete(
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
