//! Who reads whom, as whom: shapes of links, users of nodes, clusters that others run.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, difference, set, strings};
use crate::support::receipts::record_everything;

fn three() -> [String; 3] {
    [cluster("a", 1), cluster("b", 2), cluster("c", 3)]
}

/// Names of the clusters that the node's manifest and its folder of peers tell, which must be the same.
fn peers(scene: &Scene, bundle: &str) -> BTreeSet<String> {
    let bundle = scene.bundle(bundle);
    let manifest = bundle.manifest();
    let told: BTreeSet<String> =
        manifest["links"].as_array().expect("links").iter().filter_map(|link| link["name"].as_str()).map(str::to_owned).collect();
    let files =
        std::fs::read_dir(bundle.peers()).expect("a folder, even an empty one").map(|file| file.expect("readable").file_name());
    let configs: BTreeSet<String> =
        files.filter_map(|name| name.into_string().ok()).filter(|name| !name.contains(".etcd-client")).collect();
    assert_eq!(told, configs);
    told
}

#[test]
fn links_full_hub_and_pairs() {
    for (links, a, b, c) in [
        ("full", &["b", "c"][..], &["a", "c"][..], &["a", "b"][..]),
        ("{ hub: b }", &["b"], &["a", "c"], &["b"]),
        ("[[c, a]]", &["c"], &[], &["a"]),
        ("[[a, b], [b, a], [b, c]]", &["b"], &["a", "c"], &["b"]),
        ("[]", &[], &[], &[]),
    ] {
        let scene = Scene::new(&edit(&mesh(&three()), "links: full", &format!("links: {links}")));
        for (cluster, wanted) in [("a", a), ("b", b), ("c", c)] {
            assert_eq!(peers(&scene, &format!("{cluster}/nodes/n1")), set(wanted), "{links}: {cluster}");
        }
    }
}

fn subject(scene: &Scene, bundle: &str, remote: &str) -> String {
    let bundle = scene.bundle(bundle);
    let certificate = bundle.peers().join(format!("{remote}.etcd-client.crt"));
    let words = ["x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", certificate.to_str().expect("a plain path")];
    crate::support::tool("openssl", "openssl", words).trim().to_owned()
}

fn per_node() -> String {
    let member = "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n";
    edit(&mesh(&three()), member, &format!("{member}    clientName: \"remote-{{cluster}}.{{node}}\"\n"))
}

#[test]
fn a_user_for_each_node() {
    let scene = Scene::new(&per_node());
    for (node, other) in [("n1", "n2"), ("n2", "n1")] {
        let bundle = format!("a/nodes/{node}");
        assert_eq!(subject(&scene, &bundle, "b"), format!("subject=CN=remote-a.{node}"));
        assert_eq!(subject(&scene, &bundle, "c"), "subject=CN=remote-a", "the other etcd has one for all");
        let (own, others) = (scene.bundle(&bundle), scene.bundle(&format!("a/nodes/{other}")));
        assert!(own.peer("b.etcd-client.key") != others.peer("b.etcd-client.key"));
        assert!(own.peer("c.etcd-client.key") == others.peer("c.etcd-client.key"));
    }
    let users = ["remote-a.n1", "remote-a.n2", "remote-c.n1", "remote-c.n2"];
    assert_eq!(scene.wave("users")["users"]["b"], json!(users));
}

/// Its etcds must know it before it comes: that is the first wave.
#[test]
fn a_node_more_is_a_user_more_and_nothing_else() {
    let scene = Scene::new(&per_node());
    record_everything(&scene.sandbox, 1);
    let (serials, archives) = (scene.serials(), scene.archives());
    let more =
        edit(&per_node(), "addresses: [10.0.1.1] }]\n  nodes: [n1, n2]", "addresses: [10.0.1.1] }]\n  nodes: [n1, n2, n3]");
    scene.change(&more, &[]);
    assert_eq!(difference(&serials, &scene.serials()), set(&["client/a.n3/mesh/remote-a.n3"]));
    assert_eq!(difference(&archives, &scene.archives()), set(&["a/nodes/n3"]));
    let first = scene.index()["waves"][0].clone();
    assert_eq!(first["wave"], "users", "no member changes: {first}");
    assert!(strings(&first["users"]["b"]).contains(&"remote-a.n3"), "{first}");
    assert!(first["users"].get("c").is_none(), "c's etcd knows all its users: {first}");
}

/// Another name is another user: the etcd must know it first.
#[test]
fn another_client_name_is_issued_and_reported() {
    let scene = Scene::new(&mesh(&three()));
    record_everything(&scene.sandbox, 1);
    let serials = scene.serials();
    let member = "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n";
    scene.change(&edit(&mesh(&three()), member, &format!("{member}    clientName: mesh-reader\n")), &[]);
    let new = ["client/a/mesh/mesh-reader", "client/c/mesh/mesh-reader"];
    assert_eq!(difference(&serials, &scene.serials()), set(&new));
    assert_eq!(scene.wave("users")["users"], json!({ "b": ["mesh-reader"] }));
}

/// Nothing is written for a cluster that others run, but everyone reads it.
#[test]
fn an_external_cluster_is_read_and_gets_no_files() {
    let clusters = three();
    let external = edit(&clusters[2], "runtime: systemd", "runtime: external");
    let external = edit(&external, "  nodes: [n1, n2]\n", "");
    let scene = Scene::new(&mesh(&[clusters[0].clone(), clusters[1].clone(), external]));
    assert_eq!(peers(&scene, "a/nodes/n1"), set(&["b", "c"]));
    let of_c: Vec<String> = scene.out().into_keys().filter(|path| path.starts_with("bundles/c/")).collect();
    assert_eq!(of_c, ["bundles/c/etcd/etcd1.tar.gz"], "its etcd's member was asked for, and nothing else is written");
    assert!(scene.serials().keys().all(|key| !key.starts_with("client/c/")));
    let users = &scene.wave("users")["users"];
    assert_eq!((&users["a"], &users["c"]), (&json!(["remote-b"]), &json!(["remote-a", "remote-b"])));
}

#[test]
fn a_cluster_without_nodes_has_one_bundle_for_all() {
    let [a, b, _] = three();
    let scene = Scene::new(&mesh(&[edit(&a, "  nodes: [n1, n2]\n", ""), b]));
    assert_eq!(peers(&scene, "a/nodes/any"), set(&["b"]));
    let manifest: Value = scene.bundle("a/nodes/any").manifest();
    assert_eq!(manifest["node"], "any");
}
