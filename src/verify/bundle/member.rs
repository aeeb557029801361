//! A member's `etcd.env`: TLS towards clients and nothing else, with files that are in the bundle.

use crate::diag::{Code, Collector, Diagnostic, FilePlace};
use crate::mesh::{ClusterName, OwnUser};
use crate::pem::mask;

use super::super::files::BundleTree;
use super::super::manifest::Manifest;

const ENV: &str = "payload/etc/etcd/clustermesh/etcd.env";

/// What a bundle may set: never name, data, addresses or cluster of a member that may be running (etcd's configuration flags).
const PATHS: [&str; 3] = ["ETCD_CERT_FILE", "ETCD_KEY_FILE", "ETCD_TRUSTED_CA_FILE"];
const AUTH: &str = "ETCD_CLIENT_CERT_AUTH";
/// The same towards other members, where the bundle has certificates for them.
const PEER_PATHS: [&str; 3] = ["ETCD_PEER_CERT_FILE", "ETCD_PEER_KEY_FILE", "ETCD_PEER_TRUSTED_CA_FILE"];
const PEER_AUTH: &str = "ETCD_PEER_CLIENT_CERT_AUTH";
/// Without it whoever has a certificate from the members' authority may speak to a member as its peer.
const PEER_NAME: &str = "ETCD_PEER_CERT_ALLOWED_CN";

pub(super) fn look(bundle: &BundleTree, manifest: &Manifest) -> Vec<Diagnostic> {
    let mut findings = Collector::of_file();
    let mut tell = |code: Code, message: String| {
        let finding = Diagnostic::of_file(code, FilePlace::whole(bundle.shown(ENV)), message);
        findings.push(finding.help("generate the bundle again"));
    };
    let Some(bytes) = bundle.tree.bytes(ENV) else {
        tell(Code::FileMissing, "`etcd.env` is not in the bundle".to_owned());
        return findings.finish();
    };
    let peer = ClusterName::new(&manifest.cluster.name).ok().map(|name| OwnUser::of_peer(&name));
    let text = String::from_utf8_lossy(bytes);
    let text = mask(&text);
    let peers = text.lines().any(|line| line.starts_with("ETCD_PEER_"));
    let of_peers = PEER_PATHS.into_iter().chain([PEER_AUTH, PEER_NAME]).filter(|_| peers);
    let mut missing: Vec<&str> = PATHS.into_iter().chain([AUTH]).chain(of_peers).collect();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        missing.retain(|wanted| *wanted != name);
        if PATHS.contains(&name) || PEER_PATHS.contains(&name) {
            if bundle.tree.bytes(&format!("payload{value}")).is_none() {
                tell(Code::FileMissing, format!("`{name}` is `{}`, which is not in the bundle", value.escape_debug()));
            }
        } else if [AUTH, PEER_AUTH].contains(&name) && value != "true" {
            let whom = if name == AUTH { "client" } else { "peer" };
            tell(Code::OptionsDiffer, format!("`{name}` is `{}`: every {whom} would be accepted", value.escape_debug()));
        } else if name == PEER_NAME && peer.as_ref().is_some_and(|peer| peer != value) {
            let peer = peer.as_deref().unwrap_or_default();
            tell(Code::OptionsDiffer, format!("`{name}` is `{}`, and the members' name is `{peer}`", value.escape_debug()));
        } else if ![AUTH, PEER_AUTH, PEER_NAME].contains(&name) {
            tell(Code::OptionsDiffer, format!("`{}` is no setting that a member's bundle makes", name.escape_debug()));
        }
    }
    for name in missing {
        tell(Code::OptionsDiffer, format!("`{name}` is not set"));
    }
    findings.finish()
}
