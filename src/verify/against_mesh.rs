//! What is there against what the mesh says: links that are missing, extra or stale.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FilePlace};

use super::expected::Expected;
use super::inspection::Inspection;
use super::peer::{Peer, PeerEtcd};

/// Compares what was seen with the mesh. A member's bundle has no links.
pub(super) fn compare(seen: &Inspection, expected: &Expected) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut tell = |code: Code, file: &str, message: String, help: &str| {
        findings.push(Diagnostic::of_file(code, FilePlace::whole(file), message).help(help));
    };
    if let Some(id) = seen.own.id.filter(|id| *id != expected.id) {
        let message = format!("`{}` has the id {id} here, and {} in the mesh", expected.cluster, expected.id);
        tell(
            Code::IdentityChanged,
            &seen.file,
            message,
            "ask which of the two the running agents have before anything is changed",
        );
    }
    if seen.member.is_some() {
        return findings;
    }
    let peers: BTreeMap<&str, &Peer> = seen.peers.iter().map(|peer| (peer.name.as_str(), peer)).collect();
    let links: BTreeSet<&str> = expected.links.iter().map(|link| link.remote.as_str()).collect();
    for peer in seen.peers.iter().filter(|peer| !links.contains(peer.name.as_str())) {
        let message = format!("the mesh has no link from `{}` to `{}`", expected.cluster, peer.name.escape_debug());
        tell(Code::LinkExtra, &peer.file, message, "remove its config first, then its credential; or add the link to the mesh");
    }
    for link in &expected.links {
        let Some(peer) = peers.get(link.remote.as_str()) else {
            let message = format!("the link from `{}` to `{}` is missing", expected.cluster, link.remote);
            tell(Code::LinkMissing, &seen.file, message, "install the cluster's newest bundle");
            continue;
        };
        if let Some(id) = peer.id.filter(|id| *id != link.id) {
            let message = format!("`{}` has the id {id} here, and {} in the mesh", link.remote, link.id);
            tell(Code::LinkStale, &peer.file, message, "generate, and install the newest bundle");
        }
        // Where agents dial the etcd that KVStoreMesh fills, no mesh says.
        if peer.etcd != PeerEtcd::Remote {
            continue;
        }
        let here = sorted(peer.config.endpoints.iter().map(ToString::to_string));
        let there = sorted(link.endpoints.iter().cloned());
        if here != there {
            let message = format!("`{}` is dialled at {}, and in the mesh at {}", link.remote, list(&here), list(&there));
            tell(Code::LinkStale, &peer.file, message, "generate, and install the newest bundle");
        }
    }
    findings
}

fn sorted(endpoints: impl Iterator<Item = String>) -> BTreeSet<String> {
    endpoints.map(|endpoint| endpoint.trim_end_matches('/').to_ascii_lowercase()).collect()
}

fn list(endpoints: &BTreeSet<String>) -> String {
    let quoted: Vec<String> = endpoints.iter().map(|endpoint| format!("`{}`", endpoint.escape_debug())).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }
}
