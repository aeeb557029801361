//! KVStoreMesh of a Helm cluster, turned on or off in two runs. In between it runs beside agents that read the remote clusters by themselves:
//! agents that read through a KVStoreMesh which has not read yet, or no longer runs, would lose every remote cluster.

use crate::mesh::HelmRelease;
use crate::values::{ReleaseValues, chart};

use super::bundle_id::{BundleId, BundleKind};
use super::floors::Floors;
use super::inventory::Inventory;
use super::kvstoremesh_record::{KvstoremeshPhase, KvstoremeshRecord};
use super::step_unit::{StepUnit, StepUnitName};

/// What it does in `cluster` after this run, if `release` has what the mesh wants, and `values` are what is there.
pub(super) fn plan(
    cluster: &str,
    release: &HelmRelease,
    values: Option<&ReleaseValues>,
    inventory: &Inventory,
    floors: &Floors,
) -> KvstoremeshRecord {
    let wanted = release.kvstoremesh.value();
    let bundle = BundleId::new(cluster, BundleKind::Helm);
    let before = inventory.clusters.get(cluster).and_then(|record| record.kvstoremesh).filter(|_| !floors.is_gone(&bundle));
    let Some(before) = before else {
        let phase = if wanted { KvstoremeshPhase::Read } else { KvstoremeshPhase::Off };
        return KvstoremeshRecord { phase, runs_since: 0, read_since: 0, asked_since: 0 };
    };
    let record = inventory.bundles.get(&bundle);
    let may_be_older = |revision| record.is_none_or(|record| record.may_be_older(floors.of(&bundle), revision));
    let (ran, was_read, was_filling) = (before.runs(), before.is_read(), before.is_filling());
    let has_read = || floors.is_done(&StepUnit::new(cluster, StepUnitName::Kvstoremesh), before.asked_since);
    let is_read = wanted && (was_read || was_filling && !may_be_older(before.runs_since) && has_read());
    // The owner of the values may have turned it off already.
    let is_off = values.and_then(|values| values.flag(chart::KVSTOREMESH)) == Some(false);
    let runs = wanted || !is_off && ran && (was_read || may_be_older(before.read_since));
    // Its remotes may be others than when it was turned off, so that is asked for anew.
    let begins = wanted && !was_read && !was_filling;
    let now = inventory.revision + 1;
    KvstoremeshRecord {
        phase: match (runs, is_read) {
            (_, true) => KvstoremeshPhase::Read,
            (true, false) => KvstoremeshPhase::Beside,
            (false, false) => KvstoremeshPhase::Off,
        },
        runs_since: if runs == ran { before.runs_since } else { now },
        read_since: if is_read == was_read { before.read_since } else { now },
        asked_since: if begins { now } else { before.asked_since },
    }
}
