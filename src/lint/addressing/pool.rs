//! The default pool of Helm's chart: 10.0.0.0/8. Two clusters with it give their pods the same addresses, which are in no mesh
//! file.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cluster, Mesh};

use super::super::setting;
use super::cluster_lists::{describe_clusters, list_names};
use super::clusters::Clusters;
use super::reach::Neighbours;
use super::search::SHOWN;

/// `clusterPoolIPv4PodCIDRList` in install/kubernetes/cilium/values.yaml.
pub(super) const DEFAULT_POOL: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8));

pub(super) fn check(mesh: &Mesh, reach: &Neighbours, findings: &mut Collector) {
    let positions = |of: &dyn Fn(&Cluster) -> bool| -> Clusters {
        mesh.clusters.iter().enumerate().filter(|(_, cluster)| of(cluster)).map(|(position, _)| position).collect()
    };
    let takers = positions(&uses_pool);
    let given = positions(&|cluster| find_used_place(cluster).is_some());
    let mut everyone = takers.clone();
    everyone.extend(&given);
    // Clusters that meet the same clusters are reported together.
    let mut groups: BTreeMap<Clusters, Vec<usize>> = BTreeMap::new();
    for taker in takers.iter() {
        let meets = reach.near(taker).and(&everyone);
        if meets.len() > 1 || given.contains(taker) {
            groups.entry(meets).or_default().push(taker);
        }
    }
    for (meets, members) in groups {
        // As everywhere, the later of two equal ones is reported.
        let Some(at) = members.get(1).or(members.first()) else { continue };
        findings.extend(report(mesh, *at, &meets, &meets.and(&takers), &meets.and(&given)));
    }
}

/// Whether the pods of a cluster come from the default pool, as far as the mesh shows.
fn uses_pool(cluster: &Cluster) -> bool {
    cluster.cilium.ipam.as_deref() == Some("cluster-pool") && cluster.pod_cidrs.is_empty()
}

/// The first place of a cluster where something else has addresses of the default pool.
fn find_used_place(cluster: &Cluster) -> Option<(FieldPath, String)> {
    let shares = |net: IpNet| DEFAULT_POOL.contains(&net) || net.contains(&DEFAULT_POOL);
    let first = |what: &str, cidrs: &[crate::mesh::Cidr]| {
        let cidr = cidrs.iter().find(|cidr| shares(cidr.net))?;
        Some((cidr.path.clone(), format!("{what} of `{}`", cluster.name)))
    };
    first("pods", &cluster.pod_cidrs).or_else(|| first("nodes", &cluster.node_cidrs)).or_else(|| {
        let node = cluster.nodes.iter().find(|node| node.address.is_some_and(|address| shares(address.into())))?;
        Some((node.path.field("address"), format!("node `{}` of `{}`", node.name, cluster.name)))
    })
}

fn report(mesh: &Mesh, at: usize, meets: &Clusters, takers: &Clusters, given: &Clusters) -> Option<Diagnostic> {
    let cluster = mesh.clusters.get(at)?;
    let mut message = match takers.len() {
        2 => format!("without podCIDRs, {} may both use Helm's default pool `{DEFAULT_POOL}`", list_names(mesh, takers)),
        _ => format!("without podCIDRs, {} may use Helm's default pool `{DEFAULT_POOL}`", describe_clusters(mesh, takers)),
    };
    if *given == std::iter::once(at).collect() {
        message.push_str(", which contains addresses of its nodes");
    } else if !given.is_empty() {
        message.push_str(&format!(", which contains addresses of {}", describe_clusters(mesh, given)));
    }
    let place = |cluster: &Cluster| setting::place(cluster, "ipam", cluster.cilium.ipam == mesh.cilium.ipam);
    // The setting of the mesh is that of every cluster without another.
    let having = |path: &FieldPath| {
        let same = |taker: &usize| mesh.clusters.get(*taker).is_some_and(|taker| place(taker) == *path);
        describe_clusters(mesh, &takers.iter().filter(same).collect())
    };
    let at = place(cluster);
    let label = having(&at);
    let mut finding = Diagnostic::new(Code::DefaultPool, at, message).label(label);
    for other in meets.iter().filter_map(|position| mesh.clusters.get(position)) {
        let other = find_used_place(other).unwrap_or_else(|| (place(other), having(&place(other))));
        let seen = finding.path == other.0 || finding.labels.iter().any(|label| label.path == other.0);
        if finding.labels.len() < SHOWN && !seen {
            finding = finding.also(other.0, other.1);
        }
    }
    let mut cause = Code::DefaultPool.entry().why.to_owned();
    if meets.len() > SHOWN {
        cause.push_str(&format!("; the clusters are {}", list_names(mesh, meets)));
    }
    Some(finding.cause(cause).help("set a different range for each in Helm, and write it as `podCIDRs`"))
}
