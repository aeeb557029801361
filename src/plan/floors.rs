//! How old the files of a target can be: for each bundle what its target has, as far as there is evidence. `ledger` finds it out.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle_id::BundleId;
use super::step_unit::StepUnit;

/// What targets have. Nothing is known of a bundle that is not in it: its target may have any generation that was ever written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floors {
    evident: BTreeMap<BundleId, Floor>,
    said: BTreeMap<BundleId, u64>,
    steps: BTreeMap<StepUnit, u64>,
    highest: u64,
}

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
    /// Something that this state has not written: it was restored from a backup.
    Unknown,
}

impl Floor {
    /// Whether what is installed is not yet in use, or not yet all of it.
    pub(super) const fn is_restart_due(self) -> bool {
        matches!(self, Self::Installed { restart_due: true, .. })
    }
}

impl Floors {
    /// What is evident of each bundle, the generations that an operator says are in use at their targets, and the revision up to which
    /// each step is done. `highest` is the highest generation of all that is evident.
    pub fn new(
        evident: BTreeMap<BundleId, Floor>,
        said: BTreeMap<BundleId, u64>,
        steps: BTreeMap<StepUnit, u64>,
        highest: u64,
    ) -> Self {
        Self { evident, said, steps, highest }
    }

    /// The same, as if nothing were installed at the targets of `bundles`.
    pub(super) fn leaving_behind(&self, bundles: &BTreeSet<BundleId>) -> Self {
        let mut floors = self.clone();
        floors.evident.extend(bundles.iter().map(|bundle| (bundle.clone(), Floor::Uninstalled)));
        floors
    }

    /// The highest generation that a target has.
    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }

    /// Bundles whose targets have something that this state has not written.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &BundleId> {
        self.evident.iter().filter(|(_, floor)| **floor == Floor::Unknown).map(|(bundle, _)| bundle)
    }

    /// What the target of `bundle` has, if it is known.
    pub fn of(&self, bundle: &BundleId) -> Option<Floor> {
        self.evident.get(bundle).copied()
    }

    /// Whether anything is known of the target of `bundle`, by evidence or by the operator's word.
    pub(super) fn is_known(&self, bundle: &BundleId) -> bool {
        self.of(bundle).is_some() || self.said(bundle).is_some()
    }

    /// Whether what the run of the revision `since` asked for with `step` is done; what was there from the first run on is.
    pub(super) fn is_done(&self, step: &StepUnit, since: u64) -> bool {
        self.steps.get(step).copied().unwrap_or_default() >= since
    }

    /// Whether nothing is installed at the target of `bundle`: it was uninstalled, or an operator says so.
    pub(super) fn is_gone(&self, bundle: &BundleId) -> bool {
        self.of(bundle) == Some(Floor::Uninstalled) || self.said(bundle) == Some(0)
    }

    /// The generation that an operator says is in use at the target of `bundle`, or a later one; 0 if it is gone.
    pub fn said(&self, bundle: &BundleId) -> Option<u64> {
        self.said.get(bundle).copied()
    }
}
