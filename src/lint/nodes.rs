//! Names of nodes and etcd members: unique in their cluster and, for agents that need it, in the mesh.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cluster, ClusterName, Feature, Label, Mesh, Node};

use super::duplicates::find_duplicates;
use super::links;
use super::outliers::find_outliers;

pub(super) fn check(mesh: &Mesh, links: &links::ResolvedLinks) -> Vec<Diagnostic> {
    let mut findings = Collector::of_mesh();
    for cluster in &mesh.clusters {
        check_nodes(cluster, &mut findings);
        check_hosts(cluster, &mut findings);
        check_members(cluster, &mut findings);
    }
    check_wireguard(mesh, links, &mut findings);
    findings.finish()
}

fn check_nodes(cluster: &Cluster, findings: &mut Collector) {
    // Two ranges that overlap are one mistake, however many names they share.
    let mut twice: BTreeMap<(&FieldPath, &FieldPath), Vec<&Label>> = BTreeMap::new();
    for (node, first) in find_duplicates(&cluster.nodes, |node| &node.name) {
        twice.entry((&node.path, &first.path)).or_default().push(&node.name);
    }
    for ((path, first), names) in twice {
        let Some(name) = names.first() else { continue };
        let message = match names.len() {
            1 => format!("`{}` has a duplicate node `{name}`", cluster.name),
            count => format!("`{}` has {count} duplicate nodes (first: `{name}`)", cluster.name),
        };
        findings.push(
            Diagnostic::new(Code::DuplicateNode, path.clone(), message)
                .label("again here")
                .also(first.clone(), "first here")
                .help("name each node once"),
        );
    }
}

/// An installer compares the machine's name, short or in full, with that of the bundle.
fn check_hosts(cluster: &Cluster, findings: &mut Collector) {
    let mut seen: HashMap<String, &Node> = HashMap::new();
    for node in &cluster.nodes {
        let full = node.hostname.as_deref();
        let short = full.and_then(|name| name.split('.').next());
        for host in [Some(node.name.as_str()), full, short].into_iter().flatten().collect::<BTreeSet<_>>() {
            let Some(first) = seen.insert(host.to_owned(), node) else { continue };
            // Nodes with the same name have another finding.
            if first.name != node.name {
                let message = format!("the host `{host}` matches both node `{}` and node `{}`", first.name, node.name);
                findings.push(
                    Diagnostic::new(Code::HostnameTwice, node.path.clone(), message)
                        .label(format!("`{}`", node.name))
                        .also(first.path.clone(), format!("`{}`", first.name))
                        .help("set `hostname` of each node to the output of `uname -n` on its machine, or remove one of them"),
                );
                break;
            }
        }
    }
}

fn check_members(cluster: &Cluster, findings: &mut Collector) {
    for (member, first) in find_duplicates(&cluster.etcd.members, |member| &member.name) {
        let message = format!("the etcd of `{}` has a duplicate member `{}`", cluster.name, member.name);
        findings.push(
            Diagnostic::new(Code::DuplicateMember, member.path.clone(), message)
                .label("again here")
                .also(first.path.clone(), "first here")
                .help("give one of them another name"),
        );
    }
}

/// Agents before 1.14 store `WireGuard` keys under the node name without its cluster (cilium/cilium#24785).
fn check_wireguard(mesh: &Mesh, links: &links::ResolvedLinks, findings: &mut Collector) {
    let confused = |cluster: &Cluster| {
        cluster.cilium.encryption.as_deref() == Some("wireguard") && !cluster.cilium.version.has(Feature::WireguardByFullName)
    };
    if !mesh.clusters.iter().any(confused) {
        return;
    }
    let mut nodes: BTreeMap<&ClusterName, BTreeMap<&Label, &Node>> = BTreeMap::new();
    for cluster in &mesh.clusters {
        nodes.insert(&cluster.name, cluster.nodes.iter().map(|node| (&node.name, node)).collect());
    }
    let twins = |a: &Cluster, b: &Cluster| {
        let theirs = nodes.get(&b.name)?;
        a.nodes.iter().find_map(|node| Some((node.path.clone(), theirs.get(&node.name)?.path.clone(), node.name.clone())))
    };
    let mix_up = |a: &Cluster, b: &Cluster| (confused(a) || confused(b)) && twins(a, b).is_some();
    for odd in find_outliers(mesh, links, mix_up) {
        let Some(other) = odd.others.first() else { continue };
        let Some((node, twin, name)) = twins(odd.cluster, other) else { continue };
        let message = format!("`{}` and `{}` encrypt with WireGuard and both have a node `{name}`", odd.cluster.name, other.name);
        findings.push(Diagnostic::new(Code::NodeNameShared, node, message).label("this one").also(twin, "and this one").help(
            format!("upgrade all agents to {} or newer, or rename one of the nodes", Feature::WireguardByFullName.since()),
        ));
    }
}
