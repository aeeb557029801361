//! What a report keeps for the next one: enough to say what has changed, in few bytes. The next run reads it from a file that anyone
//! may have changed, so it is bounded, and everything in it is text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::view::Scene;

/// The largest record that is read, in bytes. That of 511 clusters has 300 KiB.
pub const MAX_SUMMARY: usize = 4 << 20;

/// The form of records that is known here.
const FORMAT: u32 = 1;

/// The most clusters of a record: Cilium counts to 511, and a few may have left.
const MAX_CLUSTERS: usize = 1024;

/// The most findings of a record.
const MAX_FINDINGS: usize = 1000;

/// A scene in few bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    format: u32,
    /// Name of the mesh.
    pub mesh: String,
    /// Its time, Unix seconds.
    pub at: i64,
    /// The clusters, in order, each with what is installed.
    pub(super) clusters: Vec<SummaryCluster>,
    /// Findings: code and message.
    pub(super) findings: Vec<String>,
    /// Whether addresses were left out.
    pub(super) redacted: bool,
}

/// A cluster of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SummaryCluster {
    pub(super) name: String,
    /// A letter for each cluster of the list: the state of the link to it, or `-`.
    pub(super) links: String,
    pub(super) done: usize,
    pub(super) all: usize,
}

impl Summary {
    /// The record of a scene, and of findings. `redacted`: all of them are without addresses.
    pub fn of(scene: &Scene, findings: impl Iterator<Item = String>, redacted: bool) -> Self {
        let mut rows: Vec<Vec<char>> = vec![vec!['-'; scene.clusters.len()]; scene.clusters.len()];
        for link in &scene.links {
            if let Some(cell) = rows.get_mut(link.reader).and_then(|row| row.get_mut(link.remote)) {
                *cell = scene.state(link).letter();
            }
        }
        let cluster = |(cluster, row): (&super::cluster::SceneCluster, Vec<char>)| {
            let installed = cluster.installed();
            SummaryCluster {
                name: cluster.name.clone(),
                links: row.into_iter().collect(),
                done: installed.done,
                all: installed.all,
            }
        };
        Self {
            format: FORMAT,
            mesh: scene.mesh.clone(),
            at: scene.now.unix_timestamp(),
            clusters: scene.clusters.iter().zip(rows).map(cluster).collect(),
            findings: findings.take(MAX_FINDINGS).collect(),
            redacted,
        }
    }

    /// Reads a record that may be anything.
    pub fn read(json: &str) -> Option<Self> {
        if json.len() > MAX_SUMMARY {
            return None;
        }
        let summary: Self = serde_json::from_str(json).ok()?;
        let count = summary.clusters.len();
        let fits = |cluster: &SummaryCluster| cluster.links.len() == count && cluster.name.len() <= 256;
        let is_sound = summary.format == FORMAT
            && summary.mesh.len() <= 256
            && count <= MAX_CLUSTERS
            && summary.findings.len() <= MAX_FINDINGS
            && summary.clusters.iter().all(fits);
        is_sound.then_some(summary)
    }

    /// The state of each link, by the names of its ends, as a letter.
    pub(super) fn links(&self) -> BTreeMap<(&str, &str), char> {
        self.clusters
            .iter()
            .flat_map(|reader| {
                let cells = reader.links.chars().zip(&self.clusters).filter(|(letter, _)| *letter != '-');
                cells.map(|(letter, remote)| ((reader.name.as_str(), remote.name.as_str()), letter))
            })
            .collect()
    }
}
