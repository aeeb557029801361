//! What a run would write again though the plan does not change it. For those who only look: lengths are compared, not digests.

use std::collections::BTreeSet;

use crate::plan::Plan;
use crate::store::{Index, Output};

/// Archives that are due though the plan does not change them: missing, or left over from a run that did not finish.
pub(super) fn overdue(plan: &Plan, output: &Output, index: &Index) -> BTreeSet<String> {
    let archive = |bundle: &&String| bundle.split('/').count() == 3;
    let unchanged = plan.bundles.iter().filter(|(_, bundle)| bundle.change.is_none());
    let due = unchanged.filter(|(path, bundle)| {
        let entry = index.archives.get(*path).filter(|entry| entry.generation == bundle.generation);
        !entry.is_some_and(|entry| output.seems_to_hold(path, entry))
    });
    due.map(|(path, _)| path).filter(archive).cloned().collect()
}
