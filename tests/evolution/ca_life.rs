//! The end of a CA that was made here: no renewal that changes nothing, a warning in time, an error instead of certificates that
//! no end accepts, and the way on.

use std::fs;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;
use crate::evolution::trust::connect_at;

fn two() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

/// 3650 days after the first run: the end of its CA.
const END: &str = "2036-11-18T12:00:00Z";
/// Its leaves end a second earlier.
const LAST: &str = "2036-11-18T11:59:58Z";
const ENDED: &str = "2036-11-18T11:59:59Z";
/// A year and a week before the end, so that what is issued then ends a week before it.
const LATE: &str = "2035-11-12T12:00:00Z";
/// Inside `renewBefore` of what is issued then.
const DUE: &str = "2036-09-01T12:00:00Z";

fn at(when: &str) -> Scene {
    let mut scene = Scene::new(&two());
    scene.sandbox.at(when);
    scene
}

/// Every leaf ends with its CA, so each was due again at once.
#[test]
fn a_ca_near_its_end_brings_no_renewal_that_changes_nothing() {
    let mut scene = at(LATE);
    scene.generate(&[]);
    scene.sandbox.at(DUE);
    let before = scene.serials();
    let ran = scene.generate(&[]);
    assert!(ran.stdout.contains("CM0607") && ran.stdout.contains("CM0616"), "a week is worth a renewal: {}", ran.stdout);
    scene.generate(&["--renew"]);
    let renewed = scene.serials();
    assert!(before.iter().all(|(key, serial)| renewed[key] != *serial), "they last a week longer");
    for when in [DUE, "2036-11-17T12:00:00Z", LAST] {
        scene.sandbox.at(when);
        let (out, state) = (scene.out(), scene.state());
        for more in [&["--renew"][..], &["--renew", "--horizon", "1y"], &[]] {
            let ran = scene.generate(more);
            assert!(!ran.stdout.contains("CM0607"), "`--renew` would not help: {}", ran.stdout);
            assert!(ran.stdout.contains("CM0616"), "{}", ran.stdout);
            assert!(scene.out() == out && scene.state() == state, "{when} {more:?} changes something");
            assert_eq!(scene.plan(more)["pending"], false);
        }
    }
}

#[test]
fn a_ca_is_reported_180_days_before_its_end() {
    let mut scene = at("2036-05-22T11:59:59Z");
    assert!(!scene.generate(&[]).stdout.contains("CM0616"));
    // Before a trip beyond its end, earlier.
    assert!(scene.generate(&["--renew", "--horizon", "1y"]).stdout.contains("CM0616"));
    scene.sandbox.at("2036-05-22T12:00:00Z");
    for ran in [scene.generate(&[]), scene.sandbox.ok(&["plan"])] {
        let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in [
            "CA `mesh` expires on 2036-11-18 12:00 UTC, in 180 days",
            "replace it, step by step: `meshbundle certs rotate mesh.yaml --out out --ca mesh` shows the next one",
        ] {
            assert!(flat.contains(words), "{words}: {flat}");
        }
    }
}

/// It died with a negative interval.
#[test]
fn an_ended_ca_signs_nothing() {
    let mut scene = at(LAST);
    scene.generate(&[]);
    for when in [ENDED, END, "2036-11-18T12:30:00Z", "2040-01-01T00:00:00Z"] {
        scene.sandbox.at(when);
        let words = ["CM0617", "CA `mesh` expired on 2036-11-18 12:00 UTC", "--create-authorities --renew`"];
        scene.refused(&[], 1, &words);
        scene.refused(&["--renew"], 1, &words);
        scene.refused(&["--rekey"], 1, &words);
        scene.refused(&["--create-authorities"], 1, &words);
        scene.refused(&["--create-authorities", "--renew", "--only", "a"], 1, &words);
        scene.plan_refused(&[], &words);
    }
}

/// The index has one fingerprint for each name of a CA.
#[test]
fn an_ended_ca_is_made_again_under_its_name_and_every_output_folder_is_accepted() {
    let mut scene = Scene::new(&two());
    scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "other"]);
    let old = scene.index()["authorities"]["mesh"].clone();
    scene.sandbox.at("2036-11-19T12:00:00Z");
    let again = scene.generate(&["--create-authorities", "--renew"]);
    assert!(again.stdout.contains("1 CA created") && !again.stdout.contains("CM06"), "{}", again.stdout);
    assert_ne!(scene.index()["authorities"]["mesh"], old);
    assert!(connect_at(&scene.bundle("a/nodes/n1"), &scene.bundle("b/etcd/etcd1"), "2110712400"));
    let (out, state) = (scene.out(), scene.state());
    scene.generate(&[]);
    scene.generate(&["--renew"]);
    assert!(scene.out() == out && scene.state() == state, "once is enough");
    // One that was written before it, and the one of a run that was killed between its commit and its archives.
    scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "other"]);
    assert!(scene.sandbox.tree("other") == out);
    fs::remove_dir_all(scene.sandbox.path("out/bundles/b")).expect("removed");
    scene.generate(&[]);
    assert!(scene.out() == out);
}

/// Nothing that it signed works any more, so there is no one to wait for.
#[test]
fn an_ended_ca_gives_way_to_another_one_without_steps() {
    let scene = at("2036-11-19T12:00:00Z");
    scene.sandbox.authority("mesh-2");
    let provided = "trust:\n  authorities: { mesh-2: { certificate: mesh-2.crt, key: mesh-2.key } }\n";
    let text = edit(&two(), "trust:\n", provided);
    let with = |etcd: &str| edit(&text, "clusters:\n", &format!("defaults: {{ etcd: {{ {etcd} }} }}\nclusters:\n"));
    let ran = scene.change(&with("authority: mesh-2, serverTrust: [mesh, mesh-2], clientTrust: [mesh]"), &[]);
    assert!(ran.stdout.contains("CM0428") && ran.stdout.contains("remove `mesh` from `serverTrust`"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("CM06"), "{}", ran.stdout);
    let ran = scene.change(&with("authority: mesh-2"), &[]);
    assert!(!ran.stdout.contains("CM0428"), "{}", ran.stdout);
}

/// The file of the same user-provided CA, with a certificate of its successor in it.
#[test]
fn a_provided_ca_that_has_expired_is_replaced_under_its_name() {
    let mut scene = at("2026-11-21T12:00:00Z");
    let short = crate::support::pki::Authority::until(
        "corp",
        time::macros::datetime!(2027-06-01 0:00 UTC),
        &rcgen::PKCS_ECDSA_P256_SHA256,
    );
    scene.sandbox.write("corp.crt", &short.certificate);
    scene.sandbox.write("corp.key", &short.key);
    let provided = "trust:\n  authorities: { corp: { certificate: corp.crt, key: corp.key } }\n";
    let text = edit(
        &mesh(&[cluster("a", 1), edit(&cluster("c", 3), "  etcd:\n", "  etcd:\n    authority: corp\n")]),
        "trust:\n",
        provided,
    );
    scene.change(&text, &["--remove", "b"]);
    scene.sandbox.authority("corp");
    scene.refused(&[], 1, &["CM0604", "refusing to replace CA `corp`"]);
    scene.sandbox.at("2027-06-01T00:00:02Z");
    scene.generate(&[]);
}
