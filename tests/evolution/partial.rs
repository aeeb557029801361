//! Less than everything: `--cluster` and `--node` limit what is written, never what is checked, and `--unpack` adds trees.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, difference, set};

fn clusters() -> [String; 3] {
    [cluster("a", 1), cluster("b", 2), cluster("c", 3)]
}

/// Everything moves to another port: every node of the others gets a new config.
fn moved() -> String {
    edit(&mesh(&clusters()), "10.0.3.1:2379", "10.0.3.1:2479")
}

#[test]
fn a_limit_writes_only_what_it_names_and_a_full_run_completes() {
    for (limit, written) in [
        (&["--cluster", "a"][..], &["a/nodes/n1", "a/nodes/n2"][..]),
        (&["--node", "b/n2"], &["b/nodes/n2"]),
        (&["--node", "b/n2", "--cluster", "a", "--node", "a/n1"], &["a/nodes/n1", "a/nodes/n2", "b/nodes/n2"]),
        (&["--cluster", "c"], &[]),
    ] {
        let scene = Scene::new(&mesh(&clusters()));
        let before = scene.archives();
        let ran = scene.change(&moved(), limit);
        assert_eq!(difference(&before, &scene.archives()), set(written), "{limit:?}");
        let left = 4 - written.len();
        let words = format!(
            "{left} {} left for a run without --cluster and --node",
            if left == 1 { "archive is" } else { "archives are" }
        );
        assert!(ran.stdout.contains(&words), "{limit:?}: {}", ran.stdout);
        assert_eq!(scene.plan(&[])["pending"], true, "{limit:?}");
        let ran = scene.generate(&[]);
        assert!(ran.stdout.contains("0 certificates issued"), "{limit:?}: {}", ran.stdout);
        assert_eq!(scene.plan(&[])["pending"], false, "{limit:?}");
        let whole = scene.out();
        scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "fresh"]);
        assert!(scene.sandbox.tree("fresh") == whole, "{limit:?}: as if it had been written at once");
        assert_eq!(scene.bundle("b/nodes/n2").generation(), 2, "{limit:?}: it counts once");
    }
}

#[test]
fn the_first_run_may_be_limited() {
    // A member may be called as a node is.
    let [a, b, c] = clusters();
    let mesh = mesh(&[edit(&a, "name: etcd1", "name: n1"), b, c]);
    let scene = Scene { sandbox: crate::support::Sandbox::with_mesh(&mesh) };
    scene.generate(&["--create-authorities", "--node", "a/n1"]);
    assert_eq!(scene.archives().into_keys().collect::<BTreeSet<_>>(), set(&["a/nodes/n1"]));
    scene.generate(&[]);
    let whole = scene.out();
    scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "fresh"]);
    assert!(scene.sandbox.tree("fresh") == whole);
}

/// The limit is no way around a check.
#[test]
fn a_limit_checks_everything() {
    let scene = Scene::new(&mesh(&clusters()));
    scene.edit(&edit(&mesh(&clusters()), "id: 3\n", "id: 4\n"));
    scene.refused(&["--cluster", "a"], 1, &["CM0603"]);
    scene.edit(&mesh(&clusters()));
    scene.refused(&["--cluster", "nobody"], 2, &["`--cluster nobody`: there is no such cluster in the mesh"]);
    for node in ["a/nobody", "nobody/n1", "n1", "a", "a/etcd1", "a/n1/"] {
        scene.refused(
            &["--node", node],
            2,
            &[&format!("`--node {node}`: there is no such node in the mesh"), "write CLUSTER/NODE"],
        );
    }
}

/// What `--unpack` writes is what tar unpacks: files, folders, modes, bytes.
#[test]
fn unpack_equals_tars_unpacking() {
    let alone = edit(&mesh(&clusters()), "links: full", "links: [[a, b]]");
    let scene = Scene::new(&alone);
    scene.generate(&["--unpack"]);
    for bundle in scene.archives().keys() {
        let ours = scene.sandbox.path("out/unpacked").join(bundle);
        assert!(shape(&ours) == shape(&scene.bundle(bundle).path("")), "{bundle}: {:?}", shape(&ours).keys());
    }
    // Once there, they are kept in step.
    let again = edit(&alone, "10.0.2.1:2379", "10.0.2.1:2479");
    scene.change(&again, &[]);
    let ours = scene.sandbox.path("out/unpacked/a/nodes/n1");
    assert!(shape(&ours) == shape(&scene.bundle("a/nodes/n1").path("")));
    scene.change(&edit(&again, "addresses: [10.0.1.1] }]\n  nodes: [n1, n2]", "addresses: [10.0.1.1] }]\n  nodes: [n2]"), &[]);
    assert!(!ours.exists(), "a node that is gone has no tree");
}

/// Mode and bytes of every file, mode of every folder.
fn shape(folder: &Path) -> BTreeMap<String, (u32, Option<Vec<u8>>)> {
    let see = |entry: walkdir::DirEntry| {
        let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
        let bytes = entry.file_type().is_file().then(|| std::fs::read(entry.path()).expect("readable"));
        (entry.path().strip_prefix(folder).expect("below").display().to_string(), (mode, bytes))
    };
    let entries = walkdir::WalkDir::new(folder).min_depth(1).into_iter();
    entries.map(|entry| see(entry.expect("readable"))).collect()
}
