//! Clusters, nodes, members and endpoints come and go: what that touches, and what it leaves alone.

use serde_json::json;

use crate::evolution::mesh::{cluster, edit, mesh, mesh_of_own};
use crate::evolution::scene::{Scene, difference, set, strings};
use crate::support::receipts::record_everything;

fn two() -> [String; 2] {
    [cluster("a", 1), cluster("b", 2)]
}

fn three() -> [String; 3] {
    [cluster("a", 1), cluster("b", 2), cluster("c", 3)]
}

/// Adding a third cluster re-issues nothing for the first two and changes only the archives that gain a link.
#[test]
fn adding_a_cluster_reissues_nothing_and_changes_only_readers() {
    for (kind, before, after) in
        [("shared", mesh(&two()), mesh(&three())), ("per-cluster", mesh_of_own(&two()), mesh_of_own(&three()))]
    {
        let scene = Scene::new(&before);
        let (serials, archives, out) = (scene.serials(), scene.archives(), scene.out());
        scene.change(&after, &["--create-authorities"]);
        let now = scene.serials();
        assert!(serials.iter().all(|(key, serial)| now.get(key) == Some(serial)), "{kind}: {serials:?} {now:?}");
        let readers = ["a/nodes/n1", "a/nodes/n2", "b/nodes/n1", "b/nodes/n2"];
        let new = ["c/nodes/n1", "c/nodes/n2", "c/etcd/etcd1"];
        assert_eq!(
            difference(&archives, &scene.archives()),
            set(&[readers, [new[0], new[1], new[2], new[2]]].concat()),
            "{kind}"
        );
        for (path, file) in out.iter().filter(|(path, _)| path.contains("/operator/")) {
            assert_eq!(scene.out().get(path), Some(file), "{kind}");
        }
        for bundle in readers {
            assert_eq!(scene.bundle(bundle).generation(), 2, "{kind}: {bundle}");
        }
        for bundle in [new[0], new[2], "a/etcd/etcd1"] {
            assert_eq!(scene.bundle(bundle).generation(), 1, "{kind}: {bundle}");
        }
    }
}

#[test]
fn a_spoke_changes_nothing_for_other_spokes() {
    let hub = |clusters: &[String]| edit(&mesh(clusters), "links: full", "links: { hub: a }");
    let scene = Scene::new(&hub(&two()));
    let archives = scene.archives();
    scene.change(&hub(&three()), &[]);
    let new = ["a/nodes/n1", "a/nodes/n2", "c/nodes/n1", "c/nodes/n2", "c/etcd/etcd1"];
    assert_eq!(difference(&archives, &scene.archives()), set(&new));
}

/// Removing it restores the payload of those who stay byte for byte, while the manifest tells the link that is gone, and the
/// generation counts up.
#[test]
fn removing_a_cluster_restores_the_payload_and_tells_the_removed_link() {
    let scene = Scene::new(&mesh_of_own(&two()));
    let before = scene.bundle("a/nodes/n1");
    scene.change(&mesh_of_own(&three()), &["--create-authorities"]);
    let between = scene.bundle("a/nodes/n1");
    assert!(scene.state().keys().any(|path| path.starts_with("issued/c/")));
    assert!(between.payload() != before.payload());
    scene.change(&mesh_of_own(&two()), &["--remove", "c"]);
    let after = scene.bundle("a/nodes/n1");
    assert!(after.payload() == before.payload());
    let told = |bundle: &crate::evolution::scene::Bundle| (bundle.generation(), bundle.manifest()["removedLinks"].clone());
    assert_eq!([&before, &between, &after].map(told), [(1, json!([])), (2, json!([])), (3, json!(["c"]))]);
    assert!(scene.out().keys().all(|path| !path.starts_with("bundles/c/")), "nothing of c is left to be shipped");
    assert!(scene.state().keys().all(|path| !path.starts_with("issued/c/")), "nor any leaf of its");
    assert!(scene.serials().keys().all(|key| !key.contains("/c/")), "{:?}", scene.serials());
    // What was told once is told until the link is back: a node may have missed a generation.
    let (out, state) = (scene.out(), scene.state());
    scene.generate(&[]);
    assert!((scene.out(), scene.state()) == (out, state), "the next run changes nothing");
    scene.change(&mesh_of_own(&three()), &[]);
    assert_eq!(told(&scene.bundle("a/nodes/n1")), (4, json!([])));
}

