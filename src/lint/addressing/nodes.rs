//! The addresses of the nodes of one cluster: each is unique, and inside the cluster's ranges. The search finds equal addresses
//! in two clusters, as it does for ranges.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use crate::diag::{Code, Collector, Diagnostic};
use crate::mesh::{Cluster, Mesh, Node};

use super::search::SHOWN;

pub(super) fn check(mesh: &Mesh, findings: &mut Collector) {
    for cluster in &mesh.clusters {
        check_duplicates(cluster, findings);
        check_outside(cluster, findings);
    }
}

fn check_duplicates(cluster: &Cluster, findings: &mut Collector) {
    let mut seen: HashMap<IpAddr, &Node> = HashMap::new();
    let mut again: BTreeMap<IpAddr, Vec<&Node>> = BTreeMap::new();
    for node in &cluster.nodes {
        let Some(address) = node.address else { continue };
        let first = *seen.entry(address).or_insert(node);
        // A range of nodes cannot have an address, and has a finding for it.
        if first.path != node.path {
            again.entry(address).or_default().push(node);
        }
    }
    for (address, nodes) in again {
        let Some(first) = seen.get(&address) else { continue };
        let groups: Vec<&[&Node]> = if nodes.len() > SHOWN { vec![&nodes] } else { nodes.chunks(1).collect() };
        for group in groups {
            let Some(node) = group.first() else { continue };
            let message = match group {
                [_] => format!("nodes `{}` and `{}` of `{}` both have `{address}`", first.name, node.name, cluster.name),
                _ => format!("{} nodes of `{}` have `{address}`", group.len() + 1, cluster.name),
            };
            findings.push(
                Diagnostic::new(Code::NodeAddressTwice, node.path.field("address"), message)
                    .label("again here")
                    .also(first.path.field("address"), "first here")
                    .help("write the address that each node has"),
            );
        }
    }
}

fn check_outside(cluster: &Cluster, findings: &mut Collector) {
    let outside = |address: IpAddr| {
        let mut ranges = cluster.node_cidrs.iter().filter(|cidr| cidr.net.addr().is_ipv4() == address.is_ipv4()).peekable();
        ranges.peek().is_some() && !ranges.any(|cidr| cidr.net.contains(&address))
    };
    let out = cluster.nodes.iter().filter_map(|node| Some((node, node.address.filter(|address| outside(*address))?)));
    let out: Vec<(&Node, IpAddr)> = out.collect();
    let groups: Vec<&[(&Node, IpAddr)]> = if out.len() > SHOWN { vec![&out] } else { out.chunks(1).collect() };
    for group in groups {
        let Some((node, address)) = group.first() else { continue };
        let (path, message) = match group {
            [_] => (
                node.path.field("address"),
                format!("`{address}` of node `{}` is in none of the `nodeCIDRs` of `{}`", node.name, cluster.name),
            ),
            _ => (
                cluster.path.field("nodes"),
                format!("{} nodes of `{}` (first: `{}`) are in none of its `nodeCIDRs`", group.len(), cluster.name, node.name),
            ),
        };
        let mut finding = Diagnostic::new(Code::NodeOutside, path, message);
        if let Some(range) = cluster.node_cidrs.iter().find(|cidr| cidr.net.addr().is_ipv4() == address.is_ipv4()) {
            finding = finding.also(range.path.clone(), format!("nodes of `{}`", cluster.name));
        }
        findings.push(finding.help("correct the address, or add its range to `nodeCIDRs`"));
    }
}
