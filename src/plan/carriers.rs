//! Which bundles carry a leaf, by its name in the inventory, and how old the files of their targets may be.

use std::collections::HashMap;

use crate::mesh::OwnUser;

use super::bundle_id::{BundleId, BundleKind};
use super::credential::leaf_holder;
use super::floors::Floors;
use super::inventory::Inventory;
use super::live::TargetAge;

/// The bundles of a mesh, and how old each may be at its target.
pub struct Carriers<'a> {
    of_clusters: HashMap<&'a str, Vec<(&'a BundleId, TargetAge)>>,
}

impl<'a> Carriers<'a> {
    /// The bundles of `inventory`, when targets have what `floors` say.
    pub fn new(inventory: &'a Inventory, floors: &Floors) -> Self {
        let mut of_clusters: HashMap<&str, Vec<_>> = HashMap::new();
        for (bundle, record) in &inventory.bundles {
            let age = record.age(floors.of(bundle), floors.said(bundle));
            of_clusters.entry(bundle.cluster()).or_default().push((bundle, age));
        }
        Self { of_clusters }
    }

    /// Those that carry the leaf `name`.
    pub fn of(&self, name: &str) -> impl Iterator<Item = (&'a BundleId, TargetAge)> {
        let carrier = Carrier::of(name);
        let cluster = leaf_holder(name).and_then(|(cluster, _)| self.of_clusters.get(cluster));
        let is_one = move |bundle: &BundleId| carrier.as_ref().is_some_and(|carrier| carrier.is(bundle.kind()));
        cluster.into_iter().flatten().copied().filter(move |(bundle, _)| is_one(bundle))
    }
}

/// Whether `bundle` carries the leaf `name`.
pub(super) fn carries(name: &str, bundle: &BundleId) -> bool {
    leaf_holder(name).is_some_and(|(cluster, _)| cluster == bundle.cluster())
        && Carrier::of(name).is_some_and(|carrier| carrier.is(bundle.kind()))
}

/// What carries a leaf, within its cluster.
enum Carrier<'a> {
    /// This member. Of a Helm cluster, its Secrets.
    Member(&'a str),
    /// Every node, or the Secrets of a Helm cluster.
    Nodes,
    /// Every node, and the operator.
    NodesAndOperator,
    /// This node.
    Node(&'a str),
    /// The loose files of the etcd.
    Etcd,
}

impl<'a> Carrier<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let (_, node) = leaf_holder(name)?;
        let is = |user: &str, own: OwnUser| user == own.to_string();
        let mut parts = name.splitn(3, '/');
        Some(match (parts.next()?, parts.nth(1)?, node) {
            ("server" | "peer", member, _) => Self::Member(member),
            ("client", _, Some(node)) => Self::Node(node),
            ("own", user, _) if is(user, OwnUser::Administrator) => Self::Etcd,
            ("own", user, _) if is(user, OwnUser::Agent) => Self::NodesAndOperator,
            ("own", ..) | ("client", _, None) => Self::Nodes,
            _ => return None,
        })
    }

    fn is(&self, bundle: &BundleKind) -> bool {
        match (self, bundle) {
            (Self::Member(name), BundleKind::Member(this)) | (Self::Node(name), BundleKind::Node(this)) => name == this,
            (Self::Nodes | Self::NodesAndOperator, BundleKind::Node(_) | BundleKind::Helm)
            | (Self::Member(_), BundleKind::Helm)
            | (Self::NodesAndOperator, BundleKind::Operator)
            | (Self::Etcd, BundleKind::Etcd) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bundle_id::BundleKind;
    use super::Carrier;

    #[test]
    fn a_leaf_is_in_the_bundles_of_its_holder() {
        let node = |name: &str| BundleKind::Node(name.to_owned());
        let member = |name: &str| BundleKind::Member(name.to_owned());
        let all = [BundleKind::Etcd, BundleKind::Helm, member("e1"), member("e2"), node("n1"), node("n2"), BundleKind::Operator];
        let carried = |name: &str| -> Vec<BundleKind> {
            let carrier = Carrier::of(name).expect("a carrier");
            all.iter().filter(|bundle| carrier.is(bundle)).cloned().collect()
        };
        assert_eq!(carried("server/a/e1"), [BundleKind::Helm, member("e1")]);
        assert_eq!(carried("peer/a/e2"), [BundleKind::Helm, member("e2")]);
        assert_eq!(carried("client/a/mesh/remote-a"), [BundleKind::Helm, node("n1"), node("n2")]);
        assert_eq!(carried("client/a.n2/mesh/a/b"), [node("n2")]);
        assert_eq!(carried("own/a/administrator"), [BundleKind::Etcd]);
        assert_eq!(carried("own/a/announcer"), [BundleKind::Helm, node("n1"), node("n2")]);
        assert_eq!(carried("own/a/agent"), [BundleKind::Helm, node("n1"), node("n2"), BundleKind::Operator]);
        assert!(Carrier::of("a").is_none() && Carrier::of("other/a/b").is_none());
    }
}
