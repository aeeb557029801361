//! The table of clusters.

use serde::Serialize;

use crate::scene::{LinkState, Scene};

use super::words::{StateView, installed};

/// A cluster.
#[derive(Serialize)]
pub(super) struct ClusterRow {
    name: String,
    id: i64,
    version: String,
    runtime: &'static str,
    endpoints: String,
    agents: String,
    members: String,
    reads: usize,
    read_by: usize,
    /// The worst of its links, in both directions.
    worst: Option<StateView>,
    /// What is unusual about it.
    note: &'static str,
}

pub(super) fn rows(scene: &Scene) -> Vec<ClusterRow> {
    let mut reads = vec![0; scene.clusters.len()];
    let mut read_by = reads.clone();
    let mut worst: Vec<Option<LinkState>> = vec![None; scene.clusters.len()];
    for link in &scene.links {
        let state = scene.state(link);
        for (counts, place) in [(&mut reads, link.reader), (&mut read_by, link.remote)] {
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
            if let Some(slot) = worst.get_mut(place) {
                *slot = Some(slot.map_or(state, |known| known.min(state)));
            }
        }
    }
    let row =
        |(((cluster, reads), read_by), worst): (((&crate::scene::SceneCluster, usize), usize), Option<LinkState>)| ClusterRow {
            name: cluster.name.clone(),
            id: cluster.id,
            version: cluster.version.clone().unwrap_or_else(|| "–".to_owned()),
            runtime: cluster.runtime.unwrap_or("–"),
            endpoints: cluster.endpoints.join(", "),
            agents: installed(cluster.agents),
            members: installed(cluster.members),
            reads,
            read_by,
            worst: worst.map(StateView::from),
            note: match (cluster.wanted, cluster.generated) {
                (true, false) => "not generated yet",
                (false, true) if !scene.recorded_only => "left the mesh",
                _ => "",
            },
        };
    scene.clusters.iter().zip(reads).zip(read_by).zip(worst).map(row).collect()
}
