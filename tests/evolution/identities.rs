//! Names and ids of clusters that left: they are taken until no node can know them any more.

use super::mesh::{cluster, mesh};
use super::scene::Scene;
use crate::support::receipts::receipt_line;

fn two() -> [String; 2] {
    [cluster("a", 1), cluster("b", 2)]
}

fn with(third: &str, id: u8) -> String {
    mesh(&[&two()[..], &[cluster(third, id)]].concat())
}

/// `c` was there, with the id 3, and has left.
fn without_c() -> Scene {
    let scene = Scene::new(&with("c", 3));
    scene.change(&mesh(&two()), &["--remove", "c"]);
    scene
}

#[test]
fn an_id_is_taken_until_receipts_show_that_it_is_not_used() {
    let scene = Scene::new(&with("c", 3));
    let manifest = scene.bundle("c/nodes/n1").manifest();
    scene.change(&mesh(&two()), &["--remove", "c"]);
    scene.edit(&with("d", 3));
    let refused = |of_readers: &str| {
        let who = format!("nodes that may still know `c`: {of_readers}2 of `c`");
        scene.refused(&[], 1, &["CM0620", "refusing to give `d` the id 3: `c` has it", &who]);
    };
    refused("2 of `a`, 2 of `b`, ");
    scene.edit(&mesh(&two()));
    scene.record_all(10, &[]);
    scene.edit(&with("d", 3));
    refused("");
    let gone = |node: &str| {
        let removed = serde_json::json!({ "mesh": manifest["mesh"], "state": manifest["state"], "generation": 0, "digest": manifest["digest"] });
        receipt_line(&removed, &format!("c/node/{node}"), 11, &[])
    };
    scene.sandbox.write("receipts.txt", &[gone("n1"), gone("n2")].join("\n"));
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    scene.generate(&[]);
    assert_eq!(scene.bundle("a/nodes/n1").manifest()["links"][1], serde_json::json!({ "name": "d", "id": 3 }));
}

#[test]
fn the_word_of_the_operator_is_enough() {
    let scene = without_c();
    scene.edit(&with("d", 3));
    scene.refused(&[], 1, &["CM0620", "--by-hand a --by-hand b --by-hand c"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a", "--by-hand", "b", "--by-hand", "c"]);
    scene.generate(&[]);
}

/// In one run there is nothing that any node could have installed yet.
#[test]
fn an_id_does_not_go_to_another_cluster_in_the_run_that_removes_its_own() {
    let scene = Scene::new(&with("c", 3));
    scene.record_all(10, &[]);
    scene.edit(&with("d", 3));
    scene.refused(&["--remove", "c"], 1, &["CM0620", "2 of `a`, 2 of `b`, 2 of `c`"]);
}

#[test]
fn a_cluster_comes_back_with_its_own_id_only() {
    let scene = without_c();
    scene.edit(&with("c", 4));
    scene.refused(&[], 1, &["CM0620", "refusing to give `c` the id 4: when it left, it had 3", "set it back to 3"]);
    scene.change(&with("c", 3), &[]);
}

/// What was written after the cluster came back counts, not what was written when it left first.
#[test]
fn a_cluster_that_leaves_again_is_in_use_again() {
    let scene = without_c();
    scene.record_all(10, &[]);
    scene.change(&with("c", 3), &[]);
    scene.change(&mesh(&two()), &["--remove", "c"]);
    scene.edit(&with("d", 3));
    scene.refused(&[], 1, &["CM0620", "2 of `a`, 2 of `b`, 2 of `c`"]);
}
