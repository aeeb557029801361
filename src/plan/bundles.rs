//! Which bundles there will be, which of them are new or changed, and their generations.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::mesh::Label;

use super::change::{BundleChange, LastChange, LinkChange, Wave, WaveName};
use super::cluster::ClusterPlan;
use super::digest::{self, Resolve};
use super::inventory::{BundleRecord, Inventory};

/// A bundle in the plan: an archive of a node or a member, or the folder of an operator or an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlePlan {
    /// Its generation after this run.
    pub generation: u64,
    /// What happens to it, if anything.
    pub change: Option<BundleChange>,
}

/// The digest of every bundle, by path; nothing where it depends on something that is yet to be issued.
pub(super) fn digests(
    mesh: &Label,
    clusters: &[ClusterPlan],
    resolve: &(dyn Resolve + Sync),
) -> BTreeMap<String, Option<String>> {
    let of_cluster = |cluster: &ClusterPlan| {
        let mut digests = Vec::new();
        let shared = digest::shared(mesh, cluster, resolve);
        for node in &cluster.nodes {
            let digest = shared.as_deref().and_then(|shared| digest::node(shared, node, resolve));
            digests.push((cluster.node_bundle(node), digest));
        }
        for member in &cluster.members {
            digests.push((cluster.member_bundle(member), digest::member(mesh, cluster, member, resolve)));
        }
        if let Some(authorisation) = &cluster.authorisation {
            digests.push((cluster.etcd_bundle(), digest::authorisation(cluster, authorisation, resolve)));
        }
        if !cluster.operator_options.is_empty() {
            digests.push((cluster.operator_bundle(), digest::operator(cluster, resolve)));
        }
        digests
    };
    clusters.par_iter().flat_map_iter(of_cluster).collect()
}

/// Compares with what was shipped before.
pub(super) fn plan(digests: &BTreeMap<String, Option<String>>, inventory: &Inventory) -> BTreeMap<String, BundlePlan> {
    let plan = |(path, digest): (&String, &Option<String>)| {
        let before = inventory.bundles.get(path);
        let plan = match before {
            None => BundlePlan { generation: 1 + inventory.retired.get(path).unwrap_or(&0), change: Some(BundleChange::New) },
            Some(record) if digest.as_ref() == Some(&record.content) => {
                BundlePlan { generation: record.generation, change: None }
            }
            Some(record) => BundlePlan { generation: record.generation + 1, change: Some(BundleChange::Changed) },
        };
        (path.clone(), plan)
    };
    digests.iter().map(plan).collect()
}

/// Everything that changes, and the order in which to ship it.
pub(super) fn changes(
    clusters: &[ClusterPlan],
    bundles: &BTreeMap<String, BundlePlan>,
    inventory: &Inventory,
    users: BTreeMap<String, Vec<String>>,
    gone: BTreeMap<String, Vec<String>>,
) -> LastChange {
    let mut changed: BTreeMap<String, BundleChange> =
        bundles.iter().filter_map(|(path, plan)| plan.change.map(|change| (path.clone(), change))).collect();
    for path in inventory.bundles.keys().filter(|path| !bundles.contains_key(*path)) {
        changed.insert(path.clone(), BundleChange::Gone);
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
    let waves = waves(&changed, users, gone);
    LastChange { clusters: links, bundles: changed, waves }
}

/// Waves that have nothing to ship are left out.
fn waves(
    changed: &BTreeMap<String, BundleChange>,
    users: BTreeMap<String, Vec<String>>,
    gone: BTreeMap<String, Vec<String>>,
) -> Vec<Wave> {
    let scripts = gone.keys().map(|cluster| format!("{cluster}/etcd/etcd-auth.sh")).collect();
    let there = || changed.iter().filter(|(_, change)| **change != BundleChange::Gone).map(|(path, _)| path);
    let archives = |kind: &str| -> Vec<String> {
        let wanted = there().filter(|path| path.split('/').count() == 3 && path.split('/').nth(1) == Some(kind));
        wanted.map(|path| format!("{path}.tar.gz")).collect()
    };
    let folders = |kind: &str, file: &str| -> Vec<String> {
        let wanted = there().filter(|path| path.split_once('/').is_some_and(|(_, rest)| rest == kind));
        wanted.map(|path| format!("{path}{file}")).collect()
    };
    let wave = |wave, ship| Wave { wave, ship, users: BTreeMap::new() };
    let waves = [
        Wave { wave: WaveName::Users, ship: folders("etcd", "/etcd-auth.sh"), users },
        wave(WaveName::Members, archives("etcd")),
        wave(WaveName::Operators, folders("operator", "")),
        wave(WaveName::Nodes, archives("nodes")),
        Wave { wave: WaveName::Withdrawal, ship: scripts, users: gone },
    ];
    waves.into_iter().filter(|wave| !wave.ship.is_empty() || !wave.users.is_empty()).collect()
}

/// Last generations of what is gone, now and before.
pub(super) fn retired(before: &Inventory, bundles: &BTreeMap<String, BundlePlan>) -> BTreeMap<String, u64> {
    let last = before.bundles.iter().map(|(path, record)| (path, record.generation));
    let every = before.retired.iter().map(|(path, generation)| (path, *generation)).chain(last);
    every.filter(|(path, _)| !bundles.contains_key(*path)).map(|(path, generation)| (path.clone(), generation)).collect()
}

/// The records of what is shipped, when every digest is known.
pub(super) fn records(
    digests: BTreeMap<String, Option<String>>,
    bundles: &BTreeMap<String, BundlePlan>,
) -> BTreeMap<String, BundleRecord> {
    let record = |(path, content): (String, Option<String>)| {
        let generation = bundles.get(&path)?.generation;
        Some((path, BundleRecord { generation, content: content? }))
    };
    digests.into_iter().filter_map(record).collect()
}
