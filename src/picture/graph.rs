//! Nodes, and one line for each pair of them.

use std::collections::BTreeMap;

use crate::scene::{Installed, LinkState, Scene};

/// What is drawn where links are lines.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) lines: Vec<Line>,
}

/// A cluster, or several whose links are the same.
pub(super) struct Node {
    /// The clusters, by their place in the scene.
    pub(super) clusters: Vec<usize>,
    /// The state of the links among them, if they are several and read each other.
    pub(super) among: Option<LinkState>,
    /// What is installed at them.
    pub(super) installed: Installed,
}

/// The links of a pair of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// A node.
    pub(super) from: usize,
    /// A later node.
    pub(super) to: usize,
    /// What `from` reads at `to`.
    pub(super) forth: Option<LinkState>,
    /// What `to` reads at `from`.
    pub(super) back: Option<LinkState>,
}

impl Line {
    /// The worse of its two states.
    pub(super) fn worst(self) -> LinkState {
        self.forth.into_iter().chain(self.back).min().unwrap_or(LinkState::Unproven)
    }

    /// Its state, if it has only one.
    pub(super) fn uniform(self) -> Option<LinkState> {
        match (self.forth, self.back) {
            (Some(forth), Some(back)) if forth != back => None,
            (forth, back) => forth.or(back),
        }
    }
}

impl Graph {
    /// A node for each cluster.
    pub(super) fn of(scene: &Scene) -> Self {
        let node = |(place, cluster): (usize, &crate::scene::SceneCluster)| Node {
            clusters: vec![place],
            among: None,
            installed: cluster.installed(),
        };
        Self { nodes: scene.clusters.iter().enumerate().map(node).collect(), lines: lines(scene) }
    }
}

/// A line for each pair of clusters with a link.
pub(super) fn lines(scene: &Scene) -> Vec<Line> {
    let mut pairs: BTreeMap<(usize, usize), (Option<LinkState>, Option<LinkState>)> = BTreeMap::new();
    for link in &scene.links {
        let state = Some(scene.state(link));
        if link.reader < link.remote {
            pairs.entry((link.reader, link.remote)).or_default().0 = state;
        } else {
            pairs.entry((link.remote, link.reader)).or_default().1 = state;
        }
    }
    pairs.into_iter().map(|((from, to), (forth, back))| Line { from, to, forth, back }).collect()
}
