//! A CA that the user provides is replaced by another one that the user provides.

use crate::evolution::mesh::edit;
use crate::evolution::scene::Scene;
use crate::rotation::scene::{Files, demand_overlap, refused, rotate, ship, two};
use crate::support::Sandbox;

/// Two clusters, of which the second has the CA `ca`; `old` and `new` are provided.
fn with(ca: &str, brought: &[&str]) -> String {
    let brought: String =
        brought.iter().map(|name| format!("    {name}: {{ certificate: {name}.crt, key: {name}.key }}\n")).collect();
    let text = edit(&two(), "trust:\n", &format!("trust:\n  authorities:\n{brought}"));
    edit(&text, "    peers: true\n", &format!("    peers: true\n    authority: {ca}\n"))
}

fn scene(text: &str) -> Scene {
    let scene = Scene { sandbox: Sandbox::with_mesh(text) };
    ["old", "new", "other"].into_iter().for_each(|name| scene.sandbox.authority(name));
    scene.generate(&["--create-authorities"]);
    ship(&scene);
    scene
}

const BOTH: &[&str] = &["old", "new", "other"];

#[test]
fn the_mesh_names_the_new_one_before_the_old_one_is_retired() {
    let scene = scene(&with("old", BOTH));
    let mut steps = vec![Files::of(&scene)];
    refused(
        &scene,
        "old",
        &["--next"],
        &["the user provides CA `old`", "provide it as `trust.authorities.old-2`, and pass `--to old-2`"],
    );
    rotate(&scene, "old", &["--to", "new", "--next"]);
    steps.push(Files::of(&scene));
    ship(&scene);
    // The mesh may name either.
    scene.change(&with("new", BOTH), &[]);
    assert!(scene.plan(&[])["pending"] == false);
    scene.change(&with("old", BOTH), &[]);
    refused(&scene, "old", &["--to", "other", "--next"], &["CA `old` is being replaced by `new`, not by `other`"]);
    rotate(&scene, "old", &["--next"]);
    steps.push(Files::of(&scene));
    ship(&scene);
    refused(&scene, "old", &["--next"], &["refusing to retire CA `old`: the mesh names it at `b`", "`authority: new`"]);
    scene.change(&with("new", BOTH), &[]);
    rotate(&scene, "old", &["--next"]);
    steps.push(Files::of(&scene));
    ship(&scene);
    // Nothing depends on it any more.
    scene.change(&with("new", &["new"]), &[]);
    assert_eq!(scene.plan(&[])["pending"], false);
    demand_overlap(&steps);
    assert!(!steps[0].reach(&steps[2]) && !steps[3].reach(&steps[1]));
    // To go back, it has to be there again.
    refused(&scene, "old", &["--back"], &["CM0626", "put `trust.authorities.old` back"]);
    scene.edit(&with("new", BOTH));
    rotate(&scene, "old", &["--back"]);
    demand_overlap(&[steps.pop().expect("a step"), Files::of(&scene)]);
}

#[test]
fn other_changes_of_trust_wait_until_the_rotation_is_over() {
    let scene = scene(&with("old", BOTH));
    rotate(&scene, "old", &["--to", "new", "--next"]);
    ship(&scene);
    scene.edit(&with("other", BOTH));
    scene.refused(&[], 1, &["CM0626", "refusing to change who is trusted at `b` while CA `old` is being replaced"]);
    scene.edit(&with("old", &["old"]));
    scene.refused(&[], 1, &["CM0626", "put `trust.authorities.new` back"]);
    scene.edit(&with("old", BOTH));
    refused(&scene, "new", &["--next"], &["no CA of the mesh is called `new`"]);
    scene.generate(&[]);
}

/// Servers and clients of one etcd have a CA each, and the mesh names the one that follows for the clients in the middle of both.
#[test]
fn two_cas_of_one_etcd_are_replaced_at_the_same_time() {
    let with = |clients: &str| {
        edit(&with("mesh", BOTH), "authority: mesh\n", &format!("authority: mesh\n    clientSigner: {clients}\n"))
    };
    let scene = scene(&with("old"));
    for step in 0..3 {
        if step == 2 {
            refused(&scene, "old", &["--next"], &["the mesh names it at `b`"]);
            scene.change(&with("new"), &[]);
        }
        let to: &[&str] = if step == 0 { &["--to", "new"] } else { &[] };
        rotate(&scene, "old", &[&["--next"], to].concat());
        rotate(&scene, "mesh", &["--next"]);
        ship(&scene);
    }
    assert_eq!(scene.plan(&[])["pending"], false);
    rotate(&scene, "mesh", &["--back"]);
}

/// A CA that was made here gives way to a provided one.
#[test]
fn a_provided_ca_follows_one_that_was_made_here() {
    let named = |named: bool| {
        let text = edit(&two(), "trust:\n", "trust:\n  authorities:\n    new: { certificate: new.crt, key: new.key }\n");
        if named { edit(&text, "clusters:\n", "defaults: { etcd: { authority: new } }\nclusters:\n") } else { text }
    };
    let scene = scene(&named(false));
    let mut steps = vec![Files::of(&scene)];
    for turn in 0..3 {
        let to: &[&str] = if turn == 0 { &["--to", "new"] } else { &[] };
        if turn == 2 {
            refused(&scene, "mesh", &["--next"], &["the mesh names it at `a`, and at 1 more"]);
            scene.change(&named(true), &[]);
        }
        rotate(&scene, "mesh", &[&["--next"], to].concat());
        steps.push(Files::of(&scene));
        ship(&scene);
    }
    demand_overlap(&steps);
    assert_eq!(scene.plan(&[])["pending"], false);
}
