//! A certificate that is issued again has the key of the one before, unless a new one is asked for or needed. `openssl` judges pairs.

use std::collections::BTreeMap;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;
use crate::support::leaves::{edit_leaf, stored_leaf};
use crate::support::tool;

/// 275 days after the first run: leaves of a year are due.
const DUE: &str = "2027-08-23T12:00:00Z";
/// After their end.
const ENDED: &str = "2027-11-22T12:00:00Z";

fn two() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

/// The public key of each leaf, by name, once openssl has found it in both halves of the pair.
fn keys(scene: &Scene) -> BTreeMap<String, String> {
    let key = |(name, serial): (String, String)| {
        scene.sandbox.write("leaf.pem", &stored_leaf(&scene.sandbox.path("state"), &serial).text);
        let leaf = scene.sandbox.path("leaf.pem");
        let leaf = leaf.to_str().expect("text");
        let public = tool("openssl", "openssl", ["x509", "-in", leaf, "-noout", "-pubkey"]);
        assert_eq!(tool("openssl", "openssl", ["pkey", "-in", leaf, "-pubout"]), public, "{name}");
        (name, public)
    };
    scene.serials().into_iter().map(key).collect()
}

/// The names of leaves with another key than in `before`.
fn changed(before: &BTreeMap<String, String>, scene: &Scene) -> Vec<String> {
    keys(scene).into_iter().filter(|(name, key)| before[name] != *key).map(|(name, _)| name).collect()
}

#[test]
fn a_renewal_keeps_keys_and_a_new_one_is_asked_for() {
    let mut scene = Scene::new(&two());
    let (before, serials) = (keys(&scene), scene.serials());
    scene.sandbox.at(DUE);
    let plan = scene.sandbox.ok(&["plan", "--renew"]).stdout;
    assert_eq!(plan.matches("; keeps its key\n").count(), 4, "{plan}");
    scene.generate(&["--renew"]);
    assert_eq!(changed(&before, &scene), Vec::<String>::new());
    assert!(scene.serials().iter().all(|(name, serial)| serials[name] != *serial), "every certificate is new");
    scene.generate(&["--rekey", "--only", "a/member/etcd1"]);
    assert_eq!(changed(&before, &scene), ["server/a/etcd1"]);
    scene.generate(&["--rekey"]);
    assert_eq!(changed(&before, &scene).len(), 4);
}

#[test]
fn what_has_expired_and_what_gets_another_host_keeps_its_key() {
    let mut scene = Scene::new(&two());
    let before = keys(&scene);
    let wider = edit(&two(), "name: etcd1, addresses: [10.0.2.1]", "name: etcd1, addresses: [10.0.2.1, 10.0.2.9]");
    scene.change(&wider, &[]);
    assert_eq!(changed(&before, &scene), Vec::<String>::new());
    // What is asked for counts, whatever else is a reason.
    scene.change(&two(), &["--rekey"]);
    assert_eq!(changed(&before, &scene).len(), 4);
    let before = keys(&scene);
    scene.sandbox.at(ENDED);
    scene.generate(&[]);
    assert_eq!(changed(&before, &scene), Vec::<String>::new());
}

/// A key that is damaged, or not the key of its certificate, is not carried on.
#[test]
fn a_key_that_cannot_be_used_is_replaced() {
    let mut scene = Scene::new(&two());
    let before = keys(&scene);
    let (serials, state) = (scene.serials(), scene.sandbox.path("state"));
    let other = stored_leaf(&state, &serials["client/b/mesh/remote-b"]).text;
    let key = other.split_once("-----BEGIN PRIVATE").expect("a key").1;
    edit_leaf(&state, &serials["server/a/etcd1"], |text| {
        let certificate = text.split("-----BEGIN PRIVATE").next().expect("a certificate");
        format!("{certificate}-----BEGIN PRIVATE{key}")
    });
    scene.sandbox.at(DUE);
    scene.generate(&["--renew"]);
    assert_eq!(changed(&before, &scene), ["server/a/etcd1"]);
}

#[test]
fn another_algorithm_comes_with_the_renewal() {
    let mut scene = Scene::new(&two());
    let before = keys(&scene);
    let other = edit(&two(), "trust:\n", "trust:\n  keyAlgorithm: ed25519\n");
    scene.change(&other, &[]);
    assert_eq!(changed(&before, &scene), Vec::<String>::new(), "a new algorithm alone issues nothing");
    scene.sandbox.at(DUE);
    scene.generate(&["--renew"]);
    assert_eq!(changed(&before, &scene).len(), 4);
    let again = keys(&scene);
    scene.sandbox.at("2028-06-01T00:00:00Z");
    scene.generate(&["--renew"]);
    assert_eq!(changed(&again, &scene), Vec::<String>::new());
}
