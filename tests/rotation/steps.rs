//! The steps of a CA that was made here, forward and back. The files of each step work with those of the one before.

use std::fs;

use serde_json::{Value, json};

use crate::evolution::scene::{Scene, difference};
use crate::rotation::scene::{Files, demand_overlap, look, rotate, ship, two};
use crate::support::reports::judged;

/// Three steps, and nothing else changes: no edit of the mesh, no run in between.
#[test]
fn a_ca_is_introduced_then_signs_and_then_is_alone() {
    let scene = Scene::new(&two());
    ship(&scene);
    let mesh = scene.sandbox.read("mesh.yaml");
    let mut steps = vec![Files::of(&scene)];
    let mut serials = vec![scene.serials()];
    for step in ["introduce", "reissue", "retire"] {
        let report = look(&scene, "mesh");
        assert_eq!(report["step"]["after"]["step"], step);
        let ran = rotate(&scene, "mesh", &["--next"]);
        assert!(ran.said("here, since change"), "{}", ran.stdout);
        assert_eq!(look_at(&scene), (json!(step), json!("mesh"), json!("mesh-2")));
        steps.push(Files::of(&scene));
        serials.push(scene.serials());
        ship(&scene);
        // What runs every day changes nothing, but that it forgets what nobody needs.
        let archives = scene.archives();
        scene.generate(&["--renew"]);
        assert!(scene.archives() == archives, "{step}");
    }
    demand_overlap(&steps);
    // Why it takes steps.
    assert!(!steps[0].reach(&steps[2]) && !steps[3].reach(&steps[1]));
    assert_eq!((&serials[0], &serials[2]), (&serials[1], &serials[3]), "only the second one issues anything");
    assert_eq!(difference(&serials[1], &serials[2]).len(), 9, "two clients by each CA, three servers, two peers: {serials:?}");
    assert_eq!(scene.sandbox.read("mesh.yaml"), mesh);
    let plan = scene.plan(&[]);
    assert_eq!((&plan["pending"], &plan["kept"], &plan["nextSigners"]), (&json!(false), &json!([]), &json!([])));
    let status = scene.sandbox.run(&["rollout", "status", "--exit-code"]);
    assert_eq!(status.status, 0, "{}", status.stdout);
}

/// Agents connect again and members restart when the bytes of a CA file change: those of the second step are the first one's.
#[test]
fn nothing_that_runs_notices_the_second_step() {
    let scene = Scene::new(&two());
    ship(&scene);
    rotate(&scene, "mesh", &["--next"]);
    let introduced = Files::of(&scene).trust();
    assert_eq!(introduced.len(), 5);
    ship(&scene);
    for turn in ["--next", "--back", "--next"] {
        rotate(&scene, "mesh", &[turn]);
        assert!(Files::of(&scene).trust() == introduced, "{turn}");
        ship(&scene);
        scene.generate(&[]);
        assert!(Files::of(&scene).trust() == introduced, "the run after {turn}");
    }
}

/// Where the rotation is: its step, the old CA, the new one.
fn look_at(scene: &Scene) -> (Value, Value, Value) {
    let record = &scene.inventory()["rotations"]["mesh"];
    (record["step"].clone(), record["old"].clone(), record["new"].clone())
}

/// Back from each step, and forward again.
#[test]
fn each_step_can_be_taken_back() {
    let scene = Scene::new(&two());
    ship(&scene);
    let first = scene.out();
    let mut steps = vec![Files::of(&scene)];
    let mut go = |turn: &str, at: Option<&str>| {
        rotate(&scene, "mesh", &[turn]);
        assert_eq!(scene.inventory()["rotations"]["mesh"]["step"].as_str(), at, "{turn}");
        steps.push(Files::of(&scene));
        ship(&scene);
    };
    go("--next", Some("introduce"));
    go("--back", None);
    go("--next", Some("introduce"));
    go("--next", Some("reissue"));
    go("--back", Some("introduce"));
    go("--next", Some("reissue"));
    go("--next", Some("retire"));
    go("--back", Some("reissue"));
    go("--back", Some("introduce"));
    go("--back", None);
    demand_overlap(&steps);
    assert_ne!(scene.out(), first, "generations go on");
    assert_eq!(scene.plan(&[])["kept"], json!([]));
}

