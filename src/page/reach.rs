//! What firewalls must let pass, and who could not reach which endpoint: what a firewall without a rule looks like.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::scene::{LinkFault, Scene};

/// The most rules that have a row: more would be longer than all other sections, and the command lists them.
const MOST: usize = 40;

/// Traffic that firewalls must let pass, as far as it decides whether it has a row.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The cluster that dials, if it is one.
    pub from: Option<&'a str>,
    /// The cluster that is dialled, if it is one.
    pub to: Option<&'a str>,
    /// The port, if there is one.
    pub port: Option<u16>,
    /// Whether the mesh does not work without it.
    pub is_required: bool,
}

/// A row: traffic that firewalls must let pass, in words.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    /// Who dials.
    pub from: String,
    /// Who is dialled.
    pub to: String,
    /// Protocol and port.
    pub traffic: String,
    /// What it is for.
    pub why: String,
    /// Where that is documented.
    pub source: String,
    /// Whether a probe could not connect this way.
    pub missing: bool,
}

/// The rows, and how many have none.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rules {
    /// Those that have a row.
    pub rows: Vec<Rule>,
    /// How many have none.
    pub rest: usize,
}

impl Rules {
    /// Chooses of `ways`: first those that a probe found missing, then those that the mesh needs. `in_words` tells of the way at a place
    /// in `ways` all but whether it is missing.
    pub fn of(scene: &Scene, ways: &[Way<'_>], in_words: impl Fn(usize) -> Option<Rule>) -> Self {
        let blocked = blocked(scene);
        let is_missing = |way: &Way<'_>| {
            let is_it = |one: &Blocked| {
                let port = way.port.is_some_and(|port| one.endpoint.ends_with(&format!(":{port}")));
                port && way.from == Some(&one.reader) && way.to == Some(&one.remote)
            };
            blocked.iter().any(is_it)
        };
        let mut shown: Vec<(bool, bool, usize)> =
            ways.iter().enumerate().map(|(at, way)| (!is_missing(way), !way.is_required, at)).collect();
        shown.sort_unstable();
        shown.truncate(MOST);
        let rest = ways.len() - shown.len();
        let row = |(is_open, _, at): (bool, bool, usize)| Some(Rule { missing: !is_open, ..in_words(at)? });
        Self { rows: shown.into_iter().filter_map(row).collect(), rest }
    }
}

/// Connections that did not come about.
#[derive(Serialize)]
pub(super) struct Blocked {
    pub(super) reader: String,
    pub(super) remote: String,
    pub(super) endpoint: String,
    code: String,
    message: String,
    help: String,
}

/// Each reader with each endpoint that it could not reach, once.
pub(super) fn blocked(scene: &Scene) -> Vec<Blocked> {
    let mut found: BTreeMap<(usize, &str), (usize, &LinkFault)> = BTreeMap::new();
    for link in &scene.links {
        let faults = link.live.iter().flat_map(|seen| seen.endpoints.iter().chain(&seen.causes));
        for fault in faults.filter(|fault| fault.is_blocked()) {
            if let Some(endpoint) = fault.endpoint.as_deref() {
                found.entry((link.reader, endpoint)).or_insert((link.remote, fault));
            }
        }
    }
    let row = |((reader, endpoint), (remote, fault)): ((usize, &str), (usize, &LinkFault))| Blocked {
        reader: scene.name(reader).to_owned(),
        remote: scene.name(remote).to_owned(),
        endpoint: endpoint.to_owned(),
        code: fault.code.clone(),
        message: fault.message.clone(),
        help: fault.help.clone(),
    };
    found.into_iter().map(row).collect()
}
