//! Places in columns, for an island that is much like a tree: a circle would hide what leads where. The order within a column is that of
//! `rust-sugiyama`, with the fewest crossings.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;

use super::graph::Line;

/// More columns than this are wider than a page.
const MOST_COLUMNS: usize = 4;
/// An island with more lines for each of its nodes is not like a tree.
const MOST_LINES: f64 = 1.25;

/// A node's column, from the left, and where it is in that, from the top.
pub(super) struct Layered {
    pub(super) node: usize,
    pub(super) column: usize,
    pub(super) middle: f64,
}

/// The columns of an island whose boxes are `height` high, `between` apart; nothing if it is not like a tree, or too deep.
pub(super) fn layers(island: &[usize], lines: &[Line], height: f64, between: f64) -> Option<Vec<Layered>> {
    let mut near: BTreeMap<usize, BTreeSet<usize>> = island.iter().map(|node| (*node, BTreeSet::new())).collect();
    let inside = lines.iter().filter(|line| island.contains(&line.from)).map(|line| (line.from, line.to));
    let pairs: BTreeSet<(usize, usize)> = inside.collect();
    for (one, other) in &pairs {
        near.entry(*one).or_default().insert(*other);
        near.entry(*other).or_default().insert(*one);
    }
    if island.len() < 4 || pairs.len() as f64 > island.len() as f64 * MOST_LINES {
        return None;
    }
    // The middle of the island: from there, the farthest node is nearest.
    let depths = island.iter().map(|root| (depths(*root, &near), *root));
    let (depth, _) = depths.min_by_key(|(depth, root)| (depth.values().max().copied(), *root))?;
    if depth.values().max().is_none_or(|deepest| *deepest >= MOST_COLUMNS) {
        return None;
    }
    let number = |node: &usize| u32::try_from(*node).unwrap_or_default();
    let vertices: Vec<(u32, (f64, f64))> = island.iter().map(|node| (number(node), (height, 1.0))).collect();
    // From the middle outwards.
    let outwards =
        |(one, other): &(usize, usize)| if depth.get(one) <= depth.get(other) { (*one, *other) } else { (*other, *one) };
    let edges: Vec<(u32, u32)> = pairs.iter().map(outwards).map(|(from, to)| (number(&from), number(&to))).collect();
    let config = Config { vertex_spacing: between, ..Config::default() };
    let found = from_vertices_and_edges(&vertices, &edges, &config);
    let [(places, _, _)] = found.as_slice() else { return None };
    // Columns are where the library has rows.
    let is_same = |one: f64, other: f64| (one - other).abs() < 0.5;
    let mut rows: Vec<f64> = places.iter().map(|(_, (_, row))| *row).collect();
    rows.sort_by(f64::total_cmp);
    rows.dedup_by(|one, other| is_same(*one, *other));
    let mut layered: Vec<Layered> = places
        .iter()
        .map(|(node, (middle, row))| Layered {
            node: *node,
            column: rows.iter().position(|known| is_same(*known, *row)).unwrap_or_default(),
            middle: *middle,
        })
        .collect();
    layered.sort_by_key(|one| one.node);
    (layered.len() == island.len()).then_some(layered)
}

/// How far each node is from `root`.
fn depths(root: usize, near: &BTreeMap<usize, BTreeSet<usize>>) -> BTreeMap<usize, usize> {
    let mut depth = BTreeMap::from([(root, 0)]);
    let mut queue = VecDeque::from([root]);
    while let Some(node) = queue.pop_front() {
        let next = depth.get(&node).copied().unwrap_or_default() + 1;
        for other in near.get(&node).into_iter().flatten() {
            if !depth.contains_key(other) {
                depth.insert(*other, next);
                queue.push_back(*other);
            }
        }
    }
    depth
}

#[cfg(test)]
mod tests {
    use super::{Line, layers};

    /// Two hubs, 0 and 1, each with three others.
    const HUBS: [(usize, usize); 7] = [(0, 1), (0, 2), (0, 3), (0, 4), (1, 5), (1, 6), (1, 7)];

    fn columns(pairs: &[(usize, usize)], nodes: usize) -> Option<Vec<usize>> {
        let lines: Vec<Line> = pairs.iter().map(|(from, to)| Line { from: *from, to: *to, forth: None, back: None }).collect();
        let island: Vec<usize> = (0..nodes).collect();
        Some(layers(&island, &lines, 50.0, 40.0)?.iter().map(|one| one.column).collect())
    }

    #[test]
    fn what_leads_to_what_is_in_columns() {
        assert_eq!(columns(&HUBS, 8), Some(vec![0, 1, 1, 1, 1, 2, 2, 2]));
        let places = |()| {
            let lines: Vec<Line> = HUBS.iter().map(|(from, to)| Line { from: *from, to: *to, forth: None, back: None }).collect();
            let found = layers(&[0, 1, 2, 3, 4, 5, 6, 7], &lines, 50.0, 40.0).expect("it is like a tree");
            found.iter().map(|one| format!("{} {} {}", one.node, one.column, one.middle)).collect::<Vec<_>>()
        };
        assert!((0..20).all(|_| places(()) == places(())), "the same mesh has one picture");
    }

    #[test]
    fn a_dense_or_a_deep_island_is_not_in_columns() {
        let full: Vec<(usize, usize)> = (0..5).flat_map(|from| (from + 1..5).map(move |to| (from, to))).collect();
        assert_eq!(columns(&full, 5), None);
        let chain: Vec<(usize, usize)> = (0..11).map(|from| (from, from + 1)).collect();
        assert_eq!(columns(&chain, 12), None);
    }
}
