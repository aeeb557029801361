//! What it places, where, and what it does not touch.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::installer::mesh::{MESH, moved, three};
use crate::installer::node::{Node, PEERS, in_each_shell};

#[test]
fn what_is_in_the_payload_is_placed_with_its_modes() {
    in_each_shell(MESH, |node| {
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
        for (path, _) in node.tree() {
            let seen = fs::metadata(node.at(&path)).expect("metadata");
            assert_eq!((seen.uid(), seen.gid()), (0, 0), "{path}");
        }
        let folder = |path: &str| fs::metadata(node.at(path)).expect("a folder").mode() & 0o7777;
        assert_eq!((folder(PEERS), folder("etc/cilium"), folder("var/lib/meshbundle/node")), (0o755, 0o755, 0o700));
    });
}

#[test]
fn a_second_run_changes_no_inode() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let before = node.inodes();
        let ran = node.installed("a/nodes/n1", &[], "changed=no restart=none");
        assert!(ran.said("unchanged: generation 1"), "{}", ran.stderr);
        assert_eq!(node.inodes(), before);
    });
}

#[test]
fn an_archive_is_installed_without_being_unpacked_first() {
    in_each_shell(MESH, |node| {
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        let archive = node.keep("a/nodes/n1", "kept.tar.gz");
        let (root, archive) = (node.root(), archive.to_str().expect("text").to_owned());
        let tmp = node.sandbox.path("tmp");
        fs::create_dir(&tmp).expect("a folder");
        let words = ["--root", root.to_str().expect("text"), &archive];
        let ran = crate::support::Ran::of(node.command(&script, &words).env("TMPDIR", &tmp));
        assert_eq!((ran.status, ran.last_line()), (0, "changed=yes restart=agent,announce"), "{}", ran.stderr);
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
        assert_eq!(fs::read_dir(tmp).expect("a folder").count(), 0, "keys are left in TMPDIR");
    });
}

#[test]
fn only_what_differs_is_replaced() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let inode = |name: &str| fs::metadata(node.at(&format!("{PEERS}/{name}"))).expect("metadata").ino();
        let before = ["b", "b.etcd-client.crt", "b.etcd-client.key"].map(inode);
        node.change(&moved(), &[]);
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        let after = ["b", "b.etcd-client.crt", "b.etcd-client.key"].map(inode);
        assert!(before[0] != after[0] && before[1..] == after[1..]);
        assert!(node.read("var/lib/clustermesh/b").contains("10.0.2.9"));
    });
}

#[test]
fn a_dry_run_says_what_would_be_and_touches_nothing() {
    in_each_shell(MESH, |node| {
        let before = node.inodes();
        let ran = node.installed("a/nodes/n1", &["--dry-run"], "changed=yes restart=agent,announce");
        assert!(ran.said("places") && ran.said("var/lib/clustermesh/b") && ran.said("nothing was changed"), "{}", ran.stderr);
        assert_eq!(node.inodes(), before);
        node.install("a/nodes/n1", &[]);
        node.installed("a/nodes/n1", &["--dry-run"], "changed=no restart=none");
        let before = node.inodes();
        node.change(&three(), &[]);
        node.installed("a/nodes/n1", &["--dry-run"], "changed=yes restart=none");
        assert_eq!(node.inodes(), before);
    });
}

#[test]
fn what_someone_has_broken_is_put_right() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.write("var/lib/clustermesh/b.etcd-client.crt", "nonsense");
        fs::remove_file(node.at("etc/cilium/clustermesh.env")).expect("removed");
        let key = node.at("var/lib/clustermesh/b.etcd-client.key");
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("a mode");
        let ran = node.installed("a/nodes/n1", &[], "changed=yes restart=agent");
        assert_eq!(ran.stderr.matches("  places  ").count(), 3, "{}", ran.stderr);
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}

/// The folder may be a link, and may have modes of its own.
#[test]
fn a_linked_folder_of_peers_is_filled_where_it_is() {
    in_each_shell(MESH, |node| {
        for folder in ["data/peers", "var/lib"] {
            fs::create_dir_all(node.at(folder)).expect("folders");
        }
        fs::set_permissions(node.at("data/peers"), std::os::unix::fs::PermissionsExt::from_mode(0o750)).expect("a mode");
        symlink("../../data/peers", node.at(PEERS)).expect("a link");
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        assert!(fs::symlink_metadata(node.at(PEERS)).expect("there").file_type().is_symlink());
        assert_eq!(fs::metadata(node.at("data/peers")).expect("a folder").mode() & 0o7777, 0o750);
        assert!(node.at("data/peers/b.etcd-client.key").is_file());
        no_stage(node, "data");
        node.installed("a/nodes/n1", &[], "changed=no restart=none");
    });
}

/// Others could read a key, or write into what agents read.
#[test]
fn modes_and_owners_that_open_a_file_are_put_right() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        std::os::unix::fs::chown(node.at("var/lib/clustermesh/b.etcd-client.key"), Some(65534), None).expect("chown");
        fs::set_permissions(node.at("var/lib/clustermesh/b"), std::os::unix::fs::PermissionsExt::from_mode(0o666))
            .expect("a mode");
        let ran = node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        assert_eq!(ran.stderr.matches("  places  ").count(), 2, "{}", ran.stderr);
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}

/// Tar takes `host:file` for a file of another machine, and `cd` follows CDPATH.
#[test]
fn odd_names_and_surroundings_do_not_matter() {
    in_each_shell(MESH, |node| {
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        node.keep("a/nodes/n1", "2026-11-22T10:00:a1.tar.gz");
        fs::create_dir(node.sandbox.path("root")).expect("a folder");
        let words = ["--root", "root", "2026-11-22T10:00:a1.tar.gz"];
        let ran = crate::support::Ran::of(node.command(&script, &words).env("CDPATH", node.sandbox.path(".")));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    });
}

/// A folder that is mounted, with what is staged beside it on another file system, is refused: a rename would be a copy.
#[test]
fn a_mounted_clustermesh_directory_is_refused() {
    in_each_shell(MESH, |node| {
        fs::create_dir_all(node.at(PEERS)).expect("folders");
        for mount in ["mount -t tmpfs none \"$0\"", "mount --bind /mnt \"$0\""] {
            let ran = node.mounted(mount, PEERS);
            assert_eq!(ran.status, 1, "{mount}: {}", ran.stderr);
            assert!(ran.said("is a mount point"), "{}", ran.stderr);
        }
        assert_eq!(node.peers().len(), 0);
    });
}

pub(crate) fn no_stage(node: &Node, folder: &str) {
    for entry in fs::read_dir(node.at(folder)).expect("a folder") {
        let name = entry.expect("readable").file_name().into_string().expect("text");
        assert!(!name.starts_with(".meshbundle"), "{name} is left");
    }
}
