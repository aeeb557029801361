//! `defaults` of a mesh in which not every cluster can take each of them.

use std::collections::BTreeSet;

use crate::helm::scene::{NODE_PORT, errors, mesh};
use crate::support::Sandbox;
use crate::support::files::files;

/// An etcd of others in a cluster that others run, too.
const LIMA: &str = "- name: lima\n  id: 64\n  runtime: external\n  etcd: { endpoints: [\"https://10.64.0.1:2379\"], authority: corp, \
                    clientSigner: mesh, clientTrust: [mesh] }\n";

const DEFAULTS: &str = "defaults:\n  configDir: /var/lib/mesh\n  etcd: { localClients: true, announce: true, peers: true, \
                        clientName: \"reader-{cluster}\" }\nclusters:\n";

fn codes(text: &str) -> BTreeSet<String> {
    errors(text).into_iter().map(|[code, path, _]| format!("{code} {path}")).collect()
}

/// A default is for the clusters that can take it: hand-run ones have it, and no other cluster has an error.
#[test]
fn a_default_is_for_the_clusters_that_can_take_it() {
    for (version, runtime) in [("1.18", ", authMode: cluster"), ("1.18", ""), ("1.20", ", authMode: legacy"), ("1.20", "")] {
        let text = mesh(version, runtime, NODE_PORT).replace("clusters:\n", DEFAULTS);
        assert_eq!(codes(&text), BTreeSet::new(), "{version}{runtime}");
    }
    let sandbox = Sandbox::with_mesh(&mesh("1.20", ", authMode: legacy", NODE_PORT).replace("clusters:\n", DEFAULTS));
    files(&sandbox.path("files"));
    sandbox.ok(&["generate", "mesh.yaml", "--create-authorities", "--unpack"]);
    assert!(sandbox.path("out/unpacked/oslo/nodes/n1/payload/var/lib/mesh/cairo").exists(), "oslo takes the default");
    let inventory = sandbox.read("state/inventory.json");
    assert!(inventory.contains("client/oslo/mesh/remote\"") && inventory.contains("reader-cairo"), "{inventory}");
}

/// An external cluster gets no credentials and no announcer: none of its own is asked for by a default.
#[test]
fn an_external_cluster_takes_no_default_of_files() {
    let without = mesh("1.20", "", NODE_PORT) + LIMA;
    let with = without.replace("clusters:\n", &DEFAULTS.replace(", clientName: \"reader-{cluster}\"", ""));
    assert_eq!(codes(&with), codes(&without));
}

/// What a cluster sets itself is an error, as before.
#[test]
fn a_value_of_the_clusters_own_is_still_an_error() {
    let text = mesh("1.20", "", &format!("{NODE_PORT}, localClients: true, peers: true"));
    let text = text.replace("  runtime: { kind: helm }", "  configDir: /var/lib/mesh\n  runtime: { kind: helm }");
    let found = codes(&text);
    for expected in ["configDir", "etcd.localClients", "etcd.peers"] {
        assert!(found.iter().any(|code| code.ends_with(expected)), "{expected}: {found:?}");
    }
}
