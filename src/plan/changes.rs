//! What changes against the run before.

use std::collections::BTreeMap;

use super::bundle_id::BundleId;
use super::bundles::BundlePlan;
use super::change_record::{BundleChange, LastChange, LinkChange};
use super::cluster::ClusterPlan;
use super::inventory::Inventory;

/// Everything that changes.
pub(super) fn changes(clusters: &[ClusterPlan], bundles: &BTreeMap<BundleId, BundlePlan>, inventory: &Inventory) -> LastChange {
    let mut changed: BTreeMap<BundleId, BundleChange> =
        bundles.iter().filter_map(|(bundle, plan)| plan.change.map(|change| (bundle.clone(), change))).collect();
    for bundle in inventory.bundles.keys().filter(|bundle| !bundles.contains_key(*bundle)) {
        changed.insert(bundle.clone(), BundleChange::Gone);
    }
    let mut links = BTreeMap::new();
    for cluster in clusters {
        let before = inventory.clusters.get(cluster.name.as_str());
        let had = |name: &str| before.is_some_and(|record| record.links.contains(name));
        let added: Vec<_> = cluster.links.iter().map(|link| link.remote.to_string()).filter(|name| !had(name)).collect();
        let removed: Vec<_> = cluster.removed.iter().filter(|name| had(name)).cloned().collect();
        if !added.is_empty() || !removed.is_empty() {
            links.insert(cluster.name.to_string(), LinkChange { added, removed });
        }
    }
    LastChange { clusters: links, bundles: changed }
}
