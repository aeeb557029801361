//! What has changed between two records of a mesh.

use std::collections::{BTreeMap, BTreeSet};

use super::state::LinkState;
use super::summary::Summary;

/// Something that has changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A link has another state, or there was none before.
    Link {
        /// The cluster whose agents read.
        reader: String,
        /// The cluster whose etcd is read.
        remote: String,
        /// Its state before, if there was one.
        before: Option<LinkState>,
        /// Its state now; none if the link is gone.
        now: Option<LinkState>,
    },
    /// A cluster came.
    Came(String),
    /// A cluster left.
    Left(String),
    /// Another number of bundles is known to be installed.
    Installed {
        /// Its cluster.
        cluster: String,
        /// How many of how many before.
        before: (usize, usize),
        /// How many of how many now.
        now: (usize, usize),
    },
    /// A finding that was not there before.
    Found(String),
    /// A finding that is gone.
    Fixed(String),
}

/// What has changed, the links that got worse first.
pub fn changes(before: &Summary, now: &Summary) -> Vec<Change> {
    let mut changes = links(before, now);
    let names = |summary: &Summary| -> BTreeSet<String> { summary.clusters.iter().map(|cluster| cluster.name.clone()).collect() };
    let (old, new) = (names(before), names(now));
    changes.extend(new.difference(&old).cloned().map(Change::Came));
    changes.extend(old.difference(&new).cloned().map(Change::Left));
    let counts: BTreeMap<&str, (usize, usize)> =
        before.clusters.iter().map(|cluster| (cluster.name.as_str(), (cluster.done, cluster.all))).collect();
    for cluster in &now.clusters {
        let (before, now) = (counts.get(cluster.name.as_str()).copied(), (cluster.done, cluster.all));
        if let Some(before) = before.filter(|before| *before != now) {
            changes.push(Change::Installed { cluster: cluster.name.clone(), before, now });
        }
    }
    let findings = |summary: &Summary| -> BTreeSet<String> { summary.findings.iter().cloned().collect() };
    // With and without addresses, one finding has two texts.
    if before.redacted == now.redacted {
        let (old, new) = (findings(before), findings(now));
        changes.extend(new.difference(&old).cloned().map(Change::Found));
        changes.extend(old.difference(&new).cloned().map(Change::Fixed));
    }
    changes
}

fn links(before: &Summary, now: &Summary) -> Vec<Change> {
    let (old, new) = (before.links(), now.links());
    let keys: BTreeSet<&(&str, &str)> = old.keys().chain(new.keys()).collect();
    let change = |key: &(&str, &str)| {
        let state = |links: &BTreeMap<(&str, &str), char>| links.get(key).and_then(|letter| LinkState::of_letter(*letter));
        let (before, now) = (state(&old), state(&new));
        let is_change = before != now;
        is_change.then(|| Change::Link { reader: key.0.to_owned(), remote: key.1.to_owned(), before, now })
    };
    let mut changes: Vec<Change> = keys.into_iter().filter_map(change).collect();
    changes.sort_by_key(|change| match change {
        Change::Link { now, .. } => now.map_or(9, |state| state as u8),
        _ => 9,
    });
    changes
}
