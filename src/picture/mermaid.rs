//! A picture for Mermaid, as pages of Git forges draw it.

use std::fmt::Write as _;

use crate::scene::{LinkState, Scene};

use super::drawing::{Drawn, drawn};
use super::form::Form;
use super::graph::Line;
use super::style::{colours, style};
use super::text::printable;
use super::words;

/// The text of a scene in Mermaid. In every form but lines, clusters whose links are the same are one node.
pub fn print(scene: &Scene, form: Form) -> String {
    let Drawn { graph, lines, left_out } = drawn(scene, form);
    let mut text = "flowchart LR\n".to_owned();
    let _ = writeln!(text, "  accTitle: {}", plain(&words::title(scene)));
    let _ = writeln!(text, "  accDescr: {}", plain(&words::description(scene)));
    for (number, node) in graph.nodes.iter().enumerate() {
        let (name, details) = words::node(scene, node);
        let label: Vec<String> = std::iter::once(name).chain(details).map(|line| escaped(&line)).collect();
        let _ = writeln!(text, "  n{number}[\"{}\"]", label.join("<br>"));
    }
    if let Some(note) = left_out {
        let _ = writeln!(text, "  note[\"{}\"]", escaped(&note));
    }
    for line in &lines {
        let label = label(scene, &graph, *line);
        let (from, to) = (line.from, line.to);
        let _ = match (line.forth, line.back) {
            (None, _) => writeln!(text, "  n{to} {}|\"{label}\"| n{from}", arrow(line.worst(), false)),
            (_, back) => writeln!(text, "  n{from} {}|\"{label}\"| n{to}", arrow(line.worst(), back.is_some())),
        };
    }
    for state in LinkState::ALL {
        let numbers = lines.iter().enumerate().filter(|(_, line)| line.worst() == state).map(|(number, _)| number.to_string());
        let numbers: Vec<String> = numbers.collect();
        if !numbers.is_empty() {
            let look = style(state);
            let dashes = if look.dashes.is_empty() { String::new() } else { format!(",stroke-dasharray:{}", look.dashes) };
            let _ = writeln!(
                text,
                "  linkStyle {} stroke:{},stroke-width:{}px{dashes}",
                numbers.join(","),
                colours(state).light,
                look.width
            );
        }
    }
    text
}

/// A line whose ends show its state: a cross, a circle, or an arrow.
const fn arrow(state: LinkState, both: bool) -> &'static str {
    match (state, both) {
        (LinkState::Broken, true) => "x-.-x",
        (LinkState::Broken, false) => "-.-x",
        (LinkState::Unproven, true) => "o-.-o",
        (LinkState::Unproven, false) => "-.-o",
        (LinkState::Live | LinkState::Expiring, true) => "<==>",
        (LinkState::Live | LinkState::Expiring, false) => "==>",
        (LinkState::Proven | LinkState::Half, true) => "<-->",
        (LinkState::Proven | LinkState::Half, false) => "-->",
    }
}

/// The words on a line: its state, or who reads whom where the two differ.
fn label(scene: &Scene, graph: &super::graph::Graph, line: Line) -> String {
    escaped(&match line.uniform() {
        Some(state) => format!("{} {}", style(state).sign, state.word()),
        None => words::line(scene, graph, line),
    })
}

/// A text as an entity for each character that Mermaid or HTML could take for something else.
fn escaped(text: &str) -> String {
    let is_plain =
        |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '_' | '…' | '·' | '●' | '✓' | '◐' | '▲' | '✕');
    printable(text).chars().map(|c| if is_plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}

/// A text on a line of its own, which has no entities: what is special there becomes a blank.
fn plain(text: &str) -> String {
    printable(text)
        .chars()
        .map(|c| if matches!(c, ';' | '{' | '}' | '#' | '%' | '<' | '>' | '"' | '`') { ' ' } else { c })
        .collect()
}
