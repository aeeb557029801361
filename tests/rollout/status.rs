//! How far a roll-out is.

use crate::installer::mesh::{MESH, three};
use crate::rollout::scene::{counts, installed, status, with_installers};

#[test]
fn a_node_is_done_when_its_newest_generation_is_in_use() {
    with_installers(|node| {
        assert_eq!(status(node, "a/node/n1")["known"], "nothing");
        counts(node, &installed(node, &[]));
        let due = status(node, "a/node/n1");
        assert_eq!((&due["installed"], &due["done"]), (&1.into(), &false.into()), "{due}");
        assert_eq!(due["due"], serde_json::json!(["agent", "announce"]));
        for what in ["agent", "announce"] {
            counts(node, &installed(node, &["--restarted", what]));
        }
        assert_eq!(status(node, "a/node/n1")["done"], true);

        // A generation later.
        node.change(&three(), &[]);
        let behind = status(node, "a/node/n1");
        assert_eq!(
            (&behind["installed"], &behind["written"], &behind["done"]),
            (&1.into(), &2.into(), &false.into()),
            "{behind}"
        );
        counts(node, &installed(node, &[]));
        assert_eq!(status(node, "a/node/n1")["done"], true);
        // Earlier receipts come late, and say nothing new.
        counts(node, &installed(node, &["--rollback"]));
        assert_eq!(status(node, "a/node/n1")["installed"], 1);

        counts(node, &installed(node, &["--uninstall"]));
        assert_eq!(status(node, "a/node/n1")["known"], "uninstalled");
    });
}

/// A cluster that left is still installed somewhere.
#[test]
fn what_left_the_mesh_is_open_until_it_is_uninstalled() {
    with_installers(|node| {
        counts(node, &installed(node, &[]));
        let alone = MESH.replace("- name: a\n  id: 1\n", "- name: c\n  id: 3\n").replace("etcd-a", "etcd-c");
        node.change(&alone, &["--remove", "a"]);
        let left = status(node, "a/node/n1");
        assert_eq!((&left["wave"], left.get("written"), &left["done"]), (&"withdrawal".into(), None, &false.into()), "{left}");
        counts(node, &installed_before(node));
        assert_eq!(status(node, "a/node/n1"), serde_json::Value::Null);
    });
}

/// Nothing prints a receipt of users that no cluster needs any more, or of an operator.
#[test]
fn what_left_the_mesh_and_has_no_installer_is_removed_by_hand() {
    with_installers(|node| {
        let by_hand = |unit| node.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", unit]);
        for unit in ["a/users", "a/operator"] {
            by_hand(unit);
            assert_eq!(status(node, unit)["done"], true);
        }
        let alone = MESH.replace("- name: a\n  id: 1\n", "- name: c\n  id: 3\n").replace("etcd-a", "etcd-c");
        node.change(&alone, &["--remove", "a"]);
        for unit in ["a/users", "a/operator"] {
            let left = status(node, unit);
            assert_eq!((&left["wave"], &left["done"]), (&"withdrawal".into(), &false.into()), "{left}");
            assert!(node.sandbox.ok(&["rollout", "status"]).said("remove it, and record that with --by-hand"));
            by_hand(unit);
            assert_eq!(status(node, unit), serde_json::Value::Null);
        }
        assert_eq!(node.sandbox.run(&["rollout", "record", "mesh.yaml", "--by-hand", "x/users"]).status, 1);
    });
}

/// The bundle is gone from the output; its installer is still on the node.
fn installed_before(node: &crate::installer::node::Node) -> String {
    let script = node.at("var/lib/meshbundle/node/current/install.sh");
    let root = node.root();
    let words = ["--root", root.to_str().expect("text"), "--uninstall"];
    let ran = crate::support::Ran::of(&mut node.command(&script, &words));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.stdout
}

#[test]
fn the_text_fits_a_screen_and_names_what_is_open() {
    with_installers(|node| {
        counts(node, &installed(node, &[]));
        let ran = node.sandbox.ok(&["rollout", "status"]);
        for words in [
            "mesh m: 0 of 9 units have what was written last",
            "members: 0 of 2",
            "a/member/etcd-a nothing recorded; generation 1 was written",
            "a/node/n1 generation 1; restart due: agent, announce",
        ] {
            assert!(ran.said(words), "{words}: {}", ran.stdout);
        }
        assert_eq!(node.sandbox.run(&["rollout", "status", "--exit-code"]).status, 1);
        let nodes: Vec<String> = (1..400).map(|number| format!("m{number}")).collect();
        node.change(&MESH.replace("nodes: [n1, {", &format!("nodes: [n1, {}, {{", nodes.join(", "))), &[]);
        let ran = node.sandbox.ok(&["rollout", "status"]);
        assert!(ran.stdout.lines().count() < 30 && ran.said("and 396 more"), "{}", ran.stdout);
    });
}
