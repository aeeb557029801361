//! What else changes in a mesh while a CA is being replaced.

use crate::evolution::mesh::{cluster, edit, mesh_of_own};
use crate::evolution::scene::{Scene, difference};
use crate::evolution::trust::connect_at;
use crate::rotation::scene::{rotate, ship, two};

const NOW: &str = "1795262400";

/// The CA of one cluster: nothing changes at the etcds of others.
#[test]
fn the_ca_of_one_cluster_is_replaced_alone() {
    let scene = Scene::new(&mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]));
    ship(&scene);
    let before = scene.archives();
    for _ in 0..3 {
        rotate(&scene, "b", &["--next"]);
        ship(&scene);
    }
    let changed = difference(&before, &scene.archives());
    assert!(changed.iter().all(|path| !path.contains("/etcd/") || path.starts_with("b/")), "{changed:?}");
    assert!(changed.contains("a/nodes/n1") && changed.contains("b/etcd/etcd1"));
    assert_eq!(scene.plan(&[])["pending"], false);
}

/// Nodes and clusters that join at any step work with those that were there.
#[test]
fn nodes_and_clusters_join_at_any_step() {
    for steps in 1..=3 {
        let scene = Scene::new(&two());
        ship(&scene);
        for _ in 0..steps {
            rotate(&scene, "mesh", &["--next"]);
            ship(&scene);
        }
        let node = scene.bundle("a/nodes/n1");
        let joined = edit(&two(), "- name: b\n", &format!("{}- name: b\n", cluster("c", 3)));
        scene.change(&joined.replacen("nodes: [n1, n2]", "nodes: [n1, n2, n3]", 1), &[]);
        let (new, other) = (scene.bundle("a/nodes/n3"), scene.bundle("c/nodes/n1"));
        let member = scene.bundle("b/etcd/etcd1");
        for reader in [&node, &new, &other] {
            assert!(connect_at(reader, &member, NOW), "{steps}");
        }
        ship(&scene);
        if steps < 3 {
            rotate(&scene, "mesh", &["--next"]);
        }
    }
}
