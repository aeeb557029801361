//! The life of a leaf: kept until it is due and renewal is asked for, or until it is of no use.

use std::collections::BTreeSet;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, difference, set};
use crate::support::leaves::stored_leaves;

/// With leaves of a year that are due 90 days before their end.
fn two() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

fn three() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)])
}

/// A day before the first of its leaves are due, those of `a`.
const NOT_YET: &str = "2027-08-01T12:00:00Z";
/// All of them are due.
const DUE: &str = "2027-08-23T12:00:00Z";
/// After their end.
const ENDED: &str = "2027-11-22T12:00:00Z";

#[test]
fn what_is_not_due_is_kept_even_when_renewal_is_asked_for() {
    let mut scene = Scene::new(&two());
    let (out, state) = (scene.out(), scene.state());
    scene.sandbox.at(NOT_YET);
    let ran = scene.generate(&["--renew"]);
    assert!(!ran.stdout.contains("CM0607"), "{}", ran.stdout);
    assert!((scene.out(), scene.state()) == (out, state));
}

/// A trip to each cluster, and none to two of them on one day: what one run issues ends together within a cluster.
#[test]
fn clusters_are_due_on_different_days() {
    let mut scene = Scene::new(&three());
    let ends = |scene: &Scene, cluster: &str| -> BTreeSet<i64> {
        let leaves = scene.inventory()["credentials"].as_object().expect("leaves").clone().into_iter();
        let its = leaves.filter(|(name, _)| name.split('/').nth(1) == Some(cluster));
        its.map(|(_, leaf)| leaf["notAfter"].as_i64().expect("a time")).collect()
    };
    let all: Vec<BTreeSet<i64>> = ["a", "b", "c"].map(|cluster| ends(&scene, cluster)).to_vec();
    assert!(all.iter().all(|ends| ends.len() == 1), "{all:?}");
    assert_eq!(all.iter().flatten().collect::<BTreeSet<_>>().len(), 3, "{all:?}");
    scene.sandbox.at(NOT_YET);
    let idle = scene.generate(&["--renew"]);
    assert!(idle.said("nothing to renew: the first certificate expires on 2027-10-31"), "{}", idle.stdout);
    assert!(
        scene.generate(&["--renew", "--only", "b"]).said("the first certificate expires on 2027-11-09"),
        "of what is selected"
    );
    assert!(!scene.generate(&[]).said("nothing to renew"), "it was not asked for");
    scene.sandbox.at("2027-08-02T12:00:00Z");
    let serials = scene.serials();
    let ran = scene.generate(&["--renew"]);
    assert!(ran.said("2 certificates issued") && !ran.said("nothing to renew"), "{}", ran.stdout);
    assert_eq!(difference(&serials, &scene.serials()), set(&["client/a/mesh/remote-a", "server/a/etcd1"]));
}

#[test]
fn what_is_due_is_kept_with_a_warning_until_renewal_is_asked_for() {
    let mut scene = Scene::new(&two());
    let (out, state, serials) = (scene.out(), scene.state(), scene.serials());
    scene.sandbox.at(DUE);
    let ran = scene.generate(&[]);
    assert!(ran.stdout.contains("CM0607") && ran.stdout.contains("4 certificates expire within 90d"), "{}", ran.stdout);
    assert!(ran.stdout.contains("--renew`"), "{}", ran.stdout);
    assert!(scene.out() == out && scene.state() == state, "it is a warning, and nothing else");
    // What is due belongs to the result: it is on stdout, in each form, and a pipeline may stop at it before a byte is written.
    let plan = scene.sandbox.ok(&["plan"]);
    assert!(plan.stdout.contains("CM0607") && plan.stdout.contains("nothing to do") && plan.stderr.is_empty(), "{}", plan.stdout);
    let quiet = scene.sandbox.ok(&["generate", "--quiet"]).stdout;
    assert!(quiet.starts_with("warning[CM") && !quiet.contains("unchanged"), "{quiet}");
    let json = scene.sandbox.ok(&["generate", "--format", "json"]).json();
    assert!(json["done"]["written"] == 0 && json["findings"].to_string().contains("CM0607"), "{json:#}");
    for verb in ["plan", "generate"] {
        let denied = scene.sandbox.run(&[verb, "--deny-warnings", "--quiet"]);
        assert!(denied.status == 1 && denied.stdout.contains("CM0607"), "{verb}: {}{}", denied.stdout, denied.stderr);
    }
    assert!(scene.out() == out && scene.state() == state, "denied warnings keep everything from being written");
    assert_eq!(scene.plan(&[])["pending"], false);
    assert_eq!(scene.plan(&["--renew"])["pending"], true);

    let ran = scene.generate(&["--renew"]);
    assert!(!ran.stdout.contains("CM0607") && ran.stdout.contains("4 certificates issued"), "{}", ran.stdout);
    let now = scene.serials();
    assert!(serials.keys().eq(now.keys()) && serials.iter().all(|(key, serial)| now[key] != *serial), "every one is new");
    let stored: BTreeSet<String> = stored_leaves(&scene.sandbox.path("state")).into_iter().map(|leaf| leaf.serial).collect();
    assert_eq!(stored, now.into_values().collect(), "the old keys are gone");
}

