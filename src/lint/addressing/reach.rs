//! Whose addresses matter to whom: a cluster's to those that it is linked to, and to those that some cluster reads beside it.
//!
//! A hub sees all its spokes: their agents never meet, but the hub's keep the addresses of all of them in one table. Parts of a
//! mesh that share no reader may have the same addresses. Who writes the agents' files decides nothing here: the agents of an
//! external cluster read as all others do.

use std::collections::BTreeMap;

use crate::mesh::{ClusterName, Mesh};

use super::super::links;
use super::clusters::Clusters;

/// For each cluster, by its position in the file: whom it is linked to, and whose addresses matter to it.
pub(super) struct Reach {
    linked: Vec<Clusters>,
    near: Vec<Clusters>,
}

impl Reach {
    pub(super) fn of(mesh: &Mesh, links: &links::ResolvedLinks) -> Self {
        // Two clusters of one name have a finding; until it is mended both are taken for what the links mean.
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

    /// From whom each cluster is linked to, itself left out.
    pub(super) fn new(linked: Vec<Clusters>) -> Self {
        let everyone = linked.len();
        let near = linked.iter().enumerate().map(|(position, links)| {
            let mut near = links.clone();
            near.insert(position);
            for reader in links.iter() {
                // In a full mesh, and beside a hub, the first one has seen everybody.
                if near.len() == everyone {
                    break;
                }
                near.extend(linked.get(reader).unwrap_or(&Clusters::default()));
            }
            near
        });
        Self { near: near.collect(), linked }
    }

    /// Whom the cluster is linked to.
    pub(super) fn linked(&self, position: usize) -> Clusters {
        self.linked.get(position).cloned().unwrap_or_default()
    }

    /// Whose addresses must differ from the cluster's; itself among them.
    pub(super) fn near(&self, position: usize) -> Clusters {
        self.near.get(position).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Clusters, Reach};

    fn near(links: &[&[usize]]) -> Vec<Vec<usize>> {
        let reach = Reach::new(links.iter().map(|links| links.iter().copied().collect()).collect());
        (0..links.len()).map(|position| reach.near(position).iter().collect()).collect()
    }

    #[test]
    fn a_hub_brings_its_spokes_together() {
        assert_eq!(near(&[&[1, 2], &[0], &[0]]), vec![vec![0, 1, 2]; 3]);
    }

    #[test]
    fn what_two_links_away_is_matters_and_no_more() {
        assert_eq!(near(&[&[1], &[0, 2], &[1, 3], &[2]]), [vec![0, 1, 2], vec![0, 1, 2, 3], vec![0, 1, 2, 3], vec![1, 2, 3]]);
        assert_eq!(near(&[&[1], &[0], &[3], &[2], &[]]), [vec![0, 1], vec![0, 1], vec![2, 3], vec![2, 3], vec![4]]);
        assert!(Reach::new(Vec::new()).near(0) == Clusters::default());
    }
}
