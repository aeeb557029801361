//! A picture for graphviz.

use std::fmt::Write as _;

use crate::scene::{LinkState, Scene};

use super::drawing::{Drawn, drawn};
use super::form::Form;
use super::graph::Line;
use super::style::{colours, style};
use super::words;

/// The text of a scene in dot. In every form but lines, clusters whose links are the same are one node.
pub fn print(scene: &Scene, form: Form) -> String {
    let Drawn { graph, lines, left_out } = drawn(scene, form);
    let mut text = format!("digraph {} {{\n", quoted(&scene.mesh));
    let title: Vec<String> = [Some(words::title(scene)), left_out, legend(&lines)].into_iter().flatten().collect();
    let title = title.join("\n");
    // circo puts the boxes of few nodes so near that no line is left between them.
    let (layout, length) = match graph.nodes.len() {
        0..5 => ("neato", 4),
        5..=16 => ("circo", 3),
        _ => ("neato", 3),
    };
    let _ = writeln!(
        text,
        "  graph [label={}, labelloc=t, layout={layout}, mindist=1.8, overlap=false, splines=true, fontname=\"sans-serif\"];",
        quoted(&title)
    );
    text.push_str("  node [shape=box, style=\"rounded\", fontname=\"sans-serif\", fontsize=11];\n");
    let _ = writeln!(text, "  edge [fontname=\"sans-serif\", fontsize=9, len={length}];");
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

/// What each style of line means, of those that there are.
fn legend(lines: &[Line]) -> Option<String> {
    let has = |state: &LinkState| lines.iter().any(|line| line.worst() == *state);
    let words = LinkState::ALL
        .into_iter()
        .filter(has)
        .map(|state| format!("{} {}: {}", style(state).sign, style(state).dot, state.word()));
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// A string of dot: between quotes, `"` and `\` are special, and graphviz reads entities of HTML in labels. A line break is the escape for a
/// centred line.
fn quoted(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| super::text::printable(line).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("\\n"))
}
