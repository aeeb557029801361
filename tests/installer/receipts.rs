//! Receipts: what `install.sh` says is installed, and what still has to be restarted.

use serde_json::Value;

use crate::installer::mesh::MESH;
use crate::installer::node::in_each_shell;
use crate::support::Ran;

/// The receipt that a run printed.
fn receipt(ran: &Ran) -> Value {
    let line = ran.stdout.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{}{}", ran.stdout, ran.stderr));
    serde_json::from_str(line).expect("JSON")
}

#[test]
fn a_receipt_names_what_is_installed_and_what_is_due() {
    in_each_shell(MESH, |node| {
        let first = receipt(&node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce"));
        assert_eq!(first["unit"], "a/node/n1");
        assert_eq!(first["generation"], 1);
        assert_eq!(first["due"], serde_json::json!(["agent", "announce"]));
        // Nothing has changed: the same receipt, and no inode is touched.
        let before = node.inodes();
        assert_eq!(receipt(&node.installed("a/nodes/n1", &[], "changed=no restart=none")), first);
        assert_eq!(node.inodes(), before);
        let mut asked = receipt(&node.installed("a/nodes/n1", &["--receipt"], "changed=no restart=none"));
        assert!(asked["counter"].as_u64() > first["counter"].as_u64(), "{first} {asked}");
        asked["counter"] = first["counter"].clone();
        assert_eq!(asked, first);

        let agent = receipt(&node.installed("a/nodes/n1", &["--restarted", "agent"], "changed=no restart=none"));
        assert_eq!(agent["due"], serde_json::json!(["announce"]));
        assert!(agent["counter"].as_u64() > first["counter"].as_u64(), "{first} {agent}");
        let both = receipt(&node.installed("a/nodes/n1", &["--restarted=announce"], "changed=no restart=none"));
        assert_eq!(both["due"], serde_json::json!([]));
        for key in ["mesh", "state", "unit", "generation", "digest"] {
            assert_eq!(both[key], first[key], "{key}");
        }

        let gone = receipt(&node.installed("a/nodes/n1", &["--uninstall"], "changed=yes restart=agent,announce"));
        assert_eq!((&gone["generation"], gone.get("digest")), (&Value::from(0), None));
        assert!(gone["counter"].as_u64() > both["counter"].as_u64(), "{both} {gone}");
        let ran = node.install("a/nodes/n1", &["--receipt"]);
        assert!(ran.status == 2 && ran.said("nothing is installed in"), "{}", ran.stderr);
    });
}

/// Configuration management asks for restarts by the last line alone: a restart that is only due must not be asked for again.
#[test]
fn a_restart_by_the_installer_is_not_due_afterwards() {
    in_each_shell(MESH, |node| {
        let ran = node.installed("a/nodes/n1", &["--restart", "true"], "changed=yes restart=agent,announce");
        assert_eq!(receipt(&ran)["due"], serde_json::json!([]));
    });
}

/// A clock that was ahead, and is right again.
#[test]
fn the_counter_rises_with_any_clock() {
    in_each_shell(MESH, |node| {
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        let counter = "var/lib/meshbundle/node/counter";
        assert!(node.at(counter).is_file());
        node.write(counter, "99999999999\n");
        let later = receipt(&node.installed("a/nodes/n1", &["--restarted", "agent"], "changed=no restart=none"));
        assert_eq!(later["counter"], 100_000_000_000u64);
        // What no run has written is not a number to count from.
        for text in ["", "01\n", "x\n", "1234567890123456\n"] {
            node.write(counter, text);
            let ran = receipt(&node.installed("a/nodes/n1", &["--receipt"], "changed=no restart=none"));
            assert!(ran["counter"].as_u64().expect("a number") > 1_700_000_000, "{text:?}: {ran}");
        }
    });
}

#[test]
fn receipts_take_no_other_words() {
    in_each_shell(MESH, |node| {
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        let before = node.inodes();
        let cases: [(&[&str], &str); 4] = [
            (&["--receipt", "--rollback"], "--receipt and --rollback exclude each other"),
            (&["--receipt", "--dry-run"], "--receipt takes no other option than --root"),
            (&["--receipt", "x.tar.gz"], "--receipt takes no archive"),
            (&["--restarted", "cilium"], "--restarted takes agent, announce or etcd; found `cilium`"),
        ];
        for (words, said) in cases {
            let ran = node.install("a/nodes/n1", words);
            assert!(ran.status == 2 && ran.said(said), "{words:?}: {}", ran.stderr);
        }
        assert_eq!(node.inodes(), before);
    });
}
