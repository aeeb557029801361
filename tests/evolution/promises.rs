//! The three promises: it never makes an authority, never removes a link, never changes an identity unless told so by name. A
//! refusal is exit 1 with a code, and leaves state and output as they were, byte for byte.

use crate::evolution::mesh::{cluster, edit, mesh, mesh_of_own};
use crate::evolution::scene::Scene;
use crate::support::Sandbox;

fn two() -> [String; 2] {
    [cluster("a", 1), cluster("b", 2)]
}

fn three() -> [String; 3] {
    [cluster("a", 1), cluster("b", 2), cluster("c", 3)]
}

#[test]
fn generate_makes_no_ca_without_its_flag() {
    let sandbox = Sandbox::with_mesh(&mesh(&two()));
    let ran = sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("CM0601") && ran.stdout.contains("refusing to create CA `mesh`"), "{}", ran.stderr);
    assert!(ran.stdout.contains("--create-authorities"), "it tells how: {}", ran.stdout);
    assert!(!sandbox.path("out").exists() && !sandbox.path("state").exists(), "a refusal leaves no trace");

    let scene = Scene::new(&mesh_of_own(&two()));
    scene.edit(&mesh_of_own(&three()));
    scene.refused(&[], 1, &["CM0601", "refusing to create CA `c`"]);
    // Not even by the way, with everything else that can be said.
    scene.refused(&["--renew"], 1, &["CM0601"]);
    scene.generate(&["--create-authorities"]);
    assert_eq!(scene.inventory()["authorities"].as_object().map(serde_json::Map::len), Some(3));
}

#[test]
fn it_never_replaces_an_authority_of_its_own() {
    let scene = Scene::new(&mesh_of_own(&two()));
    let before = scene.inventory()["authorities"].clone();
    scene.generate(&["--create-authorities", "--renew"]);
    assert_eq!(scene.inventory()["authorities"], before);
    // An authority that is lost is an error, and no reason for a new one.
    let key = scene.state().into_keys().find(|path| path.starts_with("authorities/a.") && path.ends_with(".crt"));
    std::fs::remove_file(scene.sandbox.path("state").join(key.expect("a's certificate"))).expect("removed");
    scene.refused(&["--create-authorities"], 1, &["CM0611", "CA `a` cannot be used: `state/authorities/a."]);
}

#[test]
fn generate_removes_no_cluster_without_its_flag() {
    let scene = Scene::new(&mesh(&three()));
    scene.edit(&mesh(&two()));
    let words = ["CM0602", "refusing to remove `c`", "if it leaves, pass `--remove c`; otherwise put it back"];
    scene.refused(&[], 1, &words);
    scene.refused(&["--create-authorities", "--renew"], 1, &words);
    scene.refused(&["--remove", "a/c"], 1, &["CM0602"]);
    scene.plan_refused(&[], &words);
    scene.generate(&["--remove", "c"]);
}

#[test]
fn generate_removes_no_link_without_its_flag() {
    let pairs = |pairs: &str| edit(&mesh(&three()), "links: full", &format!("links: {pairs}"));
    let scene = Scene::new(&mesh(&three()));
    scene.edit(&pairs("[[a, b], [b, c]]"));
    let words = [
        "CM0605",
        "refusing to remove the link between `a` and `c`",
        "to end the link, pass `--remove a/c`; otherwise put it back",
    ];
    scene.refused(&[], 1, &words);
    scene.refused(&["--remove", "a/b"], 1, &["CM0608", "it is still in the mesh"]);
    scene.plan_refused(&[], &words);
    scene.generate(&["--remove", "c/a"]);
    assert_eq!(scene.bundle("a/nodes/n1").manifest()["removedLinks"], serde_json::json!(["c"]));
    assert_eq!(scene.bundle("b/nodes/n1").generation(), 1, "who keeps all links keeps the bundle");
    scene.edit(&edit(&pairs("[[a, b], [b, c]]"), "[[a, b], [b, c]]", "{ hub: c }"));
    scene.refused(&[], 1, &["CM0605", "between `a` and `b`"]);
}

#[test]
fn it_never_changes_an_identity() {
    let scene = Scene::new(&mesh(&two()));
    let id = ["CM0603", "refusing to change the id of `b` from 2 to 7", "set it back to 2"];
    scene.edit(&edit(&mesh(&two()), "id: 2\n", "id: 7\n"));
    scene.refused(&[], 1, &id);
    scene.refused(&["--create-authorities", "--renew"], 1, &id);
    scene.plan_refused(&[], &id);
    let name = ["CM0603", "refusing to rename `b` to `bb`", "`--remove b`"];
    scene.edit(&edit(&mesh(&two()), "name: b\n", "name: bb\n"));
    scene.refused(&[], 1, &name);
    scene.plan_refused(&[], &name);
    // Two clusters that swap their ids swap their identities.
    scene.edit(&edit(&edit(&edit(&mesh(&two()), "id: 2\n", "id: 9\n"), "id: 1\n", "id: 2\n"), "id: 9\n", "id: 1\n"));
    scene.refused(&[], 1, &["id of `a` from 1 to 2", "id of `b` from 2 to 1"]);
    scene.edit(&edit(&mesh(&two()), "mesh: test", "mesh: other"));
    scene.refused(&[], 1, &["CM0606", "the state belongs to the mesh `test`, this is `other`"]);
}

/// The old cluster is gone for good, and another one takes its id: that must be said.
#[test]
fn an_id_changes_only_with_its_flag() {
    let scene = Scene::new(&mesh(&two()));
    scene.edit(&edit(&mesh(&two()), "name: b\n", "name: bb\n"));
    scene.refused(&[], 1, &["CM0603"]);
    // Its id stays taken while a node may still know it.
    scene.refused(&["--remove", "b"], 1, &["CM0620"]);
    scene.change(&edit(&edit(&mesh(&two()), "name: b\n", "name: bb\n"), "id: 2\n", "id: 3\n"), &["--remove", "b"]);
    assert_eq!(scene.bundle("a/nodes/n1").manifest()["links"], serde_json::json!([{ "name": "bb", "id": 3 }]));
}

#[test]
fn remove_of_nonsense_is_refused() {
    let scene = Scene::new(&mesh(&three()));
    for (what, words) in [
        ("nobody", "`--remove nobody` removes nothing: no earlier run included that cluster"),
        ("a", "`--remove a` removes nothing: it is still in the mesh; take it out of `clusters` as well"),
        ("b/a", "`--remove a/b` removes nothing: it is still in the mesh; take it out of `links` as well"),
        ("a/nobody", "`--remove a/nobody` removes nothing: there was no such link"),
        ("", "removes nothing"),
        ("/", "removes nothing"),
        ("a/b/c", "removes nothing"),
    ] {
        scene.refused(&["--remove", what], 1, &["CM0608", words]);
    }
    scene.edit(&mesh(&two()));
    scene.refused(&["--remove", "c", "--remove", "d"], 1, &["`--remove d` removes nothing"]);
    scene.generate(&["--remove", "c"]);
    // Said again, it is no slip: a run that was stopped half-way is run again with the same words.
    let (out, state) = (scene.out(), scene.state());
    scene.generate(&["--remove", "c"]);
    assert!((scene.out(), scene.state()) == (out, state));
}
