//! Which form a picture has.

use crate::scene::Scene;

use super::graph::{Graph, lines};

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A node for each cluster, a line for each pair.
    Lines,
    /// A node for all clusters whose links are the same.
    Groups,
    /// A row for each cluster that reads, a column for each that is read.
    Matrix,
}

/// With more lines than this, no eye follows one.
const MOST_LINES: usize = 60;

impl Form {
    /// The form that a scene can be read in: lines, if there are at most 60; else groups, if they leave at most 60 lines and more than
    /// one node; else the matrix.
    pub fn of(scene: &Scene) -> Self {
        if lines(scene).len() <= MOST_LINES {
            return Self::Lines;
        }
        let grouped = Graph::grouped(scene);
        if grouped.lines.len() <= MOST_LINES && grouped.nodes.len() > 1 { Self::Groups } else { Self::Matrix }
    }

    /// The nodes and lines of a scene in this form. A matrix has groups: there is nothing smaller.
    pub(super) fn graph(self, scene: &Scene) -> Graph {
        match self {
            Self::Lines => Graph::of(scene),
            Self::Groups | Self::Matrix => Graph::grouped(scene),
        }
    }
}
