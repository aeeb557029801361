//! Steps that are refused: nothing is written, and the words say what to do.

use crate::evolution::scene::Scene;
use crate::rotation::scene::{refused, rotate, ship, two};

const NEXT: &[&str] = &["--next"];

#[test]
fn no_step_is_taken_before_the_one_before_is_in_use_everywhere() {
    let scene = Scene::new(&two());
    ship(&scene);
    rotate(&scene, "mesh", NEXT);
    refused(
        &scene,
        "mesh",
        NEXT,
        &["CM0625", "refusing to let CA `mesh-2` sign: 7 units are not known to trust it", "rollout record"],
    );
    // A member that has the files, and whose etcd has not read them, is one of those.
    scene.record_all(5_000, &["etcd"]);
    refused(&scene, "mesh", NEXT, &["3 units", "`a/member/etcd1`, `b/member/etcd1`, `b/member/etcd2`"]);
    ship(&scene);
    scene.record_all(6_000, &[]);
    rotate(&scene, "mesh", NEXT);
    refused(&scene, "mesh", NEXT, &["refusing to retire CA `mesh`", "7 units may have what it signed"]);
    // The operator's word is no evidence.
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a", "--by-hand", "b"]);
    refused(&scene, "mesh", NEXT, &["refusing to retire CA `mesh`"]);
}

#[test]
fn what_is_no_step_is_refused() {
    let scene = Scene::new(&two());
    ship(&scene);
    refused(&scene, "other", NEXT, &["no CA of the mesh is called `other`", "the CAs of the mesh: `mesh`"]);
    refused(&scene, "mesh", &["--back"], &["there is no step to take back"]);
    refused(&scene, "mesh", &["--next", "--to", "corp"], &["the mesh provides no CA `corp`"]);
    refused(&scene, "mesh", &["--next", "--without", "a/node/n9"], &["CM0618", "`--without a/node/n9` matches nothing"]);
    for _ in 0..3 {
        rotate(&scene, "mesh", NEXT);
        ship(&scene);
    }
    refused(&scene, "mesh", NEXT, &["`mesh-2` has replaced CA `mesh`: there is no next step", "--again"]);
    // To look at what is over is no error.
    let over = scene.sandbox.ok(&["certs", "rotate", "mesh.yaml", "--ca", "mesh"]);
    assert!(over.said("here, since change") && !over.said("CM0625"), "{}", over.stdout);
}

/// A cluster that joins with a CA of its own would have taken that of the rotation.
#[test]
fn a_ca_of_the_mesh_does_not_get_the_name_of_one_that_follows() {
    use crate::evolution::mesh::{cluster, mesh_of_own};
    let scene = Scene::new(&mesh_of_own(&[cluster("a", 1), cluster("a-2", 2)]));
    ship(&scene);
    rotate(&scene, "a", NEXT);
    assert_eq!(scene.inventory()["rotations"]["a"]["new"], "a-3");
    scene.edit(&mesh_of_own(&[cluster("a", 1), cluster("a-2", 2), cluster("a-3", 3)]));
    scene.refused(&["--create-authorities"], 1, &["CM0626", "`a-3` is the CA that follows `a`"]);
}
