//! A picture for graphviz.

use std::fmt::Write as _;

use crate::scene::{LinkState, Scene};

use super::drawing::{Drawn, drawn};
use super::form::Form;
use super::style::{colours, style};
use super::words;

/// The text of a scene in dot. In every form but lines, clusters whose links are the same are one node.
pub fn print(scene: &Scene, form: Form) -> String {
    let Drawn { graph, lines, left_out } = drawn(scene, form);
    let mut text = format!("digraph {} {{\n", quoted(&scene.mesh));
    let title = left_out.map_or_else(|| words::title(scene), |note| format!("{}\n{note}", words::title(scene)));
    let layout = if graph.nodes.len() <= 16 { "circo" } else { "neato" };
    let _ = writeln!(
        text,
        "  graph [label={}, labelloc=t, layout={layout}, overlap=false, splines=true, fontname=\"sans-serif\"];",
        quoted(&title)
    );
    text.push_str("  node [shape=box, style=\"rounded\", fontname=\"sans-serif\", fontsize=11];\n");
    text.push_str("  edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (number, node) in graph.nodes.iter().enumerate() {
        let (name, details) = words::node(scene, node);
        let label = std::iter::once(name).chain(details).collect::<Vec<_>>().join("\n");
        let _ = writeln!(text, "  n{number} [label={}];", quoted(&label));
    }
    for line in lines {
        let end = |state: Option<LinkState>| state.map_or("none", |state| style(state).dot_end);
        let worst = line.worst();
        // What `from` reads arrives at `to`.
        let _ = writeln!(
            text,
            "  n{} -> n{} [dir=both, arrowhead={}, arrowtail={}, style={}, color={}, label={}, tooltip={}];",
            line.from,
            line.to,
            end(line.forth),
            end(line.back),
            style(worst).dot,
            quoted(colours(worst).light),
            quoted(if worst >= LinkState::Proven { "" } else { style(worst).sign }),
            quoted(&words::line(scene, &graph, line)),
        );
    }
    text.push_str("}\n");
    text
}

/// A string of dot: between quotes, `"` and `\` are special, and graphviz reads entities of HTML in labels. A line break is the escape for a
/// centred line.
fn quoted(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| super::text::printable(line).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}