/// Half of the targets have a step, and it is taken back.
#[test]
fn a_step_that_is_half_way_out_can_be_taken_back() {
    let scene = Scene::new(&two());
    ship(&scene);
    rotate(&scene, "mesh", &["--next"]);
    ship(&scene);
    let introduced = Files::of(&scene);
    rotate(&scene, "mesh", &["--next"]);
    let reissued = Files::of(&scene);
    // No receipt of it is recorded.
    rotate(&scene, "mesh", &["--back"]);
    let back = Files::of(&scene);
    for (one, other) in [(&introduced, &back), (&back, &introduced), (&reissued, &back), (&back, &reissued)] {
        assert!(one.reach(other) && one.are_peers_of(other));
    }
    // What the new CA has signed may be in use: it stays trusted until receipts show that it is not.
    let ran = scene.sandbox.run(&["certs", "rotate", "mesh.yaml", "--ca", "mesh", "--back"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let kept = scene.plan(&[])["kept"].as_array().expect("a list").len();
    assert!(kept > 0);
    let gone = Files::of(&scene);
    assert!(reissued.reach(&gone) && gone.reach(&reissued) && gone.are_peers_of(&reissued));
    ship(&scene);
    scene.generate(&[]);
    assert_eq!(scene.plan(&[])["kept"], json!([]));
}

/// The CA that was made for the second time follows the one that was made for the first time.
#[test]
fn a_ca_is_replaced_again_years_later() {
    let scene = Scene::new(&two());
    ship(&scene);
    let whole = |more: &[&str]| {
        for turn in 0..3 {
            rotate(&scene, "mesh", &[&["--next"][..], if turn == 0 { more } else { &[] }].concat());
            ship(&scene);
        }
    };
    whole(&[]);
    whole(&["--again"]);
    let record = &scene.inventory()["rotations"]["mesh"];
    assert_eq!((&record["old"], &record["new"]), (&json!("mesh-2"), &json!("mesh-3")));
    assert_eq!(scene.plan(&[])["pending"], false);
    // A node that joins gets what the others have.
    let joined = two().replacen("nodes: [n1, n2]", "nodes: [n1, n2, n3]", 1);
    scene.change(&joined, &[]);
    let ca = |node: &str| scene.bundle(node).path("payload/var/lib/clustermesh/b.etcd-client-ca.crt");
    assert!(ca("a/nodes/n3").exists() || scene.bundle("a/nodes/n3").peers().exists());
    assert_eq!(scene.plan(&[])["pending"], false);
}

/// What is on a node and on a member says at which step they are, and what is missing for the next.
#[test]
fn the_files_of_a_node_say_at_which_step_they_are() {
    let mut scene = Scene::new(&two());
    ship(&scene);
    // The new CA is made on another day.
    scene.sandbox.at("2026-11-30T12:00:00Z");
    let files = ["out/bundles/a/nodes/n1.tar.gz", "out/bundles/b/etcd/etcd1.tar.gz"];
    let seen = |paths: &[&str]| {
        let report = scene.sandbox.ok(&[&["verify", "--format", "json"], paths].concat()).json();
        judged("verify", &report);
        let subjects = report["subjects"].as_array().expect("subjects").clone();
        let text = scene.sandbox.ok(&[&["verify"], paths].concat()).stdout;
        (subjects, text)
    };
    let rotation = |subjects: &[Value]| (subjects[0]["links"][0]["rotation"].clone(), subjects[1]["rotation"].clone());
    assert_eq!(rotation(&seen(&files).0), (Value::Null, Value::Null));
    rotate(&scene, "mesh", &["--next"]);
    let (subjects, text) = seen(&files);
    let (link, member) = rotation(&subjects);
    assert_eq!((&link["step"], &link["own"], &link["other"]), (&json!("introduce"), &json!("old"), &json!("old")));
    assert_eq!((&member["step"], &member["own"]), (&json!("introduce"), &json!("old")));
    assert!(
        text.contains("trusts CA `mesh clustermesh CA`") && text.contains("for `reissue`, all ends have to trust both"),
        "{text}"
    );
    ship(&scene);
    // The member has the next step already, and the node has not.
    fs::copy(scene.sandbox.path(files[0]), scene.sandbox.path("late.tar.gz")).expect("copied");
    rotate(&scene, "mesh", &["--next"]);
    let (subjects, text) = seen(&["late.tar.gz", files[1]]);
    let (link, _) = rotation(&subjects);
    assert_eq!((&link["step"], &link["own"], &link["other"]), (&json!("reissue"), &json!("old"), &json!("new")));
    assert!(text.contains("for `retire`, this end needs a certificate of the new one"), "{text}");
    assert!(seen(&files).1.contains("nothing of the old one may be in use at any end"));
    ship(&scene);
    rotate(&scene, "mesh", &["--next"]);
    assert_eq!(rotation(&seen(&files).0), (Value::Null, Value::Null));
}
