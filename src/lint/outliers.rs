//! Differences between linked clusters, reported at the fewest places: one odd cluster among five hundred is one finding.

use std::collections::BTreeMap;

use crate::mesh::{Cluster, ClusterName, Mesh};

use super::links;

/// A cluster that differs from clusters that it is linked to.
pub(super) struct Outlier<'a> {
    pub(super) cluster: &'a Cluster,
    /// Those that it differs from and that no earlier finding has named, in the order of their names; never empty.
    pub(super) others: Vec<&'a Cluster>,
}

/// Every link whose ends `differ`, each once: always at the cluster that differs from most, by name where several do.
pub(super) fn find_outliers<'a>(
    mesh: &'a Mesh,
    links: &links::ResolvedLinks,
    differ: impl Fn(&Cluster, &Cluster) -> bool,
) -> Vec<Outlier<'a>> {
    let mut left: BTreeMap<&ClusterName, (&Cluster, Vec<&Cluster>)> = BTreeMap::new();
    for (cluster, other) in links::linked_pairs(mesh, links).filter(|(cluster, other)| differ(cluster, other)) {
        left.entry(&cluster.name).or_insert((cluster, Vec::new())).1.push(other);
    }
    let mut odd = Vec::new();
    loop {
        // The last of those with equal counts, so that of two the later name is reported.
        let most = left.values().filter(|(_, others)| !others.is_empty()).max_by_key(|(_, others)| others.len());
        let Some((cluster, others)) = most.cloned() else { return odd };
        left.remove(&cluster.name);
        for other in &others {
            if let Some((_, theirs)) = left.get_mut(&other.name) {
                theirs.retain(|one| one.name != cluster.name);
            }
        }
        odd.push(Outlier { cluster, others });
    }
}

/// The number of names that are written out; the rest is counted.
const WRITTEN_OUT: usize = 3;

/// `` `a`, `b` `` or `` `a`, `b`, `c` and 7 more ``, each as `show` has it.
pub(super) fn list_clusters(clusters: &[&Cluster], show: impl Fn(&Cluster) -> String) -> String {
    let names: Vec<String> = clusters.iter().take(WRITTEN_OUT).map(|cluster| show(cluster)).collect();
    match clusters.len() - names.len() {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
