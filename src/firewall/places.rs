//! Where the machines of a party are, as far as the mesh says it.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::mesh::{Cluster, Etcd, Host};

use super::party::{Party, Role};

/// The addresses of a party.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// Addresses and ranges, without repetition.
    pub nets: Vec<IpNet>,
    /// Names that the mesh has no address of.
    pub names: Vec<String>,
    /// Why these are not all, or none; nothing if they are.
    pub unknown: Option<&'static str>,
}

/// A range as people write it: a single address has no prefix length.
pub fn net_text(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

impl Places {
    /// Whether nothing is missing that a rule about these machines needs.
    pub fn are_complete(&self) -> bool {
        self.unknown.is_none() && self.names.is_empty()
    }

    /// Whether one of them is of this family; names may be of both.
    pub fn may_be(&self, ipv4: bool) -> bool {
        !self.names.is_empty() || self.has(ipv4)
    }

    /// Whether an address of this family is among them.
    pub fn has(&self, ipv4: bool) -> bool {
        self.nets.iter().any(|net| net.addr().is_ipv4() == ipv4)
    }

    fn new(nets: BTreeSet<IpNet>, names: BTreeSet<String>) -> Self {
        let unknown = (nets.is_empty() && names.is_empty()).then_some("the mesh has no address of them");
        Self { nets: nets.into_iter().collect(), names: names.into_iter().collect(), unknown }
    }

    fn ranges<'n>(nets: impl Iterator<Item = &'n IpNet>, unknown: &'static str) -> Self {
        let nets: BTreeSet<IpNet> = nets.map(IpNet::trunc).collect();
        Self { unknown: nets.is_empty().then_some(unknown), nets: nets.into_iter().collect(), names: Vec::new() }
    }
}

impl Party<'_> {
    /// Where they are; the caller names the `administrators`.
    pub(super) fn places(&self, administrators: &[IpNet]) -> Places {
        let Some(cluster) = self.cluster else {
            return Places::ranges(administrators.iter(), "`--admin` names none");
        };
        let etcd = &cluster.etcd;
        match self.role {
            Role::Nodes => nodes(cluster),
            Role::Etcd { reader, port } => {
                let dialled = etcd.dialled_by(reader).iter().map(|dialled| &dialled.endpoint);
                hosts(etcd, dialled.filter(|endpoint| endpoint.port == port).map(|endpoint| &endpoint.host))
            }
            Role::Members => hosts(etcd, etcd.members.iter().flat_map(|member| &member.addresses)),
            Role::Balancer => hosts(etcd, etcd.front.iter().flat_map(|front| &front.names)),
            Role::Pods => Places::ranges(cluster.pod_cidrs.iter().map(|cidr| &cidr.net), "the mesh has no `podCIDRs` of it"),
            Role::Administrators => Places::default(),
        }
    }
}

/// Every address if each node has one, or else the ranges that they are in.
fn nodes(cluster: &Cluster) -> Places {
    let known = cluster.nodes.iter().filter_map(|node| node.address);
    let mut nets: BTreeSet<IpNet> = known.map(IpNet::from).collect();
    let each_has_one = !cluster.nodes.is_empty() && cluster.nodes.iter().all(|node| node.address.is_some());
    if !each_has_one {
        nets.extend(cluster.node_cidrs.iter().map(|cidr| cidr.net.trunc()));
    }
    let unknown =
        (!each_has_one && cluster.node_cidrs.is_empty()).then_some("its nodes have no `address`, and it has no `nodeCIDRs`");
    Places { nets: nets.into_iter().collect(), names: Vec::new(), unknown }
}

fn hosts<'h>(etcd: &Etcd, hosts: impl Iterator<Item = &'h Host>) -> Places {
    let (mut nets, mut names) = (BTreeSet::new(), BTreeSet::new());
    for host in hosts {
        match etcd.addresses(host).as_slice() {
            [] => _ = names.insert(host.to_string()),
            known => nets.extend(known.iter().copied().map(IpNet::from)),
        }
    }
    Places::new(nets, names)
}
