//! What an operator says is delivered: a unit, or a cluster.

use std::str::FromStr;

use crate::plan::{BundleId, BundleKind, Inventory};

use super::evidence::Source;
use super::judge::Refusal;
use super::unit::{NotAUnit, Unit};

/// A unit, or those of a cluster. Its text is that of the unit, or the name of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// This unit.
    Unit(Unit),
    /// The nodes and members of this cluster, and its operator; of one that left, those that it had.
    Cluster(String),
}

impl FromStr for Delivered {
    type Err = NotAUnit;

    fn from_str(text: &str) -> Result<Self, NotAUnit> {
        if text.contains('/') {
            return text.parse().map(Self::Unit);
        }
        let any = format!("{text}/users").parse::<Unit>();
        any.map(|_| Self::Cluster(text.to_owned())).map_err(|_| NotAUnit(text.to_owned()))
    }
}

impl Delivered {
    /// The units that are meant, and what the operator's word about each is.
    ///
    /// # Errors
    /// If the mesh has no such cluster.
    pub fn units(&self, inventory: &Inventory) -> Result<Vec<(Unit, Source)>, Refusal> {
        match self {
            Self::Unit(unit) => {
                let is_word = unit.has_installer() || unit.bundle().is_some_and(|bundle| is_read_in_cluster(bundle, inventory));
                let source = if is_word { Source::Word } else { Source::ByHand };
                Ok(vec![(unit.clone(), source)])
            }
            Self::Cluster(cluster) => {
                let is_here = inventory.clusters.contains_key(cluster);
                let left = inventory.retired.keys().filter(|_| !is_here);
                let of_cluster =
                    inventory.bundles.keys().chain(left).filter(|bundle| bundle.cluster() == cluster).map(Unit::from);
                let units: Vec<_> = of_cluster.filter(|unit| !unit.is_users()).map(|unit| (unit, Source::Word)).collect();
                if units.is_empty() { Err(Refusal::NoCluster(cluster.clone())) } else { Ok(units) }
            }
        }
    }
}

/// Whether a bundle is a Helm cluster's, whose Secrets say what is there. Nothing says that they are gone.
fn is_read_in_cluster(bundle: &BundleId, inventory: &Inventory) -> bool {
    *bundle.kind() == BundleKind::Helm && inventory.bundles.contains_key(bundle)
}
