//! Members' bundles: files of etcd, with the owner that the mesh names.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::installer::mesh::MESH;
use crate::installer::node::in_each_shell;

const MEMBER: &str = "a/etcd/etcd-a";

#[test]
fn files_belong_to_whom_the_mesh_says() {
    in_each_shell(MESH, |node| {
        node.refused(MEMBER, &[], "this is the bundle of `etcd-a`");
        node.installed(MEMBER, &["--any-host"], "changed=yes restart=etcd");
        assert_eq!(node.tree(), node.wanted(MEMBER));
        for (path, _) in node.tree() {
            let seen = fs::metadata(node.at(&path)).expect("metadata");
            assert_eq!((seen.uid(), seen.gid()), (12345, 12346), "{path}");
        }
        node.installed(MEMBER, &["--any-host"], "changed=no restart=none");
        let key = node.at("etc/etcd/clustermesh/server.key");
        std::os::unix::fs::chown(&key, Some(0), Some(0)).expect("chown");
        node.installed(MEMBER, &["--any-host"], "changed=yes restart=none");
        assert_eq!(fs::metadata(key).expect("metadata").uid(), 12345);
    });
}

#[test]
fn a_renewed_certificate_needs_no_restart() {
    in_each_shell(MESH, |node| {
        node.install(MEMBER, &["--any-host"]);
        node.change(&MESH.replace("addresses: [10.0.1.1]", "addresses: [10.0.1.1, 10.0.1.2]"), &[]);
        node.installed(MEMBER, &["--any-host"], "changed=yes restart=none");
    });
}

#[test]
fn an_unknown_owner_is_refused() {
    in_each_shell(&MESH.replace("12345:12346", "no-such-user:no-such-group"), |node| {
        for words in [&["--any-host", "--dry-run"][..], &["--any-host"]] {
            node.refused(MEMBER, words, "files cannot be owned by `no-such-user:no-such-group`");
        }
    });
}

/// A machine may be a node and a member.
#[test]
fn node_and_member_do_not_know_of_each_other() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let before = node.tree();
        node.install(MEMBER, &["--any-host"]);
        node.installed(MEMBER, &["--uninstall"], "changed=yes restart=etcd");
        assert_eq!(node.tree(), before);
    });
}
