//! How far a roll-out is: for each unit what was written last, and what it has as far as there is evidence.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Inventory;

use super::evidence::Due;
use super::evidence_set::EvidenceSet;
use super::floors::is_unknown;
use super::unit::Unit;

/// What is known of all units.
pub struct Status {
    /// Each unit that is part of the mesh, or was and is still installed; and each step that is left.
    pub units: BTreeMap<Unit, UnitStatus>,
}

/// What is known of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStatus {
    /// The generation that was written last; none if it is no longer part of the mesh. Of a step, the revision of the run that asked for it.
    pub written: Option<u64>,
    /// What it has.
    pub position: Position,
    /// The generation that the operator says it has, if no evidence came after that.
    pub said: Option<u64>,
}

/// What a unit has, as far as there is evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Nothing was ever recorded.
    Unknown,
    /// Receipts with one counter contradict each other.
    Contradicting,
    /// It was uninstalled.
    Uninstalled,
    /// Something is installed that this state has not written: it was restored from a backup.
    Foreign {
        /// Its generation.
        generation: u64,
    },
    /// This generation is installed, and these have to be restarted.
    Installed {
        /// The generation.
        generation: u64,
        /// What is due.
        due: BTreeSet<Due>,
    },
}

impl Status {
    /// What `evidence` says of what `inventory` has written.
    pub fn of(inventory: &Inventory, evidence: &EvidenceSet) -> Self {
        let position = |unit: &Unit| match evidence.of(unit) {
            Err(_) => Position::Contradicting,
            Ok(None) => Position::Unknown,
            Ok(Some(last)) if last.generation == 0 => Position::Uninstalled,
            Ok(Some(last)) if unit.bundle().is_some_and(|bundle| is_unknown(inventory, bundle, last)) => {
                Position::Foreign { generation: last.generation }
            }
            Ok(Some(last)) => Position::Installed { generation: last.generation, due: last.due.clone() },
        };
        let here = inventory.bundles.iter().map(|(bundle, record)| {
            let unit = Unit::from(bundle);
            let (position, said) = (position(&unit), evidence.said(&unit));
            (unit, UnitStatus { written: Some(record.generation), position, said })
        });
        let mut units: BTreeMap<Unit, UnitStatus> = here.collect();
        let open = inventory.steps().into_iter().filter_map(|(step, asked)| {
            let unit = Unit::Step(step);
            let position = position(&unit);
            let is_done = matches!(position, Position::Installed { generation, .. } if generation >= asked);
            (!is_done).then_some((unit, UnitStatus { written: Some(asked), position, said: None }))
        });
        units.extend(open);
        // A step that nothing waits for any more is done.
        let left = |unit: &&Unit| !units.contains_key(*unit) && matches!(unit, Unit::Bundle(_));
        for unit in evidence.units().filter(left).cloned().collect::<Vec<_>>() {
            let position = position(&unit);
            // A machine that is gone for good prints no receipt.
            if position != Position::Uninstalled && evidence.said(&unit) != Some(0) {
                units.insert(unit, UnitStatus { written: None, position, said: None });
            }
        }
        Self { units }
    }
}

impl UnitStatus {
    /// Whether nothing is left to do: the newest generation is installed and in use.
    pub fn is_done(&self) -> bool {
        match (&self.position, self.written) {
            (Position::Installed { generation, due }, Some(written)) => *generation == written && due.is_empty(),
            (Position::Uninstalled, None) => true,
            _ => false,
        }
    }
}
