//! Whatever happens to the output folder, the next run mends it, to the same bytes.

use std::fs;

use crate::evolution::mesh::{cluster, mesh};
use crate::evolution::scene::Scene;

/// Does `harm` to the output of a generated mesh, and demands that `plan` sees it if it `shows`, and that a run mends it.
fn mended(shows: bool, harm: impl Fn(&Scene)) {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    scene.generate(&["--unpack"]);
    let (out, state) = (scene.out(), scene.state());
    harm(&scene);
    assert!(scene.out() != out, "it does harm");
    if shows {
        assert_eq!(scene.plan(&[])["pending"], true, "the plan tells");
    }
    let ran = scene.generate(&[]);
    assert!(ran.stdout.contains("0 certificates issued"), "{}", ran.stdout);
    assert!(scene.out() == out && scene.state() == state, "{:?}", scene.out().keys());
}

#[test]
fn a_deleted_archive_is_written_again() {
    mended(true, |scene| fs::remove_file(scene.sandbox.path("out/bundles/a/nodes/n1.tar.gz")).expect("removed"));
    mended(true, |scene| fs::remove_dir_all(scene.sandbox.path("out/bundles/b")).expect("removed"));
}

#[test]
fn a_damaged_archive_is_written_again() {
    let damage = |how: fn(&mut Vec<u8>)| {
        move |scene: &Scene| {
            let path = scene.sandbox.path("out/bundles/b/etcd/etcd1.tar.gz");
            let mut bytes = fs::read(&path).expect("an archive");
            how(&mut bytes);
            fs::write(path, bytes).expect("written");
        }
    };
    mended(false, damage(|bytes| bytes[200] ^= 1));
    mended(true, damage(Vec::clear));
    mended(true, damage(|bytes| bytes.truncate(bytes.len() - 1)));
    mended(true, damage(|bytes| bytes.push(0)));
}

#[test]
fn other_files_are_written_again() {
    for path in [
        "index.json",
        "SHA256SUMS",
        ".gitignore",
        "bundles/a/operator/operator.env",
        "unpacked/a/nodes/n1/manifest.json",
        "unpacked/a/nodes/n1/payload/var/lib/clustermesh/b.etcd-client.key",
    ] {
        let path = &format!("out/{path}");
        mended(false, |scene| fs::remove_file(scene.sandbox.path(path)).expect("removed"));
        // Whoever has another `.gitignore` wants it.
        if path != "out/index.json" && path != "out/.gitignore" {
            mended(false, |scene| fs::write(scene.sandbox.path(path), "other").expect("written"));
        }
    }
}

/// In a tree and of a loose file, the mode is part of what is written. An archive may be opened to whoever ships it.
#[test]
fn an_opened_key_is_closed_again() {
    use std::os::unix::fs::PermissionsExt;
    let key = "out/unpacked/a/nodes/n1/payload/var/lib/clustermesh/b.etcd-client.key";
    let open = |scene: &Scene| fs::set_permissions(scene.sandbox.path(key), fs::Permissions::from_mode(0o644));
    mended(false, |scene| open(scene).expect("opened"));
    mended(false, |scene| {
        let path = scene.sandbox.path("out/bundles/a/operator/operator.env");
        fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("opened");
    });
}

/// An index that nobody can read is no reason to guess.
#[test]
fn a_damaged_index_is_refused() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    scene.sandbox.write("out/index.json", "{");
    scene.refused(&[], 3, &["index.json"]);
}

#[test]
fn the_output_folder_can_be_made_again() {
    mended(true, |scene| {
        // Trees are kept in step as long as their folder is there.
        for folder in ["out/unpacked", "out/bundles"] {
            fs::remove_dir_all(scene.sandbox.path(folder)).expect("removed");
        }
        fs::create_dir(scene.sandbox.path("out/unpacked")).expect("a folder");
    });
}
