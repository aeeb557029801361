//! Which clusters must have different addresses: linked clusters, and clusters that one cluster reads.
//!
//! A hub sees all its spokes: their agents never meet, but the hub's keep the addresses of all of them in one table. Parts of a
//! mesh that share no reader may have the same addresses. External clusters count like all others: their agents read as well.

use std::collections::BTreeMap;

use crate::mesh::{ClusterName, Mesh};

use super::super::links;
use super::clusters::Clusters;

/// For each cluster, by its position in the file: its linked clusters, and those whose addresses must differ from its own.
pub(super) struct Neighbours {
    linked: Vec<Clusters>,
    near: Vec<Clusters>,
}

impl Neighbours {
    pub(super) fn of(mesh: &Mesh, links: &links::ResolvedLinks) -> Self {
        // Two clusters with the same name have a finding; until that is fixed, links to the name count for both.
        let mut called: BTreeMap<&ClusterName, Clusters> = BTreeMap::new();
        for (position, cluster) in mesh.clusters.iter().enumerate() {
            called.entry(&cluster.name).or_default().insert(position);
        }
        let linked = mesh.clusters.iter().map(|cluster| {
            let mut linked = Clusters::default();
            links.get(&cluster.name).into_iter().flatten().filter_map(|name| called.get(name)).for_each(|all| linked.extend(all));
            linked
        });
        Self::new(linked.collect())
    }

    /// From the linked clusters of each cluster, without itself.
    pub(super) fn new(linked: Vec<Clusters>) -> Self {
        let everyone = linked.len();
        let near = linked.iter().enumerate().map(|(position, links)| {
            let mut near = links.clone();
            near.insert(position);
            for reader in links.iter() {
                // In a full mesh, and next to a hub, the first neighbour already has all clusters.
                if near.len() == everyone {
                    break;
                }
                near.extend(linked.get(reader).unwrap_or(&Clusters::default()));
            }
            near
        });
        Self { near: near.collect(), linked }
    }

    /// The linked clusters of a cluster.
    pub(super) fn linked(&self, position: usize) -> Clusters {
        self.linked.get(position).cloned().unwrap_or_default()
    }

    /// The clusters whose addresses must differ from the cluster's; it is among them.
    pub(super) fn near(&self, position: usize) -> Clusters {
        self.near.get(position).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Clusters, Neighbours};

    fn near(links: &[&[usize]]) -> Vec<Vec<usize>> {
        let reach = Neighbours::new(links.iter().map(|links| links.iter().copied().collect()).collect());
        (0..links.len()).map(|position| reach.near(position).iter().collect()).collect()
    }

    #[test]
    fn spokes_of_a_hub_are_near_each_other() {
        assert_eq!(near(&[&[1, 2], &[0], &[0]]), vec![vec![0, 1, 2]; 3]);
    }

    #[test]
    fn clusters_two_links_away_are_near_and_no_others() {
        assert_eq!(near(&[&[1], &[0, 2], &[1, 3], &[2]]), [vec![0, 1, 2], vec![0, 1, 2, 3], vec![0, 1, 2, 3], vec![1, 2, 3]]);
        assert_eq!(near(&[&[1], &[0], &[3], &[2], &[]]), [vec![0, 1], vec![0, 1], vec![2, 3], vec![2, 3], vec![4]]);
        assert!(Neighbours::new(Vec::new()).near(0) == Clusters::default());
    }
}
