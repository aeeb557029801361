//! A unit that is gone for good does not keep a CA from being replaced, if it is left behind by name.

use serde_json::json;

use crate::evolution::scene::Scene;
use crate::rotation::scene::{refused, rotate, ship, two};
use crate::support::receipts::{manifest, receipt_line, unit};

/// Ships everything but to `a/node/n2`.
fn ship_to_others(scene: &Scene, counter: u64) {
    let others = scene.archives().into_keys().filter(|path| path != "a/nodes/n2");
    let receipt = |path: String| receipt_line(&manifest(&scene.sandbox, &path), &unit(&path), counter, &[]);
    scene.sandbox.write("receipts.txt", &others.map(receipt).collect::<Vec<_>>().join("\n"));
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
}

#[test]
fn a_unit_that_is_left_behind_is_shown_until_it_has_caught_up() {
    let scene = Scene::new(&two());
    ship(&scene);
    rotate(&scene, "mesh", &["--next"]);
    ship_to_others(&scene, 2_000);
    refused(&scene, "mesh", &["--next"], &["1 unit is not known to trust it: `a/node/n2`", "--without UNIT"]);
    rotate(&scene, "mesh", &["--next", "--without", "a/node/n2"]);
    ship_to_others(&scene, 3_000);
    refused(&scene, "mesh", &["--next"], &["1 unit may have what it signed: `a/node/n2`"]);
    rotate(&scene, "mesh", &["--next", "--without", "a/node/n2"]);
    ship_to_others(&scene, 4_000);
    let rotations = || scene.sandbox.ok(&["rollout", "status", "--format", "json"]).json()["rotations"].clone();
    assert_eq!(rotations()[0]["leftBehind"], json!(["a/node/n2"]));
    let status = scene.sandbox.run(&["rollout", "status", "--exit-code"]);
    assert!(status.status == 1 && status.said("a/node/n2 was left behind"), "{}", status.stdout);
    assert_eq!(scene.plan(&[])["pending"], false, "the run of the next day changes nothing");
    ship(&scene);
    scene.record_all(9_000, &[]);
    assert_eq!(rotations(), json!([]));
}
