//! A picture as SVG: one file that needs nothing else, light or dark as its reader prefers, and with a description for people who do not
//! see it.

use std::fmt::Write as _;

use handlebars::Handlebars;
use serde::Serialize;

use crate::scene::{LinkState, Scene};

use super::error::PictureError;
use super::form::Form;
use super::graph::{Graph, Node};
use super::layout::{Layout, Place};
use super::lines_svg::{DrawnLine, number};
use super::matrix_svg::MatrixView;
use super::style::{COLOURS, class, palette, style};
use super::templates::{EMBEDDED, LINES, MATRIX, registry};
use super::words;

/// Draws pictures.
pub struct Svg {
    registry: Handlebars<'static>,
}

/// What every picture has.
#[derive(Serialize)]
struct Picture<T: Serialize> {
    id: &'static str,
    title: String,
    description: String,
    css: String,
    width: String,
    height: String,
    legend: Vec<Entry>,
    /// Where the line below the legend is.
    note_y: String,
    body: T,
}

/// A state in the legend.
#[derive(Serialize)]
struct Entry {
    class: &'static str,
    word: &'static str,
    meaning: &'static str,
    y: f64,
    text_y: f64,
    icon_y: f64,
}

#[derive(Serialize)]
struct Lines {
    lines: Vec<DrawnLine>,
    nodes: Vec<DrawnNode>,
}

/// A box.
#[derive(Serialize)]
struct DrawnNode {
    left: String,
    top: String,
    width: String,
    height: String,
    x: String,
    name: String,
    name_y: String,
    details: Vec<Detail>,
    /// Whether it stands for several clusters.
    several: bool,
    /// Whether nothing was generated for it.
    planned: bool,
    /// How wide the bar of what is installed is; none where nothing was written.
    bar: Option<Bar>,
}

#[derive(Serialize)]
struct Detail {
    y: String,
    text: String,
}

#[derive(Serialize)]
struct Bar {
    y: String,
    x: String,
    full: String,
    done: String,
}

const LEGEND_ROW: f64 = 24.0;
const NARROWEST: f64 = 560.0;

impl Svg {
    /// Parses the templates.
    ///
    /// # Errors
    /// If one of them is broken.
    pub fn new() -> Result<Self, PictureError> {
        Ok(Self { registry: registry(&EMBEDDED)? })
    }

    /// The picture of a scene in a form.
    ///
    /// # Errors
    /// If a template cannot be filled.
    pub fn draw(&self, scene: &Scene, form: Form) -> Result<String, PictureError> {
        match form {
            Form::Lines | Form::Groups => {
                let graph = form.graph(scene);
                let (width, height, body) = lines(scene, &graph);
                self.render(LINES, &picture("mesh", scene, width, height, body))
            }
            Form::Matrix => {
                let body = MatrixView::of(scene);
                self.render(MATRIX, &picture("matrix", scene, body.width, body.height, body))
            }
        }
    }

    fn render(&self, template: &str, data: &impl Serialize) -> Result<String, PictureError> {
        Ok(self.registry.render(template, data)?)
    }
}

fn picture<T: Serialize>(id: &'static str, scene: &Scene, width: f64, height: f64, body: T) -> Picture<T> {
    let counts = scene.counts();
    let states = LinkState::ALL.into_iter().filter(|state| counts.contains_key(state));
    let entry = |(state, row): (LinkState, u8)| {
        let y = f64::from(row).mul_add(LEGEND_ROW, height + 14.0);
        let (word, meaning) = (state.word(), state.meaning());
        Entry { class: class(state), word, meaning, y, text_y: y + 4.0, icon_y: y - 8.0 }
    };
    let legend: Vec<Entry> = states.zip(0u8..).map(entry).collect();
    let rows = legend.len() as f64;
    let below = if id == "matrix" { 1.0 } else { 0.0 };
    Picture {
        id,
        title: words::title(scene),
        description: words::description(scene),
        css: css(),
        width: number(width.max(NARROWEST)),
        height: number((rows + below).mul_add(LEGEND_ROW, height + 12.0)),
        note_y: number(rows.mul_add(LEGEND_ROW, height + 18.0)),
        legend,
        body,
    }
}

/// The look of the lines of all states.
fn css() -> String {
    let mut looks = palette();
    for (state, _) in &COLOURS {
        let (class, look) = (class(*state), style(*state));
        let dashes = if look.dashes.is_empty() { String::new() } else { format!(";stroke-dasharray:{}", look.dashes) };
        let _ = writeln!(looks, ".mb .{class}{{--c:var(--{class})}}.mb path.l.{class}{{stroke-width:{}{dashes}}}", look.width);
    }
    looks
}

fn lines(scene: &Scene, graph: &Graph) -> (f64, f64, Lines) {
    let texts: Vec<(String, Vec<String>)> = graph.nodes.iter().map(|node| words::node(scene, node)).collect();
    let heights: Vec<f64> = texts.iter().map(|(_, details)| (details.len() as f64).mul_add(16.0, 36.0)).collect();
    let layout = Layout::of(graph, &heights);
    let line = |line: &super::graph::Line| {
        let (from, to) = (layout.places.get(line.from)?, layout.places.get(line.to)?);
        Some(DrawnLine::new(*line, words::line(scene, graph, *line), from, to, &layout.places))
    };
    let node =
        |((node, place), (name, details)): ((&Node, &Place), (String, Vec<String>))| drawn(scene, node, place, name, details);
    let nodes = graph.nodes.iter().zip(&layout.places).zip(texts).map(node).collect();
    (layout.width, layout.height, Lines { lines: graph.lines.iter().filter_map(line).collect(), nodes })
}

fn drawn(scene: &Scene, node: &Node, place: &Place, name: String, details: Vec<String>) -> DrawnNode {
    let (left, top) = (place.x - place.width / 2.0, place.y - place.height / 2.0);
    let generated = |cluster: &usize| scene.clusters.get(*cluster).is_some_and(|cluster| cluster.generated);
    let installed = node.installed;
    let bar = (installed.all > 0).then(|| {
        let full = place.width - 16.0;
        let done = installed.done as f64 / installed.all as f64 * full;
        Bar { x: number(left + 8.0), y: number(top + place.height - 6.0), full: number(full), done: number(done) }
    });
    let detail = |(text, row): (String, u8)| Detail { y: number(f64::from(row).mul_add(16.0, top + 39.0)), text };
    DrawnNode {
        left: number(left),
        top: number(top),
        width: number(place.width),
        height: number(place.height),
        x: number(place.x),
        name_y: number(if place.compact { top + 14.0 } else { top + 21.0 }),
        name,
        details: if place.compact { Vec::new() } else { details.into_iter().zip(0u8..).map(detail).collect() },
        several: node.clusters.len() > 1,
        planned: !node.clusters.iter().all(generated),
        bar,
    }
}
