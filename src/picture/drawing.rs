//! What dot and Mermaid draw of a scene: all lines, or without those that would only hide the others.

use std::collections::BTreeMap;

use crate::diag::plural;
use crate::scene::{LinkState, Scene};

use super::form::Form;
use super::graph::{Graph, Line};

/// Mermaid refuses a picture with more (`maxEdges` in its configuration), and no layout makes sense of them.
const MOST_LINES: usize = 500;

/// What is drawn.
pub(super) struct Drawn {
    pub(super) graph: Graph,
    pub(super) lines: Vec<Line>,
    /// What is not drawn, in words.
    pub(super) left_out: Option<String>,
}

pub(super) fn drawn(scene: &Scene, form: Form) -> Drawn {
    let graph = form.graph(scene);
    if graph.lines.len() <= MOST_LINES {
        return Drawn { lines: graph.lines.clone(), graph, left_out: None };
    }
    let mut counts: BTreeMap<LinkState, usize> = BTreeMap::new();
    graph.lines.iter().filter_map(|line| line.uniform()).for_each(|state| *counts.entry(state).or_default() += 1);
    let usual = counts.into_iter().max_by_key(|(_, count)| *count).map(|(state, _)| state);
    let (drawn, hidden): (Vec<Line>, Vec<Line>) = graph.lines.iter().partition(|line| line.uniform() != usual);
    let (drawn, beyond) = drawn.split_at(drawn.len().min(MOST_LINES));
    let word = usual.map(LinkState::word).unwrap_or_default();
    let mut note = format!("not drawn: {} ({word})", plural(hidden.len(), "pair"));
    if !beyond.is_empty() {
        note.push_str(&format!(", and {} more", beyond.len()));
    }
    Drawn { lines: drawn.to_vec(), graph, left_out: Some(note) }
}
