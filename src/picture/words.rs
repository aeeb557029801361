//! What a picture says in words: its title, its description, and the texts of its nodes.

use crate::diag::plural;
use crate::scene::{LinkState, Scene};

use super::graph::{Graph, Line, Node};
use super::text::{printable, short};

/// Names in a text before the rest is only counted.
const NAMED: usize = 6;

/// The title of a picture.
pub(super) fn title(scene: &Scene) -> String {
    if scene.clusters.is_empty() && scene.recorded_only {
        return "Nothing to draw: the file of the mesh has errors".to_owned();
    }
    let sizes = format!("{}, {}", plural(scene.clusters.len(), "cluster"), plural(scene.links.len(), "link"));
    let old = if scene.recorded_only { ", as it was generated last: its file has errors" } else { "" };
    format!("Mesh {}: {sizes}{old}", printable(&scene.mesh))
}

/// What a picture shows, for people who do not see it.
pub(super) fn description(scene: &Scene) -> String {
    let counts = scene.counts();
    let states = LinkState::ALL.into_iter().filter_map(|state| Some(format!("{} {}", counts.get(&state)?, state.word())));
    let mut text = format!("Links: {}.", states.collect::<Vec<_>>().join(", "));
    for state in [LinkState::Broken, LinkState::Expiring] {
        let links: Vec<String> = scene
            .links_in(state)
            .map(|link| format!("{} reads {}", printable(scene.name(link.reader)), printable(scene.name(link.remote))))
            .collect();
        if !links.is_empty() {
            text.push_str(&format!(" {}: {}.", capital(state.word()), shortened(&links)));
        }
    }
    text
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn shortened(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{shown} and {} more", names.len() - NAMED) } else { shown }
}

/// The texts of a node: its name, then what else is known.
pub(super) fn node(scene: &Scene, node: &Node) -> (String, Vec<String>) {
    let installed = installed(node);
    match node.clusters.as_slice() {
        [only] => {
            let Some(cluster) = scene.clusters.get(*only) else { return (String::new(), Vec::new()) };
            let mut facts = vec![format!("id {}", cluster.id)];
            facts.extend(cluster.runtime.map(str::to_owned));
            facts.extend(cluster.version.as_ref().map(|version| short(version, 8)));
            (short(&cluster.name, 32), [Some(facts.join(" · ")), installed].into_iter().flatten().collect())
        }
        several => {
            let names: Vec<String> = several.iter().map(|place| short(scene.name(*place), 32)).collect();
            let among = match node.among {
                Some(state) => format!("each reads each: {}", state.word()),
                None => "no links among them".to_owned(),
            };
            let names = if names.len() > 3 { first_and_last(&names) } else { names.join(", ") };
            (plural(several.len(), "cluster"), [Some(names), Some(among), installed].into_iter().flatten().collect())
        }
    }
}

fn first_and_last(names: &[String]) -> String {
    match names {
        [first, second, .., last] => format!("{first}, {second}, … {last}"),
        few => few.join(", "),
    }
}

fn installed(node: &Node) -> Option<String> {
    let installed = node.installed;
    (installed.all > 0).then(|| format!("installed {} of {}", installed.done, installed.all))
}

/// A line in words: who reads whom, in which state.
pub(super) fn line(scene: &Scene, graph: &Graph, line: Line) -> String {
    let name = |place: usize| graph.nodes.get(place).map(|one| node(scene, one).0).unwrap_or_default();
    let (from, to) = (name(line.from), name(line.to));
    match (line.forth, line.back) {
        (Some(forth), Some(back)) if forth == back => format!("{from} and {to} read each other: {}", forth.word()),
        (forth, back) => {
            let forth = forth.map(|state| format!("{from} reads {to}: {}", state.word()));
            let back = back.map(|state| format!("{to} reads {from}: {}", state.word()));
            forth.into_iter().chain(back).collect::<Vec<_>>().join("; ")
        }
    }
}
