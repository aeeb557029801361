//! Whose connections members have, as far as their addresses tell: nodes, pods, members and balancers of the mesh, or none of these.
//!
//! An address is no identity: no socket and no metric of etcd tells with which certificate a client is connected.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::mesh::{Cluster, Endpoint, Mesh};
use crate::plan::{BundleId, BundleKind, Inventory, KeptKind};

use super::evidence_set::EvidenceSet;
use super::floors::floors;
use super::ss_lines::Sockets;

/// The part that the machine at an address has in the mesh. A machine that has several has the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConnectedRole {
    /// A node.
    Nodes,
    /// A member of an etcd.
    Members,
    /// The balancer before an etcd: who is behind it is not seen.
    Balancer,
    /// A pod.
    Pods,
}

/// Who is connected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Connected {
    /// Connections from addresses that are of no cluster, or may be of several, with these.
    pub unknown: BTreeMap<IpAddr, (usize, BTreeSet<String>)>,
    /// Connections from addresses of a cluster.
    pub known: BTreeMap<(String, ConnectedRole), BTreeMap<IpAddr, usize>>,
    /// Connections of members' machines to themselves.
    pub local: usize,
    /// Sockets that are not established.
    pub others: usize,
}

/// Whether what a CA has signed is replaced on the units of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// Receipts show it of each unit.
    Everywhere,
    /// This many units may still have something of it.
    NotBy(usize),
    /// The cluster has no units.
    Untold,
}

/// The ports at which clients dial the etcds of a mesh; etcd's own is always one: a balancer or a `NodePort` has another than the server.
pub fn client_ports(mesh: &Mesh) -> BTreeSet<u16> {
    let of_etcd = |cluster: &Cluster| -> Vec<u16> {
        let etcd = &cluster.etcd;
        if etcd.members.is_empty() {
            return etcd.lists().flatten().map(|dialled| dialled.endpoint.port).collect();
        }
        etcd.members.iter().map(|member| etcd.client_port(member)).collect()
    };
    mesh.clusters.iter().flat_map(of_etcd).chain([Endpoint::DEFAULT_PORT]).collect()
}

impl Connected {
    /// Who has these `sockets`, in `mesh`.
    pub fn of(sockets: &Sockets, mesh: &Mesh) -> Self {
        let exact = addresses(mesh);
        let mut connected = Self { others: sockets.others, ..Self::default() };
        for (local, peer) in &sockets.established {
            let peer = peer.ip();
            if peer.is_loopback() || peer == local.ip() {
                connected.local += 1;
                continue;
            }
            let parts = exact.get(&peer).cloned().unwrap_or_else(|| ranges(mesh, peer));
            let clusters: BTreeSet<String> = parts.iter().map(|(cluster, _)| cluster.clone()).collect();
            match parts.into_iter().next().filter(|_| clusters.len() == 1) {
                Some(part) => *connected.known.entry(part).or_default().entry(peer).or_default() += 1,
                None => connected.unknown.entry(peer).or_insert((0, clusters)).0 += 1,
            }
        }
        connected
    }
}

/// The parts that an address has.
type Parts = BTreeSet<(String, ConnectedRole)>;

/// Addresses that the mesh has one by one.
fn addresses(mesh: &Mesh) -> BTreeMap<IpAddr, Parts> {
    let mut all: BTreeMap<IpAddr, Parts> = BTreeMap::new();
    for cluster in &mesh.clusters {
        let etcd = &cluster.etcd;
        let nodes = cluster.nodes.iter().filter_map(|node| node.address).collect();
        let members = etcd.members.iter().flat_map(|member| &member.addresses).flat_map(|host| etcd.addresses(host)).collect();
        let fronts = etcd.front.iter().flat_map(|front| &front.names).flat_map(|host| etcd.addresses(host)).collect();
        let by_role: [(ConnectedRole, Vec<IpAddr>); 3] =
            [(ConnectedRole::Nodes, nodes), (ConnectedRole::Members, members), (ConnectedRole::Balancer, fronts)];
        for (role, address) in by_role.into_iter().flat_map(|(role, each)| each.into_iter().map(move |address| (role, address))) {
            all.entry(address.to_canonical()).or_default().insert((cluster.name.to_string(), role));
        }
    }
    all
}

