//! Which clusters read which: the links of the mesh, resolved to clusters.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Collector, Diagnostic, FieldPath, nearest};
use crate::mesh::{Cluster, ClusterName, Dialled, Links, Mesh, Runtime};

/// For each cluster, the clusters whose etcds its agents read.
pub(super) type ResolvedLinks = BTreeMap<ClusterName, Vec<ClusterName>>;

/// For each cluster that is read, its readers.
pub(super) type Readers<'a> = BTreeMap<&'a ClusterName, Vec<&'a Cluster>>;

/// The readers of each cluster, in the order of the file, without external clusters: meshbundle writes no files for those.
pub(super) fn readers<'a>(mesh: &'a Mesh, links: &'a ResolvedLinks) -> Readers<'a> {
    let mut readers = Readers::new();
    // A cluster without an etcd already has a finding.
    let without: BTreeSet<&ClusterName> =
        mesh.clusters.iter().filter(|cluster| !cluster.etcd_read).map(|cluster| &cluster.name).collect();
    for reader in mesh.clusters.iter().filter(|reader| reader.runtime != Runtime::External) {
        for remote in links.get(&reader.name).into_iter().flatten().filter(|remote| !without.contains(remote)) {
            readers.entry(remote).or_default().push(reader);
        }
    }
    readers
}

/// The clusters whose etcds are read, with their readers, in the order of the file.
pub(super) fn pairs_of_readers<'a>(
    mesh: &'a Mesh,
    readers: &'a Readers<'a>,
) -> impl Iterator<Item = (&'a Cluster, &'a [&'a Cluster])> {
    mesh.clusters.iter().filter_map(|cluster| Some((cluster, readers.get(&cluster.name)?.as_slice())))
}

/// The endpoints of a cluster that its readers dial.
pub(super) fn dialled_endpoints<'a>(cluster: &'a Cluster, readers: &[&Cluster]) -> Vec<&'a Dialled> {
    let own = |reader: &&Cluster| cluster.etcd.endpoints_for.contains_key(reader.name.as_str());
    let common = if readers.iter().all(own) { &[][..] } else { &cluster.etcd.endpoints };
    let special = readers.iter().filter_map(|reader| cluster.etcd.endpoints_for.get(reader.name.as_str())).flatten();
    common.iter().chain(special).collect()
}

/// Both ends of every link, once from each end.
pub(super) fn linked_pairs<'a>(mesh: &'a Mesh, links: &ResolvedLinks) -> impl Iterator<Item = (&'a Cluster, &'a Cluster)> {
    let known = index_by_name(mesh);
    links.iter().flat_map(move |(name, remotes)| {
        let cluster = known.get(name.as_str()).copied();
        let ends = remotes.iter().filter_map(|remote| Some((cluster?, known.get(remote.as_str()).copied()?)));
        ends.collect::<Vec<_>>()
    })
}

/// The clusters by name; of two with the same name, which is a finding, the first.
fn index_by_name(mesh: &Mesh) -> BTreeMap<&str, &Cluster> {
    mesh.clusters.iter().rev().map(|cluster| (cluster.name.as_str(), cluster)).collect()
}

pub(super) fn resolve(mesh: &Mesh) -> (ResolvedLinks, Vec<Diagnostic>) {
    let path = FieldPath::root().field("links");
    let mut findings = Collector::of_mesh();
    let known = index_by_name(mesh);
    let names: BTreeSet<&ClusterName> = known.values().map(|cluster| &cluster.name).collect();
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
        let found = known.get(name).map(|cluster| &cluster.name);
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
            let (mut selves, mut seen) = (Collector::of_mesh(), BTreeMap::new());
            for (a, b, item) in pairs {
                if a == b {
                    let message = format!("`{a}` is linked to itself");
                    selves.push(Diagnostic::new(Code::LinkToItself, item.clone(), message).help("remove the pair"));
                    continue;
                }
                if let Some(first) = seen.insert(if a < b { (a, b) } else { (b, a) }, item) {
                    selves.push(
                        Diagnostic::new(Code::LinkTwice, item.clone(), format!("duplicate link between `{a}` and `{b}`"))
                            .label("again here")
                            .also(first.clone(), "first here")
                            .help("remove one of the pairs"),
                    );
                }
                let (a, b) = (named(a, item.item(0)), named(b, item.item(1)));
                if let (Some(a), Some(b)) = (a, b) {
                    link(a, b);
                }
            }
            findings.extend(selves.finish());
        }
    }
    let links: ResolvedLinks = links.into_iter().map(|(name, remotes)| (name, remotes.into_iter().collect())).collect();
    let in_pairs = find_in_pairs(mesh, &known);
    for cluster in &mesh.clusters {
        check_overrides(cluster, mesh, &known, &links, &mut findings);
        check_unlinked(cluster, mesh, &in_pairs, &mut findings);
    }
    (links, findings.finish())
}

