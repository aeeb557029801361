//! How old the files of a target can be: for each bundle what its target has, as far as there is evidence. `ledger` finds it out.

use std::collections::BTreeMap;

use super::bundle_id::BundleId;

/// What targets have. Nothing is known of a bundle that is not in it: its target may have any generation that was ever written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floors(BTreeMap<BundleId, Floor>);

/// What one target has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// It was uninstalled, and nothing has been installed since.
    Uninstalled,
    /// This generation, or a later one.
    Installed {
        /// The generation.
        generation: u64,
        /// Whether a process still has to be restarted before it uses all of it.
        restart_due: bool,
    },
}

impl Floors {
    /// What the target of `bundle` has, if it is known.
    pub fn of(&self, bundle: &BundleId) -> Option<Floor> {
        self.0.get(bundle).copied()
    }
}

impl FromIterator<(BundleId, Floor)> for Floors {
    fn from_iter<I: IntoIterator<Item = (BundleId, Floor)>>(floors: I) -> Self {
        Self(floors.into_iter().collect())
    }
}
