//! Places of nodes: each island of linked clusters is a circle, or two columns where a circle would be too large, with its hub in the middle;
//! one that is like a tree is in layers.
//! Clusters without links are in rows below.

use std::f64::consts::TAU;

use super::graph::{Graph, Line};
use super::layers::{Layered, layers};

/// The middle of a node, and its size.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Whether only its name fits.
    pub(super) compact: bool,
    /// Whether it is the hub of its island.
    pub(super) hub: bool,
    /// Its column, in layers.
    pub(super) column: Option<usize>,
}

/// Where everything is.
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// A place for each node.
    pub(super) places: Vec<Place>,
}

/// More nodes on a circle than this need more room than a page has.
const MOST_ON_CIRCLE: usize = 16;
/// The widest row of islands.
const ROW: f64 = 1400.0;
const GAP: f64 = 40.0;
/// Room between two boxes.
const BETWEEN: f64 = 30.0;
const WIDTH: f64 = 176.0;
const COMPACT: (f64, f64) = (150.0, 22.0);
/// From one column of layers to the next.
const COLUMN: f64 = WIDTH + 130.0;
/// From one row to the next of two columns.
const PITCH: f64 = 27.0;

/// Nodes that lines connect, the largest island first; those without a line are islands of one.
fn islands(graph: &Graph) -> Vec<Vec<usize>> {
    let mut island: Vec<usize> = (0..graph.nodes.len()).collect();
    for line in &graph.lines {
        let (Some(one), Some(other)) = (island.get(line.from).copied(), island.get(line.to).copied()) else { continue };
        let (low, high) = (one.min(other), one.max(other));
        island.iter_mut().filter(|place| **place == high).for_each(|place| *place = low);
    }
    let mut islands: Vec<Vec<usize>> = (0..graph.nodes.len())
        .map(|first| island.iter().enumerate().filter(|(_, low)| **low == first).map(|(node, _)| node).collect())
        .filter(|island: &Vec<usize>| !island.is_empty())
        .collect();
    islands.sort_by_key(|island| (std::cmp::Reverse(island.len()), island.first().copied()));
    islands
}

/// The node of an island that at least half of its lines lead to, if there are enough of them to tell.
fn hub(island: &[usize], lines: &[Line]) -> Option<usize> {
    let inside: Vec<&Line> = lines.iter().filter(|line| island.contains(&line.from)).collect();
    let degree = |node: &usize| inside.iter().filter(|line| line.from == *node || line.to == *node).count();
    let hub = island.iter().copied().max_by_key(|node| (degree(node), std::cmp::Reverse(*node)))?;
    (island.len() > 3 && degree(&hub) == island.len() - 1 && degree(&hub) * 2 > inside.len()).then_some(hub)
}

