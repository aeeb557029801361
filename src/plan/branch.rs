//! Branches of a state. A state that is restored from a backup begins one, because the runs after the backup have used the same
//! numbers for other content.

use serde::{Deserialize, Serialize};

/// The branch of a state since it was restored. A state that was never restored has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BranchRecord {
    /// When it began, Unix seconds. It names the branch, and a later branch has a later one.
    pub began: u64,
    /// The highest generation of earlier branches that is known, of any bundle. New generations are higher.
    pub above: u64,
    /// Whether no run has followed yet.
    pub is_new: bool,
}

impl BranchRecord {
    /// The branch that a state restored at `now`, Unix seconds, begins after `before`. `highest` is the highest generation in it.
    pub(super) fn begin(before: Option<Self>, highest: u64, now: u64) -> Self {
        let after = before.map_or(0, |before| before.began + 1);
        let above = before.map_or(0, |before| before.above);
        Self { began: now.max(after), above: highest.max(above), is_new: true }
    }

    /// The branch before a run, where `highest` is the highest generation that targets have.
    pub(super) fn seeing(self, highest: u64) -> Self {
        Self { above: self.above.max(highest), ..self }
    }

    /// The branch after a run.
    pub(super) const fn after_run(self) -> Self {
        Self { is_new: false, ..self }
    }
}
