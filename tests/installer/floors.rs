//! No rollback goes behind a change of hosts, users or CAs: what other clusters have may no longer work with what was before it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::installer::mesh::{MESH, moved, three};
use crate::installer::node::{Node, in_each_shell};
use crate::support::tool;

const NODE: &str = "a/nodes/n1";
const REFUSED: &str = "changed hosts, users or CAs of `a/n1`: other clusters may no longer work with generation 1";

/// The etcd of `b` has other users.
fn renamed() -> String {
    MESH.replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { clientName: \"peer-{cluster}\", ")
}

/// The etcd of `b` is to have another CA: it is trusted first.
fn trusted() -> String {
    MESH.replace("\nclusters:", "\ntrust: { authorities: { new: { certificate: new.crt, key: new.key } } }\nclusters:")
        .replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { authority: new, ")
}

/// Options of `a` are others.
fn reset() -> String {
    MESH.replace("{ version: \"1.19\" }", "{ version: \"1.19\", policyDefaultLocalCluster: true }")
}

/// Installs the first generation, which is returned, and one with this mesh.
fn two_generations(node: &Node, mesh: &str, more: &[&str]) -> PathBuf {
    assert!(mesh != MESH || !more.is_empty(), "nothing changes");
    node.sandbox.authority("new");
    let old = node.keep(NODE, "old.tar.gz");
    node.install(NODE, &[]);
    node.change(mesh, more);
    assert_eq!(node.install(NODE, &[]).status, 0);
    old
}

#[test]
fn no_rollback_goes_behind_a_change_of_hosts_users_or_cas() {
    let cut = three() + "links: [[a, b], [b, c]]\n";
    for (before, after, more) in [
        (MESH, moved(), &[][..]),
        (MESH, renamed(), &[]),
        (MESH, trusted(), &[]),
        // It would bring back a link that its other end has closed.
        (&three(), cut, &["--remove", "a/c"]),
    ] {
        in_each_shell(before, |node| {
            let old = two_generations(node, &after, more);
            let old = old.to_str().expect("text");
            for words in [&["--rollback"][..], &["--rollback", "--dry-run"], &["--rollback", old]] {
                node.refused(NODE, words, &format!("generation 2 {REFUSED}"));
            }
            // The older archive is no way around, and the help does not say that it is.
            node.refused(NODE, &[old], "generation 2 is installed, and this is generation 1");
            assert!(!node.install(NODE, &[old]).said("--rollback"));
            node.installed(NODE, &[], "changed=no restart=none");
        });
    }
}

/// What the help says.
#[test]
fn the_way_back_is_a_newer_generation() {
    in_each_shell(MESH, |node| {
        two_generations(node, &moved(), &[]);
        node.refused(
            NODE,
            &["--rollback"],
            "revert the change in mesh.yaml, run `meshbundle generate`, and install the new generation",
        );
        node.change(MESH, &[]);
        node.installed(NODE, &[], "changed=yes restart=none");
        assert!(node.read("var/lib/clustermesh/b").contains("10.0.2.1"));
        // It is as far from the one before as that was from the first.
        node.refused(NODE, &["--rollback"], "generation 3 changed hosts");
    });
}

#[test]
fn a_rollback_goes_behind_renewals_options_and_new_links() {
    for (mesh, more) in [(MESH.to_owned(), &["--rekey"][..]), (reset(), &[]), (three(), &[])] {
        in_each_shell(MESH, |node| {
            let old = two_generations(node, &mesh, more);
            node.refused(NODE, &[old.to_str().expect("text")], "--rollback ARCHIVE goes back to this one");
            assert_eq!(node.install(NODE, &["--rollback"]).status, 0);
            assert_eq!(node.install(NODE, &[]).status, 0);
            let ran = node.install(NODE, &["--rollback", old.to_str().expect("text")]);
            assert_eq!(ran.status, 0, "{}", ran.stderr);
        });
    }
}

#[test]
fn later_generations_keep_the_floor() {
    in_each_shell(MESH, |node| {
        let old = two_generations(node, &moved(), &[]);
        let floor = node.keep(NODE, "floor.tar.gz");
        node.change(&moved(), &["--rekey"]);
        node.install(NODE, &[]);
        node.change(&moved(), &["--rekey"]);
        node.install(NODE, &[]);
        node.refused(NODE, &["--rollback", old.to_str().expect("text")], "generation 2 changed hosts");
        node.installed(NODE, &["--rollback", floor.to_str().expect("text")], "changed=yes restart=none");
        node.refused(NODE, &["--rollback", old.to_str().expect("text")], "generation 2 changed hosts");
        assert_eq!(node.install(NODE, &[]).status, 0, "and forward again");
    });
}

#[test]
fn no_member_goes_behind_a_change_of_its_hosts() {
    const MEMBER: &str = "a/etcd/etcd-a";
    in_each_shell(MESH, |node| {
        node.install(MEMBER, &["--any-host"]);
        node.change(MESH, &["--rekey"]);
        node.install(MEMBER, &["--any-host"]);
        node.installed(MEMBER, &["--any-host", "--rollback"], "changed=yes restart=none");
        node.change(&MESH.replace("addresses: [10.0.1.1]", "addresses: [10.0.1.1, 10.0.1.2]"), &[]);
        node.install(MEMBER, &["--any-host"]);
        node.refused(MEMBER, &["--any-host", "--rollback"], "generation 3 changed hosts, users or CAs of `a/etcd-a`");
    });
}

/// An earlier release has not recorded what changed, and its rollbacks were not refused.
#[test]
fn a_state_of_an_earlier_release_refuses_no_rollback() {
    in_each_shell(MESH, |node| {
        let mut inventory: Value = serde_json::from_str(&node.sandbox.read("state/inventory.json")).expect("JSON");
        for (_, bundle) in inventory["bundles"].as_object_mut().expect("bundles") {
            for key in ["facts", "floor"] {
                bundle.as_object_mut().expect("a record").remove(key);
            }
        }
        node.sandbox.write("state/inventory.json", &inventory.to_string());
        two_generations(node, &moved(), &[]);
        node.installed(NODE, &["--rollback"], "changed=yes restart=none");
        // From then on it is known what changes.
        node.change(MESH, &[]);
        node.install(NODE, &[]);
        node.refused(NODE, &["--rollback"], "generation 3 changed hosts");
    });
}

/// Generations of two states are no order.
#[test]
fn a_bundle_of_another_state_has_another_floor() {
    in_each_shell(MESH, |node| {
        two_generations(node, &moved(), &[]);
        for folder in ["out", "state"] {
            fs::remove_dir_all(node.sandbox.path(folder)).expect("removed");
        }
        node.change(MESH, &[]);
        let other = node.keep(NODE, "other.tar.gz");
        let ran = node.install(NODE, &["--rollback", other.to_str().expect("text")]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    });
}

/// An install.sh that knew no floors has begun it, and was killed: half of it would be worse than all of it.
#[test]
fn a_rollback_that_has_begun_is_completed() {
    in_each_shell(MESH, |node| {
        let old = two_generations(node, &moved(), &[]);
        let records = node.at("var/lib/meshbundle/node");
        fs::rename(records.join("previous"), records.join("rollback")).expect("renamed");
        let first = fs::read(records.join("rollback/payload/var/lib/clustermesh/b")).expect("a config");
        node.write("var/lib/clustermesh/b", &String::from_utf8_lossy(&first));
        node.installed(NODE, &["--rollback"], "changed=yes restart=none");
        assert!(node.read("var/lib/clustermesh/b").contains("10.0.2.1"));

        // From an archive.
        node.install(NODE, &[]);
        node.refused(NODE, &["--rollback", old.to_str().expect("text")], "generation 2 changed hosts");
        fs::create_dir(records.join("next")).expect("a folder");
        let words = ["xzpf".as_ref(), old.as_os_str(), "--strip-components=1".as_ref(), "-C".as_ref()];
        tool("tar", "tar", words.into_iter().chain([records.join("next").as_os_str()]));
        node.installed(NODE, &["--rollback", old.to_str().expect("text")], "changed=yes restart=none");
        assert!(node.read("var/lib/clustermesh/b").contains("10.0.2.1"));
    });
}

/// A newer generation is half installed: what was complete before it comes back, behind its floor as well.
#[test]
fn an_installation_that_was_interrupted_goes_back() {
    in_each_shell(MESH, |node| {
        node.install(NODE, &[]);
        let first = node.tree();
        node.change(&moved(), &[]);
        let records = node.at("var/lib/meshbundle/node");
        let bundle = node.unpacked(NODE);
        tool("cp", "coreutils", ["-a".as_ref(), bundle.as_os_str(), records.join("next").as_os_str()]);
        let config = fs::read_to_string(bundle.join("payload/var/lib/clustermesh/b")).expect("a config");
        node.write("var/lib/clustermesh/b", &config);
        node.installed(NODE, &["--rollback"], "changed=yes restart=none");
        assert_eq!(node.tree(), first);
    });
}

/// It once had moved its records before it was refused, and the next run had something to do.
#[test]
fn a_refused_rollback_touches_no_record() {
    in_each_shell(MESH, |node| {
        two_generations(node, &three(), &[]);
        let unit = "etc/systemd/system/cilium-agent.service";
        node.write(unit, "[Service]\nExecStart=/usr/bin/cilium-agent --cluster-id=9\n");
        node.refused(NODE, &["--rollback"], "it would change the cluster's id from `9`");
        fs::remove_file(node.at(unit)).expect("removed");
        node.installed(NODE, &[], "changed=no restart=none");
    });
}

/// No record is left that could refuse an older archive.
#[test]
fn uninstall_names_the_floor() {
    in_each_shell(MESH, |node| {
        two_generations(node, &moved(), &[]);
        let ran = node.installed(NODE, &["--uninstall"], "changed=yes restart=agent,announce");
        assert!(ran.said("install generation 2 or later if it comes back"), "{}", ran.stderr);
    });
}
