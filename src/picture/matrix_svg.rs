//! The matrix as SVG has it.

use serde::Serialize;

use crate::scene::{LinkState, Scene};

use super::lines_svg::number;
use super::matrix::Matrix;
use super::style::class;
use super::text::short;

/// Unusual cells that get a title of their own.
const MOST_TITLES: usize = 400;
/// From one name to the next.
const NAME: u8 = 11;

/// What the template needs.
#[derive(Serialize)]
pub(super) struct MatrixView {
    pub(super) width: f64,
    pub(super) height: f64,
    cell: f64,
    half: f64,
    head: f64,
    size: f64,
    font: f64,
    rows: Vec<Label>,
    columns: Vec<Label>,
    cells: Vec<Cells>,
    titles: Vec<Cell>,
}

#[derive(Serialize)]
struct Label {
    at: f64,
    name: String,
    /// Whether a line leads to its cells.
    guide: f64,
}

#[derive(Serialize)]
struct Cells {
    class: &'static str,
    path: String,
}

#[derive(Serialize)]
struct Cell {
    x: f64,
    y: f64,
    title: String,
}

/// The size of a cell, by how many there are in a row.
const fn cell(count: usize) -> u8 {
    match count {
        0..=16 => 28,
        17..=32 => 20,
        33..=64 => 14,
        65..=128 => 8,
        _ => 5,
    }
}

impl MatrixView {
    pub(super) fn of(scene: &Scene) -> Self {
        let matrix = Matrix::of(scene);
        let pixels = cell(matrix.count);
        let (cell, step) = (f64::from(pixels), usize::from(NAME.div_ceil(pixels)));
        let font = if cell > 12.0 { 12.0 } else { f64::from(NAME - 1) };
        let longest = scene.clusters.iter().map(|cluster| cluster.name.chars().count()).max().unwrap_or_default().min(24);
        let head = (longest as f64).mul_add(font * 0.62, 16.0);
        let size = matrix.count as f64 * cell;
        let labelled = matrix.labelled(step);
        let label = |place: &usize| Label {
            at: (*place as f64 + 0.5).mul_add(cell, head),
            name: short(scene.name(*place), 24),
            guide: head - 4.0,
        };
        let labels = || labelled.iter().map(label).collect::<Vec<_>>();
        let run = |(row, first, length): &(usize, usize, usize)| {
            let (x, y, width) = ((*first as f64).mul_add(cell, head), (*row as f64).mul_add(cell, head), *length as f64 * cell);
            format!("M{} {}h{width}v{cell}h-{width}z", number(x), number(y))
        };
        let cells = LinkState::ALL.into_iter().filter_map(|state| {
            let path = matrix.runs.get(&state)?.iter().map(run).collect();
            Some(Cells { class: class(state), path })
        });
        let title = |(row, column, state): &(usize, usize, LinkState)| Cell {
            x: (*column as f64).mul_add(cell, head),
            y: (*row as f64).mul_add(cell, head),
            title: format!("{} reads {}: {}", short(scene.name(*row), 32), short(scene.name(*column), 32), state.word()),
        };
        Self {
            width: head + size + 24.0,
            height: head + size + 12.0,
            cell,
            half: cell / 2.0,
            head,
            size,
            font,
            rows: labels(),
            columns: labels(),
            cells: cells.collect(),
            titles: matrix.unusual.iter().take(MOST_TITLES).map(title).collect(),
        }
    }
}
