//! What firewalls must let pass, and who could not reach which endpoint: what a firewall without a rule looks like.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::scene::{LinkFault, Scene};

/// The most rules that have a row: those of a full mesh of six clusters.
const MOST: usize = 200;

/// Traffic that firewalls must let pass, in words.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The cluster that dials, if it is one.
    pub from_cluster: Option<String>,
    /// Who dials.
    pub from: String,
    /// The cluster that is dialled, if it is one.
    pub to_cluster: Option<String>,
    /// Who is dialled.
    pub to: String,
    /// Protocol and port.
    pub traffic: String,
    /// The port, if there is one.
    pub port: Option<u16>,
    /// What it is for.
    pub why: String,
    /// Where that is documented.
    pub source: String,
}

/// The rules that are shown.
#[derive(Serialize)]
pub(super) struct Rules {
    rows: Vec<RuleRow>,
    /// How many have no row.
    rest: usize,
}

#[derive(Serialize)]
struct RuleRow {
    from: String,
    to: String,
    traffic: String,
    why: String,
    source: String,
    /// Whether a probe could not connect this way.
    missing: bool,
}

impl Rules {
    /// The rules, those that a probe found missing first.
    pub(super) fn of(rules: Vec<Rule>, blocked: &[Blocked]) -> Self {
        let is_missing = |rule: &Rule| {
            let is_it = |one: &Blocked| {
                let port = rule.port.is_some_and(|port| one.endpoint.ends_with(&format!(":{port}")));
                port && rule.from_cluster.as_deref() == Some(&one.reader) && rule.to_cluster.as_deref() == Some(&one.remote)
            };
            blocked.iter().any(is_it)
        };
        let all = rules.len();
        let mut rows: Vec<RuleRow> = rules
            .into_iter()
            .map(|rule| {
                let missing = is_missing(&rule);
                let Rule { from, to, traffic, why, source, .. } = rule;
                RuleRow { from, to, traffic, why, source, missing }
            })
            .collect();
        rows.sort_by_key(|row| !row.missing);
        rows.truncate(MOST);
        Self { rest: all - rows.len(), rows }
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
