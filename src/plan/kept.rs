//! What is kept, and for which bundles: those that their targets may still have as they were before a change.

use super::bundle_id::{BundleId, BundleKind};
use super::floors::{Floor, Floors};
use super::inventory::{BundleRecord, Inventory, KeptRecord};

/// Something that an etcd keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The etcd's cluster.
    pub cluster: String,
    /// What it is.
    pub kind: KeptKind,
    /// What it is called.
    pub name: String,
    /// Who needs it: CLUSTER, or CLUSTER/NODE.
    pub by: String,
    /// The bundles of these that may be too old to do without.
    pub waiting: Vec<BundleId>,
    /// How many bundles these have.
    pub bundles: usize,
    /// The newest generation that needs it, if it is known.
    pub past: Option<u64>,
}

/// What can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeptKind {
    /// A host in the SANs of the members.
    Host,
    /// A user of the etcd.
    User,
}

impl Inventory {
    /// Everything that is kept, when targets have what `floors` say.
    pub fn kept(&self, floors: &Floors) -> Vec<Kept> {
        let clusters = self.clusters.iter();
        clusters.flat_map(|(name, record)| kept(self, floors, name, &record.kept_hosts, &record.kept_users)).collect()
    }
}

/// What the etcd of `cluster` keeps.
pub(super) fn kept(
    inventory: &Inventory,
    floors: &Floors,
    cluster: &str,
    hosts: &[KeptRecord],
    users: &[KeptRecord],
) -> Vec<Kept> {
    let hosts = hosts.iter().map(|record| (KeptKind::Host, record));
    let users = users.iter().map(|record| (KeptKind::User, record));
    let each = hosts.chain(users).flat_map(|(kind, record)| record.by.iter().map(move |by| (kind, record, by)));
    let view = |(kind, record, by): (KeptKind, &KeptRecord, &String)| {
        let waiting: Vec<BundleId> = waiting(inventory, floors, cluster, by, record.below).cloned().collect();
        let past = |bundle| inventory.bundles.get(bundle)?.newest_before(record.below);
        let past = waiting.iter().filter_map(past).max();
        let bundles = reading(inventory, cluster, by).count();
        Kept { cluster: cluster.to_owned(), kind, name: record.name.clone(), by: by.clone(), waiting, bundles, past }
    };
    each.map(view).collect()
}

/// The bundles of `by` that may be from before the revision `below`, and need something of the etcd of `cluster` then.
pub(super) fn waiting<'a>(
    inventory: &'a Inventory,
    floors: &Floors,
    cluster: &str,
    by: &str,
    below: u64,
) -> impl Iterator<Item = &'a BundleId> {
    // Agents read the config of their own etcd only when they start.
    let own = by == cluster;
    let due = move |floor| own && matches!(floor, Some(Floor::Installed { restart_due: true, .. }));
    let waiting = reading(inventory, cluster, by).filter(move |(bundle, record)| {
        let floor = floors.of(bundle);
        due(floor) || record.may_be_older(floor, below)
    });
    waiting.map(|(bundle, _)| bundle)
}

/// The bundles of `by`, as a [`KeptRecord`] of the etcd of `cluster` has it, that make something read there.
fn reading<'a>(inventory: &'a Inventory, cluster: &str, by: &str) -> impl Iterator<Item = (&'a BundleId, &'a BundleRecord)> {
    let (reader, node) = by.split_once('/').map_or((by, None), |(reader, node)| (reader, Some(node.to_owned())));
    let (own, reader) = (reader == cluster, reader.to_owned());
    let from = BundleId::new(reader.as_str(), BundleKind::Etcd);
    let of_reader = inventory.bundles.range(from..).take_while(move |(bundle, _)| bundle.cluster() == reader);
    of_reader.filter(move |(bundle, _)| match bundle.kind() {
        BundleKind::Node(this) => node.as_ref().is_none_or(|node| node == this),
        BundleKind::Operator => own,
        BundleKind::Member(_) | BundleKind::Etcd => false,
    })
}
