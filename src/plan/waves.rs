//! What changes against the run before, and the order in which to ship it.

use std::collections::{BTreeMap, BTreeSet};

use super::authorisation;
use super::bundle_id::{BundleId, BundleKind};
use super::bundles::BundlePlan;
use super::change_record::{BundleChange, LastChange, LinkChange, Wave, WaveName};
use super::cluster::ClusterPlan;
use super::credential::CredentialKey;
use super::inventory::Inventory;
use super::loose::ETCD_SCRIPT;

/// Everything that changes, and the order in which to ship it.
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
    let waves = waves(&changed, new_users(clusters, inventory), gone_users(clusters, inventory));
    LastChange { clusters: links, bundles: changed, waves }
}

/// Waves with neither files nor users are left out.
fn waves(
    changed: &BTreeMap<BundleId, BundleChange>,
    users: BTreeMap<String, Vec<String>>,
    gone: BTreeMap<String, Vec<String>>,
) -> Vec<Wave> {
    let script = |cluster: &String| format!("{}/{ETCD_SCRIPT}", BundleId::new(cluster, BundleKind::Etcd));
    let ship = |is_of_wave: &dyn Fn(&BundleKind) -> bool, ending: &str| -> Vec<String> {
        let shipped = changed.iter().filter(|(bundle, change)| **change != BundleChange::Gone && is_of_wave(bundle.kind()));
        shipped.map(|(bundle, _)| format!("{bundle}{ending}")).collect()
    };
    let wave = |wave, ship| Wave { wave, ship, users: BTreeMap::new() };
    let waves = [
        wave(WaveName::Members, ship(&|kind| matches!(kind, BundleKind::Member(_)), ".tar.gz")),
        Wave { wave: WaveName::Users, ship: ship(&|kind| *kind == BundleKind::Etcd, &format!("/{ETCD_SCRIPT}")), users },
        wave(WaveName::Operators, ship(&|kind| *kind == BundleKind::Operator, "")),
        wave(WaveName::Nodes, ship(&|kind| matches!(kind, BundleKind::Node(_)), ".tar.gz")),
        Wave { wave: WaveName::Withdrawal, ship: gone.keys().map(script).collect(), users: gone },
    ];
    waves.into_iter().filter(|wave| !wave.ship.is_empty() || !wave.users.is_empty()).collect()
}

/// Users that an etcd does not have yet, by common name: those of clusters that start to read it, and those whose certificate is issued
/// for the first time. A user that only gets another signer is named again: a duplicate is harmless, an omission is not.
fn new_users(clusters: &[ClusterPlan], inventory: &Inventory) -> BTreeMap<String, Vec<String>> {
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for cluster in clusters {
        let before = inventory.clusters.get(cluster.name.as_str());
        for link in &cluster.links {
            let read = before.is_some_and(|record| record.links.contains(link.remote.as_str()));
            let keys = cluster.clients(link).into_iter();
            for key in keys.filter(|key| !read || !inventory.credentials.contains_key(&key.to_string())) {
                if let CredentialKey::Client { common_name, .. } = key {
                    users.entry(link.remote.to_string()).or_default().insert(common_name.to_string());
                }
            }
        }
    }
    users.into_iter().map(|(cluster, names)| (cluster, names.into_iter().collect())).collect()
}

/// Etcd users that the run before has named, and that are not used any more. They go only after the nodes present others.
fn gone_users(clusters: &[ClusterPlan], inventory: &Inventory) -> BTreeMap<String, Vec<String>> {
    let gone = clusters.iter().filter_map(|cluster| {
        let before = inventory.cluster(cluster.name.as_str())?;
        let named = authorisation::named(cluster.authorisation.as_ref());
        let gone: Vec<String> = before.users.difference(&named).cloned().collect();
        (!gone.is_empty()).then(|| (cluster.name.to_string(), gone))
    });
    gone.collect()
}
