//! What a reader must know first: broken links, what expires first, who cannot reach whom, what is not installed.

use serde::Serialize;

use crate::diag::plural;
use crate::scene::{Installed, LinkState, Scene};

use super::reach::Blocked;
use super::words::{certificate, reads, when};

/// Things that a line names.
const NAMED: usize = 5;

/// A line.
#[derive(Serialize)]
pub(super) struct Glance {
    /// `bad`, `warn`, `good` or `note`.
    tone: &'static str,
    /// Its sign.
    sign: &'static str,
    /// Its first words.
    head: String,
    /// Its parts.
    parts: Vec<String>,
    /// The section with more.
    section: &'static str,
}

pub(super) fn lines(scene: &Scene, blocked: &[Blocked], errors: usize, warnings: usize) -> Vec<Glance> {
    let mut lines = Vec::new();
    if !scene.clusters.is_empty() {
        lines.push(links(scene));
    }
    lines.extend(expiry(scene));
    if !blocked.is_empty() {
        let part = |one: &Blocked| format!("from {} to {}, the etcd of {}", one.reader, one.endpoint, one.remote);
        lines.push(Glance {
            tone: "bad",
            sign: "✕",
            head: format!("No connection at {}; a firewall rule may be missing", plural(blocked.len(), "endpoint")),
            parts: limited(blocked.iter().map(part).collect()),
            section: "firewall",
        });
    }
    lines.push(installed(scene));
    if errors + warnings > 0 {
        let tone = if errors > 0 { "bad" } else { "warn" };
        let head = format!("{} and {} in the mesh", plural(errors, "error"), plural(warnings, "warning"));
        lines.push(Glance { tone, sign: if errors > 0 { "✕" } else { "▲" }, head, parts: Vec::new(), section: "findings" });
    }
    lines
}

fn limited(mut parts: Vec<String>) -> Vec<String> {
    let rest = parts.len().saturating_sub(NAMED);
    parts.truncate(NAMED);
    if rest > 0 {
        parts.push(format!("and {rest} more"));
    }
    parts
}

fn links(scene: &Scene) -> Glance {
    let all = scene.links.len();
    let broken: Vec<_> = scene.links_in(LinkState::Broken).collect();
    if broken.is_empty() {
        let counts = scene.counts();
        let tried = counts.get(&LinkState::Live).copied().unwrap_or_default();
        let head = match tried {
            0 => format!("No link is known to be broken; none of {all} was probed"),
            tried => format!("No link is known to be broken; {tried} of {all} were probed and ready"),
        };
        return Glance { tone: "good", sign: "✓", head, parts: Vec::new(), section: "links" };
    }
    let part = |link: &&crate::scene::SceneLink| {
        let cause = link.live.as_ref().and_then(|seen| seen.causes.first());
        let why = match (cause, &link.files) {
            (Some(cause), _) => format!("{} {}", cause.code, cause.message),
            (None, Some(seen)) if seen.refuted > 0 => "their files exclude each other".to_owned(),
            _ => link.expires().map(|at| format!("its first certificate: {}", when(at, scene.now))).unwrap_or_default(),
        };
        format!("{}: {why}", reads(scene, link))
    };
    let probed = scene.links.iter().filter(|link| link.live.is_some()).count();
    let are = if broken.len() == 1 { "is" } else { "are" };
    let head = format!("{} of {} {are} broken; {probed} were probed", broken.len(), plural(all, "link"));
    Glance { tone: "bad", sign: "✕", head, parts: limited(broken.iter().map(part).collect()), section: "links" }
}

/// What expires first, of everything that is known.
fn expiry(scene: &Scene) -> Option<Glance> {
    let issued = scene.certificates.iter().find(|one| one.until >= scene.now);
    let observed = scene
        .links
        .iter()
        .filter_map(|link| Some((link.expires().filter(|at| *at >= scene.now)?, link)))
        .min_by_key(|(at, _)| *at);
    let (at, what, stops) = match (issued, observed) {
        (Some(first), Some((at, link))) if at < first.until => {
            (at, format!("a certificate of the link {}", reads(scene, link)), None)
        }
        (None, Some((at, link))) => (at, format!("a certificate of the link {}", reads(scene, link)), None),
        (Some(first), _) => (first.until, certificate(first), Some(first.first_of).filter(|links| *links > 0)),
        (None, None) => return None,
    };
    let left = at - scene.now;
    let tone = if left < scene.soon { "warn" } else { "note" };
    let stops = stops.map(|links| format!("{} stop with it", plural(links, "link")));
    Some(Glance {
        tone,
        sign: if tone == "warn" { "▲" } else { "○" },
        head: format!("Expires first: {what}, on {}", when(at, scene.now)),
        parts: stops.into_iter().collect(),
        section: "certificates",
    })
}

fn installed(scene: &Scene) -> Glance {
    let mut sum = Installed::default();
    scene.clusters.iter().for_each(|cluster| sum += cluster.installed());
    let head = match sum {
        Installed { all: 0, .. } => "Nothing was generated yet".to_owned(),
        Installed { done, all } => format!("{done} of {} known to be installed", plural(all, "bundle")),
    };
    let done = sum.all > 0 && sum.done == sum.all;
    Glance {
        tone: if done { "good" } else { "note" },
        sign: if done { "✓" } else { "○" },
        head,
        parts: Vec::new(),
        section: "rollout",
    }
}
