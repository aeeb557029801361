//! Bundles that may be older at their targets than a revision: those that depend on what a run after it changed.

use crate::mesh::OwnUser;

use super::bundle_id::{BundleId, BundleKind};
use super::floors::{Floor, Floors};
use super::inventory::{BundleRecord, Inventory};

/// What shows that a bundle is not older.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Evidence. Nothing that a target may still need goes without it.
    Evidence,
    /// Evidence, or the operator's word. That is enough where the files before and after both work.
    Word,
}

/// The bundles that may be older than a revision.
#[derive(Clone, Copy)]
pub(super) struct Behind<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    pub(super) below: u64,
    pub(super) proof: Proof,
}

impl<'a> Behind<'a> {
    /// Those of `by`, a CLUSTER or a CLUSTER/NODE, that make something read the etcd of `cluster`.
    pub(super) fn readers(self, cluster: &str, by: &str) -> impl Iterator<Item = &'a BundleId> + use<'a> {
        // Agents read the config of their own etcd only when they start.
        let own = by == cluster;
        let behind = reading(self.inventory, cluster, by).filter(move |(bundle, record)| self.is(bundle, record, own));
        behind.map(|(bundle, _)| bundle)
    }

    /// Those of the members of `cluster`; also if the member has not loaded their CAs, where `loaded` is asked for.
    pub(super) fn members(self, cluster: &str, loaded: bool) -> impl Iterator<Item = &'a BundleId> + use<'a> {
        let is_behind = move |bundle: &BundleId, record: &BundleRecord| {
            // No Secret shows whether the etcd that mounts it has been restarted.
            let is_unsaid = || self.floors.said(bundle).is_none_or(|said| record.is_older(said, self.below));
            let is_gone = self.floors.of(bundle) == Some(Floor::Uninstalled);
            self.is(bundle, record, loaded) || loaded && matches!(bundle.kind(), BundleKind::Helm) && !is_gone && is_unsaid()
        };
        members(self.inventory, cluster).filter(move |(bundle, record)| is_behind(bundle, record)).map(|(bundle, _)| bundle)
    }

    fn is(self, bundle: &BundleId, record: &BundleRecord, in_use: bool) -> bool {
        if self.proof == Proof::Word && self.floors.said(bundle).is_some_and(|said| !record.is_older(said, self.below)) {
            return false;
        }
        let floor = self.floors.of(bundle);
        in_use && matches!(floor, Some(Floor::Installed { restart_due: true, .. })) || record.may_be_older(floor, self.below)
    }
}

/// The bundles of `by`, a CLUSTER or a CLUSTER/NODE, that make something read the etcd of `cluster`.
pub(super) fn reading<'a>(
    inventory: &'a Inventory,
    cluster: &str,
    by: &str,
) -> impl Iterator<Item = (&'a BundleId, &'a BundleRecord)> + use<'a> {
    let (reader, node) = by.split_once('/').map_or((by, None), |(reader, node)| (reader, Some(node.to_owned())));
    // The files of an operator are for the etcd only if agents have local credentials there.
    let operator = reader == cluster && inventory.credentials.contains_key(&format!("own/{cluster}/{}", OwnUser::Agent));
    of_cluster(inventory, reader).filter(move |(bundle, _)| match bundle.kind() {
        BundleKind::Node(this) => node.as_ref().is_none_or(|node| node == this),
        BundleKind::Helm => node.is_none(),
        BundleKind::Operator => operator,
        BundleKind::Member(_) | BundleKind::Etcd => false,
    })
}

impl Inventory {
    /// Whether the servers of the etcd of `cluster` have certificates from here.
    pub fn issues_servers(&self, cluster: &str) -> bool {
        self.leaves(&format!("server/{cluster}/")).next().is_some()
    }
}

/// The bundles of the members of `cluster`.
pub(super) fn members<'a>(
    inventory: &'a Inventory,
    cluster: &str,
) -> impl Iterator<Item = (&'a BundleId, &'a BundleRecord)> + use<'a> {
    // Other Helm clusters get their certificates from their chart.
    let is_provided = inventory.issues_servers(cluster);
    of_cluster(inventory, cluster).filter(move |(bundle, _)| match bundle.kind() {
        BundleKind::Member(_) => true,
        BundleKind::Helm => is_provided,
        BundleKind::Node(_) | BundleKind::Operator | BundleKind::Etcd => false,
    })
}

/// The clusters whose bundles read the etcd of `cluster`, its own among them.
pub(super) fn readers<'a>(inventory: &'a Inventory, cluster: &'a str) -> impl Iterator<Item = &'a str> {
    inventory.clusters.keys().map(String::as_str).filter(move |reader| has_read(inventory, reader, cluster))
}

/// Whether bundles of `reader` read the etcd of `cluster`.
pub(super) fn has_read(inventory: &Inventory, reader: &str, cluster: &str) -> bool {
    let own = reader == cluster && inventory.leaves(&format!("own/{cluster}/")).next().is_some();
    own || inventory.clusters.get(reader).is_some_and(|record| record.links.contains(cluster))
}

fn of_cluster<'a>(inventory: &'a Inventory, cluster: &str) -> impl Iterator<Item = (&'a BundleId, &'a BundleRecord)> + use<'a> {
    let cluster = cluster.to_owned();
    let from = BundleId::new(cluster.as_str(), BundleKind::Etcd);
    inventory.bundles.range(from..).take_while(move |(bundle, _)| bundle.cluster() == cluster)
}
