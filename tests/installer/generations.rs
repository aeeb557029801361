//! Generations come, go, and are undone; what others had there comes back.

use std::fs;

use crate::installer::mesh::{MESH, moved, three};
use crate::installer::node::{PEERS, in_each_shell};
use crate::installer::places::no_stage;

#[test]
fn a_cluster_comes_and_goes_as_the_manifest_says() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.change(&three(), &[]);
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
        node.change(
            &three().replace(MESH.split_once("- name: b").map_or("", |(_, b)| b), "").replace("- name: b- name: c", "- name: c"),
            &["--remove", "b"],
        );
        let ran = node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        let removed: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("  removes ")).collect();
        assert!(removed.len() == 4 && removed[0].ends_with("/b"), "{removed:?}");
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}

/// A node that was away while a cluster left still takes it out; whoever has put it there.
#[test]
fn a_removed_cluster_is_removed_even_if_another_tool_installed_it() {
    in_each_shell(&three(), |node| {
        node.change(MESH, &["--remove", "c"]);
        node.change(&moved(), &[]);
        for name in ["c", "c.etcd-client-ca.crt", "c.etcd-client.crt", "c.etcd-client.key", "d"] {
            node.write(&format!("{PEERS}/{name}"), "endpoints: [https://10.0.3.1:2379]\n");
        }
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        assert_eq!(node.peers(), ["b", "b.etcd-client-ca.crt", "b.etcd-client.crt", "b.etcd-client.key", "d"]);
    });
}

/// Running agents watch the old folder until they are restarted.
#[test]
fn another_clustermesh_directory_leaves_the_old_one() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let before = node.peers();
        let moved = MESH.replace("  id: 1\n", "  id: 1\n  configDir: /opt/peers\n");
        node.change(&moved, &[]);
        let ran = node.installed("a/nodes/n1", &[], "changed=yes restart=agent");
        assert!(ran.said("var/lib/clustermesh` stays, because agents watch it until they are restarted"), "{}", ran.stderr);
        assert_eq!(node.peers(), before);
        assert!(node.at("opt/peers/b").is_file());
        node.installed("a/nodes/n1", &["--rollback"], "changed=yes restart=agent");
        assert!(node.at("opt/peers/b").is_file() && node.peers() == before);
    });
}

/// What was removed by name once is not removed again and again.
#[test]
fn a_cluster_that_someone_has_put_back_by_hand_stays() {
    in_each_shell(&three(), |node| {
        node.install("a/nodes/n1", &[]);
        node.change(MESH, &["--remove", "c"]);
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        node.write("var/lib/clustermesh/c", "endpoints: [https://10.0.3.1:2379]\n");
        let ran = node.installed("a/nodes/n1", &[], "changed=no restart=none");
        assert!(ran.said("WARNING: agents take"), "{}", ran.stderr);
        node.change(&moved(), &[]);
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        assert!(node.at("var/lib/clustermesh/c").is_file());
    });
}

#[test]
fn rollback_restores_the_generation_before() {
    in_each_shell(MESH, |node| {
        node.refused("a/nodes/n1", &["--rollback"], "has no previous generation");
        node.install("a/nodes/n1", &[]);
        let first = node.tree();
        node.change(&three(), &[]);
        node.install("a/nodes/n1", &[]);
        node.installed("a/nodes/n1", &["--rollback", "--dry-run"], "changed=yes restart=none");
        assert_ne!(node.tree(), first);
        node.installed("a/nodes/n1", &["--rollback"], "changed=yes restart=none");
        assert_eq!(node.tree(), first);
        node.refused("a/nodes/n1", &["--rollback"], "has no previous generation");
        // And forward again.
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}

/// A cluster that was there by hand is taken over by a generation, and is there by hand again after it.
#[test]
fn rollback_puts_back_what_the_newer_generation_had_replaced() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.write("var/lib/clustermesh/c", "endpoints: [https://10.9.9.9:2379]\n");
        let before = node.tree();
        node.change(&three(), &[]);
        node.install("a/nodes/n1", &[]);
        let ran = node.installed("a/nodes/n1", &["--rollback"], "changed=yes restart=none");
        assert!(ran.said("returns"), "{}", ran.stderr);
        assert_eq!(node.tree(), before);
        // And once more: it is kept again.
        node.install("a/nodes/n1", &[]);
        node.install("a/nodes/n1", &["--rollback"]);
        assert_eq!(node.tree(), before);
    });
}

#[test]
fn an_installation_can_be_undone_without_an_archive() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.change(&three(), &[]);
        node.install("a/nodes/n1", &[]);
        let script = node.at("var/lib/meshbundle/node/current/install.sh");
        let root = node.root();
        for word in ["--rollback", "--uninstall"] {
            let words = ["--root", root.to_str().expect("text"), word];
            let ran = crate::support::Ran::of(&mut node.command(&script, &words));
            assert_eq!(ran.status, 0, "{word}: {}", ran.stderr);
        }
        assert!(node.tree().is_empty());
    });
}

#[test]
fn uninstall_restores_foreign_files() {
    in_each_shell(MESH, |node| {
        let config = "endpoints: [https://10.9.9.9:2379]\n";
        node.write("var/lib/clustermesh/b", config);
        node.write("var/lib/clustermesh/b.etcd-client.key", "a key of before");
        node.write("var/lib/clustermesh/mine.txt", "mine");
        node.write("etc/cilium/other.env", "OTHER=1");
        fs::set_permissions(node.at("var/lib/clustermesh/b"), std::os::unix::fs::PermissionsExt::from_mode(0o640))
            .expect("a mode");
        let before = node.tree();
        let folders = folders(&node.root());
        let ran = node.install("a/nodes/n1", &[]);
        assert!(ran.said("not from a bundle; --uninstall restores it"), "{}", ran.stderr);
        assert!(node.read("var/lib/clustermesh/b").contains("10.0.2.1"));
        node.change(&three(), &[]);
        node.install("a/nodes/n1", &[]);
        let ran = node.installed("a/nodes/n1", &["--uninstall"], "changed=yes restart=agent,announce");
        assert!(ran.said("uninstalled: `a/n1`"), "{}", ran.stderr);
        assert_eq!(node.tree(), before);
        assert_eq!(self::folders(&node.root()), folders, "folders are left, or gone");
        node.installed("a/nodes/n1", &["--uninstall"], "changed=no restart=none");
        no_stage(node, "var/lib");
    });
}

fn folders(root: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    entries.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}

/// A file of ours that later generations do not have is not left behind; one of a link that nobody removed is.
#[test]
fn what_a_generation_no_longer_has_goes() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let silent = MESH.replacen("announce: true", "announce: false", 1);
        node.change(&silent, &["--remove", "a:announce", "--remove", "b:announce"]);
        let ran = node.installed("a/nodes/n1", &[], "changed=yes restart=announce");
        assert!(ran.said("removes"), "{}", ran.stderr);
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}
