//! The table of links. A large mesh has tens of thousands: then those that are like most are only counted, and the matrix has each.

use serde::Serialize;

use crate::diag::plural;
use crate::scene::{FilesSeen, LinkFault, LiveSeen, Paper, Scene, SceneLink};

use super::words::{StateView, installed, when};

/// Up to so many links, each has its row: those of a full mesh of twelve clusters.
const ALL: usize = 132;
/// The most rows of a table.
const MOST: usize = 300;

/// The links.
#[derive(Serialize)]
pub(super) struct Links {
    rows: Vec<LinkRow>,
    /// What has no row.
    rest: Option<String>,
    /// Links that the mesh has no longer.
    leaving: Vec<String>,
}

#[derive(Serialize)]
struct LinkRow {
    reader: String,
    remote: String,
    state: StateView,
    paper: &'static str,
    files: String,
    agents: String,
    members: String,
    live: String,
    expires: String,
    faults: Vec<FaultView>,
}

/// Why it does not work.
#[derive(Serialize)]
struct FaultView {
    code: String,
    message: String,
    help: String,
}

impl Links {
    pub(super) fn of(scene: &Scene) -> Self {
        let usual = scene.counts().into_iter().max_by_key(|(_, count)| *count).map(|(state, _)| state);
        let all = scene.links.len() <= ALL;
        let mut shown: Vec<&SceneLink> = scene.links.iter().filter(|link| all || Some(scene.state(link)) != usual).collect();
        shown.sort_by_key(|link| scene.state(link));
        let rest = scene.links.len() - shown.len();
        let beyond = shown.len().saturating_sub(MOST);
        shown.truncate(MOST);
        let usual_word = usual.map(crate::scene::LinkState::word).unwrap_or_default();
        let mut notes = Vec::new();
        if beyond > 0 {
            notes.push(format!("{} more that differ from most", plural(beyond, "link")));
        }
        if rest > 0 {
            notes.push(format!("{}: {usual_word}", plural(rest, "link")));
        }
        let leaving = scene
            .leaving
            .iter()
            .take(MOST)
            .map(|(reader, remote)| format!("{} reads {}", scene.name(*reader), scene.name(*remote)));
        Self {
            rows: shown.into_iter().map(|link| row(scene, link)).collect(),
            rest: (!notes.is_empty()).then(|| notes.join("; ")),
            leaving: leaving.collect(),
        }
    }
}

fn row(scene: &Scene, link: &SceneLink) -> LinkRow {
    let (reader, remote) = (scene.clusters.get(link.reader), scene.clusters.get(link.remote));
    LinkRow {
        reader: scene.name(link.reader).to_owned(),
        remote: scene.name(link.remote).to_owned(),
        state: scene.state(link).into(),
        paper: match (link.generated, link.paper) {
            (false, _) => "not generated yet",
            (true, Paper::Both) => "both ends",
            (true, Paper::Servers) => "agents accept servers",
            (true, Paper::Nothing) => "other end not known",
        },
        files: link.files.as_ref().map_or_else(|| "–".to_owned(), files),
        agents: installed(reader.map(|cluster| cluster.agents).unwrap_or_default()),
        members: installed(remote.map(|cluster| cluster.members).unwrap_or_default()),
        live: link.live.as_ref().map_or_else(|| "–".to_owned(), live),
        expires: link.expires().map_or_else(|| "not known".to_owned(), |at| when(at, scene.now)),
        faults: link.live.iter().flat_map(|seen| &seen.causes).map(FaultView::of).collect(),
    }
}

impl FaultView {
    fn of(fault: &LinkFault) -> Self {
        Self { code: fault.code.clone(), message: fault.message.clone(), help: fault.help.clone() }
    }
}

fn files(seen: &FilesSeen) -> String {
    if seen.refuted > 0 {
        format!("refuted in {} of {}", seen.refuted, seen.subjects)
    } else if seen.both == seen.subjects {
        "both ends".to_owned()
    } else if seen.servers == seen.subjects {
        "agents accept servers".to_owned()
    } else {
        "nothing proven".to_owned()
    }
}

fn live(seen: &LiveSeen) -> String {
    match (seen.ready, seen.tried) {
        (ready, tried) if ready == tried => "ready".to_owned(),
        (0, _) => "not ready".to_owned(),
        (ready, tried) => format!("ready from {ready} of {tried} nodes"),
    }
}
