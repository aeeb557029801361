//! What an operator names as delivered: a unit, or a cluster with all its units.

use std::str::FromStr;

use crate::plan::Inventory;

use super::unit::{NotAUnit, Unit};

/// A unit, or all units of a cluster. Its text is that of the unit, or the name of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// This unit.
    Unit(Unit),
    /// All units of the cluster of this one that are part of the mesh.
    ClusterOf(Unit),
}

impl FromStr for Delivered {
    type Err = NotAUnit;

    fn from_str(text: &str) -> Result<Self, NotAUnit> {
        if text.contains('/') {
            return text.parse().map(Self::Unit);
        }
        format!("{text}/users").parse().map(Self::ClusterOf).map_err(|_| NotAUnit(text.to_owned()))
    }
}

impl Delivered {
    /// The units that are meant. A cluster that is not in `inventory` has one that was never written.
    pub fn units(&self, inventory: &Inventory) -> Vec<Unit> {
        match self {
            Self::Unit(unit) => vec![unit.clone()],
            Self::ClusterOf(any) => {
                let of_cluster = inventory.bundles.keys().filter(|bundle| bundle.cluster() == any.bundle().cluster());
                let units: Vec<Unit> = of_cluster.map(Unit::from).collect();
                if units.is_empty() { vec![any.clone()] } else { units }
            }
        }
    }
}
