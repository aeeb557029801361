//! A picture as a matrix: a row for each cluster that reads, a column for each that is read. Equal cells of a row are one rectangle, so that
//! a matrix of 255 clusters has few bytes.

use std::collections::{BTreeMap, BTreeSet};

use crate::scene::{LinkState, Scene};

/// The cells of a scene.
pub(super) struct Matrix {
    /// How many clusters there are.
    pub(super) count: usize,
    /// Runs of equal cells of a row: row, first column, how many.
    pub(super) runs: BTreeMap<LinkState, Vec<(usize, usize, usize)>>,
    /// Cells in another state than most: row, column, state.
    pub(super) unusual: Vec<(usize, usize, LinkState)>,
}

impl Matrix {
    pub(super) fn of(scene: &Scene) -> Self {
        let mut runs: BTreeMap<LinkState, Vec<(usize, usize, usize)>> = BTreeMap::new();
        for link in &scene.links {
            let of_state = runs.entry(scene.state(link)).or_default();
            // Links are in order of reader and remote.
            match of_state.last_mut() {
                Some((row, first, length)) if *row == link.reader && *first + *length == link.remote => *length += 1,
                _ => of_state.push((link.reader, link.remote, 1)),
            }
        }
        let counts = scene.counts();
        let usual = counts.iter().max_by_key(|(_, count)| **count).map(|(state, _)| *state);
        let unusual = scene.links.iter().map(|link| (link.reader, link.remote, scene.state(link)));
        let unusual = unusual.filter(|(_, _, state)| Some(*state) != usual).collect();
        Self { count: scene.clusters.len(), runs, unusual }
    }

    /// The clusters whose names are shown where there is room for one in each `step` rows: those with unusual links first.
    pub(super) fn labelled(&self, step: usize) -> BTreeSet<usize> {
        if step <= 1 {
            return (0..self.count).collect();
        }
        let mut shown: BTreeSet<usize> = BTreeSet::new();
        let unusual = self.unusual.iter().flat_map(|(row, column, _)| [*row, *column]);
        for place in unusual.chain((0..self.count).step_by(10)) {
            let near = shown.range(place.saturating_sub(step - 1)..place + step).next();
            if near.is_none() {
                shown.insert(place);
            }
        }
        shown
    }
}
