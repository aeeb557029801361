//! `--renew` and `--rekey`, and what `--only` and `--horizon` make of them.

use serde_json::Value;

use crate::evolution::mesh::{cluster, edit, mesh_of_own};
use crate::evolution::scene::{Scene, difference, set};

/// `a` has all kinds of leaves.
fn three() -> String {
    let a = edit(&cluster("a", 1), "  etcd:\n", "  etcd:\n    localClients: true\n    announce: true\n    peers: true\n");
    mesh_of_own(&[a, cluster("b", 2), cluster("c", 3)])
}

/// Leaves of a year are due 90 days before their end.
const DUE: &str = "2027-08-23T12:00:00Z";
/// 30 days before the first of them are due, and 39 before the last.
const EARLIER: &str = "2027-07-03T12:00:00Z";

/// What a plan issues again, for the one reason.
fn issued(plan: &Value, reason: &str) -> Vec<String> {
    let certificates = plan["certificates"].as_array().expect("certificates").iter();
    let issued: Vec<_> = certificates.filter(|one| one["action"] == "issue").collect();
    assert!(issued.iter().all(|one| one["reason"] == reason), "{issued:#?}");
    issued.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

const OF_A: [(&str, &[&str]); 6] = [
    ("a/node/n1", &["client/a/b/remote-a", "client/a/c/remote-a", "own/a/agent", "own/a/announcer"]),
    ("a/member/etcd1", &["peer/a/etcd1", "server/a/etcd1"]),
    ("a/users", &["own/a/administrator"]),
    ("a/operator", &["own/a/agent"]),
    ("b/node/n2", &["client/b/a/remote-b", "client/b/c/remote-b"]),
    (
        "a",
        &[
            "client/a/b/remote-a",
            "client/a/c/remote-a",
            "own/a/administrator",
            "own/a/agent",
            "own/a/announcer",
            "peer/a/etcd1",
            "server/a/etcd1",
        ],
    ),
];

#[test]
fn a_selector_selects_what_its_unit_carries() {
    let mut scene = Scene::new(&three());
    for (option, reason, when) in [("--rekey", "rekeyed", "2026-11-21T12:00:00Z"), ("--renew", "renewed", DUE)] {
        scene.sandbox.at(when);
        for (selector, carried) in OF_A {
            let mut found = issued(&scene.plan(&[option, "--only", selector]), reason);
            found.sort();
            assert_eq!(found, carried, "{option} --only {selector}");
        }
        let mut both = issued(&scene.plan(&[option, "--only", "a/users", "--only", "b/member/etcd1"]), reason);
        both.sort();
        assert_eq!(both, ["own/a/administrator", "server/b/etcd1"]);
    }
}

#[test]
fn only_what_is_selected_is_renewed_and_the_rest_stays_due() {
    let mut scene = Scene::new(&three());
    scene.sandbox.at(DUE);
    let (serials, archives) = (scene.serials(), scene.archives());
    let ran = scene.generate(&["--renew", "--only", "b/member/etcd1"]);
    assert!(ran.stdout.contains("1 certificate issued") && ran.stdout.contains("CM0607"), "{}", ran.stdout);
    assert_eq!(difference(&serials, &scene.serials()), set(&["server/b/etcd1"]));
    assert_eq!(difference(&archives, &scene.archives()), set(&["b/etcd/etcd1"]));
    // It is not due any more: a run that finds nothing to do says so.
    assert_eq!(scene.plan(&["--renew", "--only", "b/member/etcd1"])["pending"], false);
}

/// A new key does not shut out the old one.
#[test]
fn new_keys_come_when_they_are_asked_for_due_or_not() {
    let scene = Scene::new(&three());
    let (serials, key) = (scene.serials(), scene.bundle("b/nodes/n1").peer("a.etcd-client.key"));
    let words = "does not shut out a key that leaked";
    let plan = scene.sandbox.ok(&["plan", "--rekey", "--only", "b/node/n1"]);
    assert!(plan.stdout.contains(words) && plan.stdout.contains("a new key was asked for"), "{}", plan.stdout);
    let ran = scene.generate(&["--rekey", "--only", "b/node/n1"]);
    assert!(ran.stdout.contains(words) && ran.stdout.contains("2 certificates issued"), "{}", ran.stdout);
    assert_eq!(difference(&serials, &scene.serials()), set(&["client/b/a/remote-b", "client/b/c/remote-b"]));
    assert_ne!(scene.bundle("b/nodes/n1").peer("a.etcd-client.key"), key);
    // Without a selection, everywhere.
    let (serials, configs) = (scene.serials(), scene.bundle("b/nodes/n1").peer("a"));
    let ran = scene.generate(&["--rekey"]);
    assert!(serials.iter().all(|(key, serial)| scene.serials()[key] != *serial), "{}", ran.stdout);
    assert_eq!(scene.bundle("b/nodes/n1").peer("a"), configs, "no agent connects again because of it");
}

#[test]
fn a_selector_that_selects_nothing_is_named() {
    let scene = Scene::new(&three());
    for nothing in ["d", "a/node/n3", "d/node/n1", "b/users", "b/operator", "a/member/n1"] {
        let words = ["CM0618", &format!("`--only {nothing}` selects nothing"), "CLUSTER/node/NAME"];
        scene.refused(&["--renew", "--only", "a", "--only", nothing], 1, &words);
        scene.refused(&["--rekey", "--only", nothing], 1, &words);
        scene.plan_refused(&["--renew", "--only", nothing], &words);
    }
    scene.refused(&["--renew", "--only", "a/nodes/n1"], 2, &["`a/nodes/n1` is not a unit"]);
    scene.refused(&["--only", "a"], 2, &["--renew"]);
    scene.refused(&["--horizon", "39d"], 2, &["--renew"]);
}

#[test]
fn before_a_trip_what_would_be_due_by_its_end_is_renewed() {
    let mut scene = Scene::new(&three());
    scene.sandbox.at(EARLIER);
    assert_eq!(scene.plan(&["--renew", "--horizon", "29d"])["pending"], false);
    assert_eq!(scene.plan(&["--renew", "--horizon", "30d"])["pending"], true);
    let all = scene.serials().len();
    assert_eq!(issued(&scene.plan(&["--renew", "--horizon", "39d"]), "renewed").len(), all);
    let ran = scene.generate(&["--renew", "--horizon", "39d"]);
    assert!(!ran.stdout.contains("CM06"), "{}", ran.stdout);
    // Longer than certificates last: everything would be due at each run.
    let (out, state) = (scene.out(), scene.state());
    let ran = scene.generate(&["--renew", "--horizon", "400d"]);
    assert!(ran.stdout.contains("CM0619") && ran.stdout.contains("`--horizon 400d` ends on 2028-08-06"), "{}", ran.stdout);
    assert!(scene.out() == out && scene.state() == state);
}
