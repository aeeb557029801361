//! What a run would write again although the plan does not change it, and what it would remove. It is for `plan`, so it compares
//! lengths and not digests.

use std::collections::BTreeSet;

use crate::plan::{Inventory, Plan};
use crate::store::{Index, Output};

use super::Selection;

/// Archives that are due although the plan does not change them: missing, or left over from an interrupted run.
pub(super) fn overdue(plan: &Plan, output: &Output, index: &Index) -> BTreeSet<String> {
    let archive = |bundle: &&String| bundle.split('/').count() == 3;
    let unchanged = plan.bundles.iter().filter(|(_, bundle)| bundle.change.is_none());
    let due = unchanged.filter(|(path, bundle)| {
        let entry = index.archives.get(*path).filter(|entry| entry.generation == bundle.generation);
        !entry.is_some_and(|entry| output.seems_to_hold(path, entry))
    });
    due.map(|(path, _)| path).filter(archive).cloned().collect()
}

/// Files of earlier runs that the plan no longer has; loose ones only of selected bundles.
pub(super) fn obsolete(
    plan: &Plan,
    output: &Output,
    inventory: &Inventory,
    index: &Index,
    selection: &Selection,
) -> BTreeSet<String> {
    let loose: BTreeSet<String> = plan.clusters.iter().flat_map(crate::plan::ClusterPlan::loose_files).collect();
    let unselected = |path: &str| {
        let bundle = path.rsplit_once('/').map_or(path, |(bundle, _)| bundle);
        plan.bundles.contains_key(bundle) && !selection.includes(bundle)
    };
    output.obsolete(inventory, index, &|path| plan.bundles.contains_key(path) || loose.contains(path) || unselected(path))
}