/// Places relative to the middle of an island, and the size of all of it.
fn island_places(island: &[usize], graph: &Graph, heights: &[f64]) -> (Vec<(usize, Place)>, f64, f64) {
    let height = |node: usize| heights.get(node).copied().unwrap_or(COMPACT.1);
    let tallest = island.iter().map(|node| height(*node)).fold(0.0, f64::max);
    let hub = hub(island, &graph.lines);
    let ring: Vec<usize> = island.iter().copied().filter(|node| Some(*node) != hub).collect();
    let mut places: Vec<(usize, Place)> = Vec::new();
    let full = |x: f64, y: f64, node: usize| Place { x, y, width: WIDTH, height: height(node), ..Place::default() };
    places.extend(hub.map(|node| (node, Place { hub: true, ..full(0.0, 0.0, node) })));
    let count = ring.len() as f64;
    if ring.len() <= 2 && hub.is_none() {
        let step = WIDTH + 130.0;
        let places: Vec<(usize, Place)> = ring
            .iter()
            .zip(0u8..)
            .map(|(node, number)| (*node, full(f64::from(number) * step - step / 2.0 * (count - 1.0), 0.0, *node)))
            .collect();
        return (places, (count - 1.0).mul_add(step, WIDTH), tallest);
    }
    if hub.is_none()
        && let Some(layered) = layers(island, &graph.lines, tallest, GAP)
    {
        return in_columns(&layered, |node, x, y| full(x, y, node), tallest);
    }
    if ring.len() > MOST_ON_CIRCLE {
        let rows = count / 2.0;
        let half = rows.ceil();
        for (number, node) in ring.iter().enumerate() {
            let on_right = number as f64 >= half;
            let row = if on_right { number as f64 - half } else { number as f64 };
            // From top to bottom on both sides, bulging in the middle: a line between two of one side is inside.
            let height = (row + 0.5) / half * 2.0 - 1.0;
            let bulge = (1.0 - height * height).max(0.0).sqrt();
            let x = bulge.mul_add(190.0, 150.0) * if on_right { 1.0 } else { -1.0 };
            let y = height * half * PITCH / 2.0;
            places.push((*node, Place { x, y, width: COMPACT.0, height: COMPACT.1, compact: true, ..Place::default() }));
        }
        return (places, 2.0 * 340.0 + COMPACT.0, half.mul_add(PITCH, COMPACT.1).max(tallest));
    }
    // Boxes are wide and low: so is the circle. It grows until none touches another.
    let (mut wide, mut low) = (230.0, 140.0);
    loop {
        let mut placed = places.clone();
        for (number, node) in ring.iter().enumerate() {
            let angle = TAU * (number as f64 / count - 0.25);
            placed.push((*node, full(wide * angle.cos(), low * angle.sin(), *node)));
        }
        if !touch(&placed) {
            return (placed, 2.0f64.mul_add(wide, WIDTH), 2.0f64.mul_add(low, tallest));
        }
        (wide, low) = (wide * 1.04, low * 1.04);
    }
}

/// Places in columns, relative to their middle, and the size of all of them.
fn in_columns(layered: &[Layered], place: impl Fn(usize, f64, f64) -> Place, tallest: f64) -> (Vec<(usize, Place)>, f64, f64) {
    let top = layered.iter().map(|one| one.middle).fold(f64::INFINITY, f64::min);
    let bottom = layered.iter().map(|one| one.middle).fold(f64::NEG_INFINITY, f64::max);
    let last = layered.iter().map(|one| one.column).max().unwrap_or_default() as f64;
    let x = |column: usize| (column as f64 - last / 2.0) * COLUMN;
    let placed = |one: &Layered| {
        let place = place(one.node, x(one.column), one.middle - f64::midpoint(top, bottom));
        (one.node, Place { column: Some(one.column), ..place })
    };
    let places = layered.iter().map(placed);
    (places.collect(), last.mul_add(COLUMN, WIDTH), bottom - top + tallest)
}

/// Whether any two boxes are so near that no line fits between them.
fn touch(places: &[(usize, Place)]) -> bool {
    let near = |a: &Place, b: &Place| {
        let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
        dx < f64::midpoint(a.width, b.width) + BETWEEN && dy < f64::midpoint(a.height, b.height) + BETWEEN
    };
    places.iter().enumerate().any(|(number, (_, one))| places.iter().skip(number + 1).any(|(_, other)| near(one, other)))
}

impl Layout {
    /// Places the nodes of a graph, whose boxes are `heights` high.
    pub(super) fn of(graph: &Graph, heights: &[f64]) -> Self {
        let mut layout = Self { width: 0.0, height: GAP, places: vec![Place::default(); graph.nodes.len()] };
        let (mut left, mut row_height) = (GAP, 0.0f64);
        for island in islands(graph) {
            let (places, width, height) = island_places(&island, graph, heights);
            if left > GAP && left + width + GAP > ROW {
                layout.height += row_height + GAP;
                (left, row_height) = (GAP, 0.0);
            }
            for (node, place) in places {
                if let Some(slot) = layout.places.get_mut(node) {
                    *slot = Place { x: left + width / 2.0 + place.x, y: layout.height + height / 2.0 + place.y, ..place };
                }
            }
            left += width + GAP;
            row_height = row_height.max(height);
            layout.width = layout.width.max(left);
        }
        layout.height += row_height + GAP;
        layout
    }
}