/// The clusters in whose ranges an address is.
fn ranges(mesh: &Mesh, address: IpAddr) -> Parts {
    let of_cluster = |cluster: &Cluster| {
        let by_role = [(ConnectedRole::Nodes, &cluster.node_cidrs), (ConnectedRole::Pods, &cluster.pod_cidrs)];
        let has = by_role.into_iter().find(|(_, ranges)| ranges.iter().any(|cidr| cidr.net.contains(&address)));
        has.map(|(role, _)| (cluster.name.to_string(), role))
    };
    mesh.clusters.iter().filter_map(of_cluster).collect()
}

/// What `evidence` says of the units of each cluster: whether they have what replaces the things that the CA `old` signed for them.
pub fn replaced(inventory: &Inventory, evidence: &EvidenceSet, old: &str) -> BTreeMap<String, Replaced> {
    let kept = inventory.kept(&floors(inventory, evidence));
    let of_old =
        kept.iter().filter(|kept| kept.name == old && matches!(kept.kind, KeptKind::ServerAuthority | KeptKind::ClientAuthority));
    let waiting: BTreeSet<&BundleId> = of_old.flat_map(|kept| &kept.waiting).collect();
    let of_cluster = |cluster: &String| {
        let mut units = inventory
            .bundles
            .keys()
            .filter(|bundle| bundle.cluster() == cluster && matches!(bundle.kind(), BundleKind::Node(_) | BundleKind::Helm));
        match waiting.iter().filter(|bundle| bundle.cluster() == cluster).count() {
            0 if units.next().is_none() => Replaced::Untold,
            0 => Replaced::Everywhere,
            left => Replaced::NotBy(left),
        }
    };
    inventory.clusters.keys().map(|cluster| (cluster.clone(), of_cluster(cluster))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::ss_lines::Sockets;
    use super::{Connected, ConnectedRole, client_ports};

    const MESH: &str = "\
version: 1
mesh: test
clusters:
- name: a
  id: 1
  nodeCIDRs: [10.1.0.0/16]
  podCIDRs: [10.8.0.0/16]
  nodes: [{ name: n1, address: 10.0.0.1 }]
  etcd:
    endpoints: [\"https://10.0.0.1:2479\"]
    members: [{ name: m1, addresses: [10.0.0.1] }]
- name: b
  id: 2
  nodeCIDRs: [10.1.0.0/16]
  etcd:
    endpoints: [\"https://etcd.b.example:32379\"]
    hostAliases: { etcd.b.example: [10.0.0.9] }
    front: { kind: passthrough, names: [etcd.b.example] }
    members: [{ name: m1, addresses: [10.0.0.2] }]
";

    #[test]
    fn an_address_has_one_part_or_is_not_told() {
        let mesh = crate::mesh::parse(MESH).mesh.expect("a mesh");
        assert_eq!(client_ports(&mesh), [2379, 2479].into());
        let peers = ["10.0.0.1", "10.0.0.9", "10.8.0.1", "10.1.0.5", "127.0.0.1", "10.0.0.3", "192.0.2.1"];
        let lines: String = peers.iter().map(|peer| format!("0 0 10.0.0.3:2379 {peer}:40000\n")).collect();
        let mut sockets = Sockets::default();
        sockets.read(&lines, &client_ports(&mesh)).expect("lines of ss");
        let Connected { unknown, known, local, others } = Connected::of(&sockets, &mesh);
        assert_eq!((local, others), (2, 0), "loopback, and the address of the member itself");
        let known: Vec<_> = known.into_keys().collect();
        let part = |cluster: &str, role| (cluster.to_owned(), role);
        assert_eq!(
            known,
            [part("a", ConnectedRole::Nodes), part("a", ConnectedRole::Pods), part("b", ConnectedRole::Balancer)],
            "a machine that is node and member is a node"
        );
        let unknown: Vec<_> = unknown.into_iter().map(|(address, (_, clusters))| (address.to_string(), clusters)).collect();
        let both: BTreeSet<String> = ["a".to_owned(), "b".to_owned()].into();
        assert_eq!(unknown, [("10.1.0.5".to_owned(), both), ("192.0.2.1".to_owned(), BTreeSet::new())]);
    }
}