/// Installers refuse to go back: whoever returns must not start again at 1.
#[test]
fn the_generation_of_who_returns_counts_on() {
    let scene = Scene::new(&mesh(&three()));
    scene.change(&mesh(&two()), &["--remove", "c"]);
    scene.change(&mesh(&three()), &[]);
    assert!(scene.bundle("c/nodes/n1").generation() > 1, "a cluster");
    assert!(scene.bundle("c/etcd/etcd1").generation() > 1, "its etcd");
    let without_n2 =
        edit(&mesh(&two()), "addresses: [10.0.2.1] }]\n  nodes: [n1, n2]", "addresses: [10.0.2.1] }]\n  nodes: [n1]");
    let scene = Scene::new(&mesh(&two()));
    scene.change(&without_n2, &[]);
    scene.change(&mesh(&two()), &[]);
    assert!(scene.bundle("b/nodes/n2").generation() > 1, "a node");
    assert_eq!(scene.bundle("b/nodes/n1").generation(), 1, "the other node stays as it was");
}

#[test]
fn nodes_come_and_go_without_a_word_to_others() {
    let scene = Scene::new(&mesh(&two()));
    let (archives, serials) = (scene.archives(), scene.serials());
    let [a, b] = two();
    scene.change(&mesh(&[edit(&a, "[n1, n2]", "[n2, n3]"), b]), &[]);
    assert_eq!(difference(&archives, &scene.archives()), set(&["a/nodes/n1", "a/nodes/n3"]));
    assert_eq!(scene.serials(), serials);
    assert_eq!(scene.index()["lastChange"]["bundles"], json!({ "a/nodes/n1": "gone", "a/nodes/n3": "new" }));
}

/// Every member of that etcd, for nobody knows which of them is behind the host, and nobody else.
#[test]
fn a_new_endpoint_host_reissues_only_that_etcds_servers() {
    let [a, b] = two();
    let b = edit(&b, "members: [", "members: [{ name: etcd2, addresses: [10.0.2.2] }, ");
    let clusters = [a, b, cluster("c", 3)];
    for (from, to, readers) in [
        (
            "endpoints: [\"https://10.0.2.1:2379\"]",
            "endpoints: [\"https://10.0.2.1:2379\", \"https://10.0.2.9:2379\"]",
            &["a", "c"][..],
        ),
        (
            "    members: [{ name: etcd2",
            "    endpointsFor: { c: [\"https://203.0.113.9:2379\"] }\n    members: [{ name: etcd2",
            &["c"],
        ),
    ] {
        let scene = Scene::new(&mesh(&clusters));
        let (archives, serials) = (scene.archives(), scene.serials());
        scene.change(&edit(&mesh(&clusters), from, to), &[]);
        assert_eq!(difference(&serials, &scene.serials()), set(&["server/b/etcd1", "server/b/etcd2"]), "{to}");
        let mut changed = set(&["b/etcd/etcd1", "b/etcd/etcd2"]);
        changed.extend(readers.iter().flat_map(|reader| [format!("{reader}/nodes/n1"), format!("{reader}/nodes/n2")]));
        assert_eq!(difference(&archives, &scene.archives()), changed, "{to}");
    }
}

#[test]
fn another_port_reissues_nothing() {
    let scene = Scene::new(&mesh(&two()));
    let (archives, serials) = (scene.archives(), scene.serials());
    scene.change(&edit(&mesh(&two()), "10.0.2.1:2379", "10.0.2.1:2479"), &[]);
    assert_eq!(scene.serials(), serials);
    assert_eq!(difference(&archives, &scene.archives()), set(&["a/nodes/n1", "a/nodes/n2"]));
}

/// Servers first, readers last: a server that does not know a reader refuses it.
#[test]
fn waves_tell_what_to_ship_in_which_order() {
    let scene = Scene::new(&mesh(&two()));
    record_everything(&scene.sandbox, 1);
    scene.change(&mesh(&three()), &[]);
    let index = scene.index();
    let waves = index["waves"].as_array().expect("waves");
    let names: Vec<_> = waves.iter().map(|wave| wave["wave"].as_str().expect("a name")).collect();
    assert_eq!(names, ["members", "users", "operators", "nodes"]);
    let users = json!({ "a": ["remote-c"], "b": ["remote-c"], "c": ["remote-a", "remote-b"] });
    assert_eq!(waves[1]["users"], users);
    assert_eq!(strings(&waves[0]["ship"]), ["c/etcd/etcd1.tar.gz"]);
    assert_eq!(strings(&waves[2]["ship"]), ["c/operator"]);
    assert_eq!(strings(&waves[3]["ship"]).len(), 6);
    let paths = strings(&waves[3]["ship"]).into_iter().chain(strings(&waves[0]["ship"])).chain(strings(&waves[2]["ship"]));
    for path in paths {
        assert!(scene.sandbox.path("out/bundles").join(path).exists(), "{path}");
    }
}
