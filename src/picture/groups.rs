//! Clusters whose links are the same, in the same states, as one node: the spokes of a hub, the clusters of a full mesh that nothing is
//! wrong with.
//!
//! Two clusters are the same if they read, and are read by, the same others in the same states, and either are not linked with each other
//! or read each other in one state. (Graph theory calls them twins.)

use std::collections::BTreeMap;

use crate::scene::{Installed, LinkState, Scene};

use super::graph::{Graph, Line, Node, lines};

/// What a cluster reads at another, and what is read at it.
type Cell = (Option<LinkState>, Option<LinkState>);

impl Graph {
    /// A node for clusters with the same links. The largest groups come about first.
    pub(super) fn grouped(scene: &Scene) -> Self {
        let lines = lines(scene);
        let rows = rows(scene.clusters.len(), &lines);
        let mut left: Vec<usize> = (0..rows.len()).collect();
        let mut nodes: Vec<Node> = Vec::new();
        while let Some((clusters, among)) = largest(&rows, &left) {
            left.retain(|place| !clusters.contains(place));
            nodes.push(Node { clusters, among, installed: Installed::default() });
        }
        nodes.extend(left.into_iter().map(|place| Node { clusters: vec![place], among: None, installed: Installed::default() }));
        nodes.sort_by_key(|node| node.clusters.first().copied());
        for node in &mut nodes {
            for cluster in node.clusters.iter().filter_map(|place| scene.clusters.get(*place)) {
                node.installed += cluster.installed();
            }
        }
        let mut node_of = vec![0; rows.len()];
        for (number, node) in nodes.iter().enumerate() {
            node.clusters.iter().for_each(|place| {
                if let Some(slot) = node_of.get_mut(*place) {
                    *slot = number;
                }
            });
        }
        let between: BTreeMap<(usize, usize), Line> = lines
            .iter()
            .filter_map(|line| {
                let (from, to) = (*node_of.get(line.from)?, *node_of.get(line.to)?);
                let line = if from < to {
                    Line { from, to, ..*line }
                } else {
                    Line { from: to, to: from, forth: line.back, back: line.forth }
                };
                (from != to).then_some(((line.from, line.to), line))
            })
            .collect();
        Self { nodes, lines: between.into_values().collect() }
    }
}

fn rows(count: usize, lines: &[Line]) -> Vec<Vec<Cell>> {
    let mut rows = vec![vec![(None, None); count]; count];
    for line in lines {
        if let Some(cell) = rows.get_mut(line.from).and_then(|row| row.get_mut(line.to)) {
            *cell = (line.forth, line.back);
        }
        if let Some(cell) = rows.get_mut(line.to).and_then(|row| row.get_mut(line.from)) {
            *cell = (line.back, line.forth);
        }
    }
    rows
}

/// The largest group of at least two clusters among those that are left, and the state of the links among them.
fn largest(rows: &[Vec<Cell>], left: &[usize]) -> Option<(Vec<usize>, Option<LinkState>)> {
    let among = std::iter::once(None).chain(LinkState::ALL.into_iter().map(Some));
    let groups = among.filter_map(|among| {
        let mut classes: BTreeMap<Vec<Cell>, Vec<usize>> = BTreeMap::new();
        for place in left {
            let mut row = rows.get(*place)?.clone();
            // With the state of the links among them at its own place, the rows of such clusters are equal.
            *row.get_mut(*place)? = (among, among);
            classes.entry(row).or_default().push(*place);
        }
        let largest = classes.into_values().max_by_key(|class| (class.len(), std::cmp::Reverse(class.first().copied())))?;
        (largest.len() > 1).then_some((largest, among))
    });
    groups.max_by_key(|(class, _)| (class.len(), std::cmp::Reverse(class.first().copied())))
}
