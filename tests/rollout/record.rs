//! What is recorded, and what is refused.

use crate::rollout::scene::{counts, installed, record, status, with_installers};

/// The receipt in what an installer printed.
fn receipt(text: &str) -> &str {
    text.lines().find(|line| line.starts_with('{')).expect("a receipt")
}

#[test]
fn receipts_are_found_in_the_output_of_other_programs() {
    with_installers(|node| {
        let text = installed(node, &[]);
        let lines = text.lines().count() as u64;
        assert_eq!(counts(node, &text), [1, 0, 0, lines - 1]);
        assert_eq!(counts(node, &text), [0, 1, 0, lines - 1], "a second time it is known");
        let receipt = receipt(&text).to_owned();
        // As a loop of ssh, Ansible's JSON and its YAML print it.
        let quoted = receipt.replace('"', "\\\"");
        for wrapped in [
            format!("n1: {receipt}\r"),
            format!("    \"stdout\": \"{quoted}\\nchanged=no restart=none\","),
            format!("  stdout_lines:\n  - '{receipt}'\n  - changed=no restart=none"),
            format!("x {receipt} {receipt}"),
        ] {
            let [recorded, known, refused, _] = counts(node, &wrapped);
            assert!((recorded, refused) == (0, 0) && known > 0, "{wrapped}");
        }
        assert_eq!(counts(node, "changed=no restart=none\n{}\n{\"receipts\":1}\n"), [0, 0, 0, 3]);
    });
}

#[test]
fn a_receipt_that_does_not_fit_is_refused_and_named() {
    with_installers(|node| {
        let text = installed(node, &[]);
        let good = receipt(&text);
        let digest = good.split("\"digest\":\"").nth(1).and_then(|rest| rest.get(..32)).expect("a digest");
        let state = good.split("\"state\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a state");
        for (changed, code, words) in [
            (good.replace("\"mesh\":\"m\"", "\"mesh\":\"lab\""), "CM0902", "from the mesh `lab`"),
            (good.replace(state, &"0".repeat(state.len())), "CM0902", "from another state of this mesh"),
            (good.replace(digest, &"0".repeat(32)), "CM0903", "another digest for generation 1"),
            (
                good.replace("\"generation\":1", "\"generation\":9"),
                "CM0903",
                "`a/node/n1` is at generation 9, and this state has written only up to 1",
            ),
            (good.replace("a/node/n1", "a/node/n9"), "CM0903", "`a/node/n9` was never part of this mesh"),
            (good.replace("\"receipt\":1", "\"receipt\":2"), "CM0901", "its format is 2"),
            (good.replace("\"due\":[", "\"due\":[\"x\","), "CM0901", "unknown variant"),
            (good.replace("a/node/n1", "a/../n1"), "CM0901", "is not a unit"),
            (good.replace("\"counter\":", "\"counter\":1234567"), "CM0901", "more than fifteen digits"),
            (good[..good.len() / 2].to_owned(), "CM0901", "not a whole receipt"),
        ] {
            assert_ne!(changed, good);
            let ran = record(node, &format!("{changed}\n{good}\n"), &[]);
            assert_eq!(ran.status, 1, "{changed}: {}", ran.stdout);
            assert!(ran.said(code) && ran.said(words) && ran.said("help: "), "{words}: {}", ran.stdout);
            // The good one is recorded all the same.
            assert_eq!(status(node, "a/node/n1")["known"], "installed");
        }
    });
}

#[test]
fn nothing_is_recorded_without_a_state() {
    with_installers(|node| {
        std::fs::remove_dir_all(node.sandbox.path("state")).expect("removed");
        let ran = record(node, "", &[]);
        assert_eq!(ran.status, 3, "{}", ran.stderr);
        assert!(ran.said("`state` is not there") && ran.said("meshbundle generate mesh.yaml"), "{}", ran.stderr);
        assert!(!node.sandbox.path("state").exists(), "a slip on the command line leaves no trace");
    });
}

#[test]
fn what_was_delivered_by_hand_is_recorded() {
    with_installers(|node| {
        let by_hand = |unit: &str| node.sandbox.run(&["rollout", "record", "mesh.yaml", "--by-hand", unit]);
        let ran = by_hand("a/users");
        assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
        assert_eq!(status(node, "a/users")["done"], true);
        // A word is no receipt: `rollout status` shows both.
        assert_eq!(by_hand("a/node/n1").status, 0);
        let node_status = status(node, "a/node/n1");
        assert_eq!((&node_status["done"], &node_status["said"]), (&false.into(), &1.into()));
        assert_eq!(by_hand("a/nodes/n1").status, 2);
        assert_eq!(by_hand("x/operator").status, 1);
    });
}

/// A machine was copied, and both copies install under its name.
#[test]
fn receipts_with_one_counter_and_other_content_are_no_evidence() {
    with_installers(|node| {
        let text = installed(node, &[]);
        let first = receipt(&text).to_owned();
        assert_eq!(counts(node, &first)[0], 1);
        let other = first.replace("\"due\":[\"agent\",\"announce\"]", "\"due\":[]");
        let ran = record(node, &other, &[]);
        assert!(ran.status == 0 && ran.said("CM0904"), "{}", ran.stdout);
        assert_eq!(status(node, "a/node/n1")["known"], "contradicting");
        let newer = installed(node, &["--restarted", "agent"]);
        assert_eq!(counts(node, receipt(&newer))[0], 1);
        assert_eq!(status(node, "a/node/n1")["known"], "installed");
    });
}
