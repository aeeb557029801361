//! Who reads whom: the links that the spec asks for, resolved against the clusters there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath, nearest};
use crate::spec::{Cluster, ClusterName, Links, Mesh, Runtime};

/// For each cluster, whose etcds its agents read.
pub(super) type Resolved = BTreeMap<ClusterName, Vec<ClusterName>>;

/// For each cluster that is read, by whom, in the order of the file; agents of external clusters are not ours to write.
pub(super) fn readers<'a>(mesh: &'a Mesh, links: &'a Resolved) -> BTreeMap<&'a ClusterName, Vec<&'a Cluster>> {
    let mut readers: BTreeMap<&ClusterName, Vec<&Cluster>> = BTreeMap::new();
    for reader in mesh.clusters.iter().filter(|reader| reader.runtime != Runtime::External) {
        for remote in links.get(&reader.name).into_iter().flatten() {
            readers.entry(remote).or_default().push(reader);
        }
    }
    readers
}

pub(super) fn resolve(mesh: &Mesh) -> (Resolved, Vec<Diagnostic>) {
    let path = FieldPath::root().field("links");
    let mut findings = Vec::new();
    let names: BTreeSet<&ClusterName> = mesh.clusters.iter().map(|cluster| &cluster.name).collect();
    let mut links: BTreeMap<ClusterName, BTreeSet<ClusterName>> =
        names.iter().map(|name| ((*name).clone(), BTreeSet::new())).collect();
    let mut link = |a: &ClusterName, b: &ClusterName| {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(remotes) = links.get_mut(from) {
                remotes.insert(to.clone());
            }
        }
    };
    let mut named = |name: &str, path: FieldPath| {
        let found = names.iter().find(|known| known.as_str() == name).copied();
        if found.is_none() && !mesh.unsound.iter().any(|unsound| unsound == name) {
            findings.push(no_such_cluster(mesh, name, path));
        }
        found
    };
    match &mesh.links {
        Links::Full => {
            for a in &names {
                names.iter().filter(|b| a < b).for_each(|b| link(a, b));
            }
        }
        Links::Hub(hub) => {
            if let Some(hub) = named(hub, path.field("hub")) {
                names.iter().filter(|name| **name != hub).for_each(|name| link(hub, name));
            }
        }
        Links::Pairs(pairs) => {
            let mut selves = Vec::new();
            for (a, b, item) in pairs {
                if a == b {
                    let message = format!("`{a}` is linked to itself");
                    selves.push(
                        Diagnostic::new(Code::LinkToItself, item.clone(), message)
                            .cause(Code::LinkToItself.entry().why)
                            .help("remove the pair"),
                    );
                    continue;
                }
                let (a, b) = (named(a, item.item(0)), named(b, item.item(1)));
                if let (Some(a), Some(b)) = (a, b) {
                    link(a, b);
                }
            }
            findings.append(&mut selves);
        }
    }
    for cluster in &mesh.clusters {
        for consumer in cluster.etcd.endpoints_for.keys() {
            let known = names.iter().any(|name| name.as_str() == consumer) || mesh.unsound.contains(consumer);
            if !known {
                findings.push(no_such_cluster(mesh, consumer, cluster.path.field("etcd").field("endpointsFor").field(consumer)));
            }
        }
    }
    (links.into_iter().map(|(name, remotes)| (name, remotes.into_iter().collect())).collect(), findings)
}

fn no_such_cluster(mesh: &Mesh, name: &str, path: FieldPath) -> Diagnostic {
    let finding = Diagnostic::new(Code::NoSuchCluster, path, format!("there is no cluster `{}`", name.escape_debug()));
    match nearest(name, mesh.clusters.iter().map(|cluster| cluster.name.as_str())) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("add it to `clusters`, or remove it here"),
    }
}