/// `endpointsFor`: each entry must be for a cluster that exists and reads this one.
fn check_overrides(
    cluster: &Cluster,
    mesh: &Mesh,
    known: &BTreeMap<&str, &Cluster>,
    links: &ResolvedLinks,
    findings: &mut Collector,
) {
    for consumer in cluster.etcd.endpoints_for.keys().filter(|consumer| !mesh.unsound.contains(consumer)) {
        let path = cluster.path.field("etcd").field("endpointsFor").field(consumer);
        let Some(reader) = known.get(consumer.as_str()) else {
            findings.push(no_such_cluster(mesh, consumer, path));
            continue;
        };
        let own = reader.name == cluster.name && cluster.etcd.has_own_clients();
        let linked = own || links.get(&reader.name).is_some_and(|remotes| remotes.contains(&cluster.name));
        let why = if !linked {
            format!("the agents of `{consumer}` do not read `{}`: there is no link", cluster.name)
        } else if reader.runtime == Runtime::External {
            format!("the runtime of `{consumer}` is external, so its agents get no configs from this mesh")
        } else {
            continue;
        };
        let help = if linked { "remove the entry" } else { "remove the entry, or add the link" };
        findings.push(Diagnostic::new(Code::OverrideUnused, path, why).cause("the entry has no effect").help(help));
    }
}

/// The cluster that a word means: the one with this name, or the one that the help suggests.
fn find_meant<'a>(mesh: &'a Mesh, word: &'a str) -> Option<&'a str> {
    let known = || mesh.clusters.iter().map(|cluster| cluster.name.as_str());
    if mesh.unsound.iter().any(|name| name == word) { Some(word) } else { nearest(word, known()) }
}

/// Every cluster that a pair means. A pair with a cluster that has errors is a link as well.
fn find_in_pairs<'a>(mesh: &'a Mesh, known: &BTreeMap<&str, &'a Cluster>) -> BTreeSet<&'a str> {
    let Links::Pairs(pairs) = &mesh.links else { return BTreeSet::new() };
    let meant = |end| known.get(end).map(|cluster| cluster.name.as_str()).or_else(|| find_meant(mesh, end));
    let ends = pairs.iter().filter(|(a, b, _)| a != b).flat_map(|(a, b, _)| [a.as_str(), b.as_str()]);
    ends.collect::<BTreeSet<_>>().into_iter().filter_map(meant).collect()
}

/// A cluster that no other is linked to.
fn check_unlinked(cluster: &Cluster, mesh: &Mesh, in_pairs: &BTreeSet<&str>, findings: &mut Collector) {
    let name = cluster.name.as_str();
    let others = mesh.clusters.len() + mesh.unsound.len() > 1;
    let linked = match &mesh.links {
        Links::Full => others,
        Links::Hub(hub) => others || hub != name,
        Links::Pairs(_) => in_pairs.contains(name),
    };
    if !linked {
        findings.push(
            Diagnostic::new(Code::Unlinked, cluster.path.field("name"), format!("`{name}` is linked to no other cluster"))
                .help(if others { "add a pair with it to `links`, or remove it" } else { "add the clusters that it links to" }),
        );
    }
}

fn no_such_cluster(mesh: &Mesh, name: &str, path: FieldPath) -> Diagnostic {
    let finding = Diagnostic::new(Code::NoSuchCluster, path, format!("there is no cluster `{}`", name.escape_debug()));
    match find_meant(mesh, name) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("add it to `clusters`, or remove this entry"),
    }
}