#[test]
fn only_what_is_due_is_renewed() {
    let mut scene = Scene::new(&two());
    scene.sandbox.at(NOT_YET);
    scene.change(&three(), &[]);
    let (serials, archives) = (scene.serials(), scene.archives());
    scene.sandbox.at(DUE);
    scene.generate(&["--renew"]);
    let old = ["client/a/mesh/remote-a", "client/b/mesh/remote-b", "server/a/etcd1", "server/b/etcd1"];
    assert_eq!(difference(&serials, &scene.serials()), set(&old));
    let shipped = ["a/etcd/etcd1", "a/nodes/n1", "a/nodes/n2", "b/etcd/etcd1", "b/nodes/n1", "b/nodes/n2"];
    assert_eq!(difference(&archives, &scene.archives()), set(&shipped));
}

/// It connects nowhere any more: there is nothing to leave alone.
#[test]
fn what_has_ended_is_issued_again_unasked() {
    let mut scene = Scene::new(&two());
    let serials = scene.serials();
    scene.sandbox.at(ENDED);
    scene.generate(&[]);
    assert!(serials.iter().all(|(key, serial)| scene.serials()[key] != *serial));
}

/// Agents read a leaf anew at each handshake, and connect again when a config changes: a renewal must not make them.
#[test]
fn a_renewed_leaf_changes_no_config_and_an_anchor_does() {
    let mut scene = Scene::new(&two());
    let before = scene.bundle("a/nodes/n1");
    scene.sandbox.at(DUE);
    scene.generate(&["--renew"]);
    let renewed = scene.bundle("a/nodes/n1");
    let changed = difference(&before.payload(), &renewed.payload());
    assert_eq!(changed, set(&["var/lib/clustermesh/b.etcd-client.crt"]), "it has the same key");

    let own = "trust:\n  authorities: { other: { certificate: other.crt } }\n";
    scene.sandbox.authority("other");
    let with_other = edit(&two(), "trust:\n", own);
    let member = "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n";
    scene.change(&edit(&with_other, member, &format!("{member}    serverTrust: [mesh, other]\n")), &[]);
    let anchored = scene.bundle("a/nodes/n1");
    let changed = difference(&renewed.payload(), &anchored.payload());
    assert_eq!(changed, set(&["var/lib/clustermesh/b", "var/lib/clustermesh/b.etcd-client-ca.crt"]));
    let rest = |bundle: &crate::evolution::scene::Bundle| {
        bundle.peer("b").split_once('\n').map(|(first, rest)| (first.to_owned(), rest.to_owned()))
    };
    let (then, now) = (rest(&renewed).expect("two lines"), rest(&anchored).expect("two lines"));
    assert!(then.0 != now.0 && then.0.starts_with("# anchors sha256:") && then.1 == now.1, "only the comment: {then:?} {now:?}");
}
