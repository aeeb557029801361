//! The chain that travels with what a user-provided CA signs: bundles follow it, and a release that begins to count it changes
//! none.

use std::path::Path;
use std::process::Command;

use rcgen::{PKCS_ECDSA_P256_SHA256, date_time_ymd};
use serde_json::Value;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, difference, set};
use crate::support::Sandbox;
use crate::support::pki::Authority;

/// Root, intermediate and the CA that signs for the etcd of `b`.
struct Chain {
    root: Authority,
    middle: Authority,
    signing: Authority,
}

impl Chain {
    fn new(root_until: time::OffsetDateTime) -> Self {
        let until = date_time_ymd(2120, 1, 1);
        let root = Authority::until("root", root_until, &PKCS_ECDSA_P256_SHA256);
        let middle = root.below("middle", until);
        let signing = middle.below("signing", until);
        Self { root, middle, signing }
    }

    fn without_root(&self) -> String {
        format!("{}{}", self.signing.certificate, self.middle.certificate)
    }

    fn whole(&self) -> String {
        self.without_root() + &self.root.certificate
    }

    fn scene(&self, file: &str) -> Scene {
        let provided = "trust:\n  authorities: { corp: { certificate: corp.crt, key: corp.key } }\n";
        let b = edit(&cluster("b", 2), "  etcd:\n", "  etcd:\n    authority: corp\n");
        let sandbox = Sandbox::with_mesh(&edit(&mesh(&[cluster("a", 1), b]), "trust:\n", provided));
        sandbox.write("corp.crt", file);
        sandbox.write("corp.key", &self.signing.key);
        sandbox.write("root.crt", &self.root.certificate);
        let scene = Scene { sandbox };
        scene.generate(&["--create-authorities"]);
        scene
    }
}

const FOREVER: time::OffsetDateTime = time::macros::datetime!(2120-01-01 0:00 UTC);
/// What has a leaf that `corp` signed.
const OF_CORP: [&str; 3] = ["a/nodes/n1", "a/nodes/n2", "b/etcd/etcd1"];

/// Whether openssl gets from what is presented to the root.
fn reaches_root(scene: &Scene) -> [bool; 2] {
    let root = scene.sandbox.path("root.crt");
    let verify = |file: &Path| {
        let mut openssl = Command::new("openssl");
        openssl.args(["verify", "-no-CApath", "-no-CAstore", "-attime", "1795262400", "-CAfile"]);
        openssl.arg(&root).arg("-untrusted").arg(file).arg(file);
        openssl.output().expect("openssl starts; apt-get install openssl").status.success()
    };
    let (reader, member) = (scene.bundle("a/nodes/n1"), scene.bundle("b/etcd/etcd1"));
    [verify(&reader.peers().join("b.etcd-client.crt")), verify(&member.path("payload/etc/etcd/clustermesh/server.crt"))]
}

/// As a release wrote it that did not know about chains.
fn forget_chains(scene: &Scene) {
    let mut inventory = scene.inventory();
    for (_, record) in inventory["authorities"].as_object_mut().expect("CAs") {
        record.as_object_mut().expect("a record").remove("firstChain");
    }
    scene.sandbox.write("state/inventory.json", &format!("{inventory:#}\n"));
}

/// Only the first certificate of the file was fingerprinted.
#[test]
fn an_intermediate_that_was_missing_gets_into_every_bundle_that_needs_it() {
    for old in [false, true] {
        let chain = Chain::new(FOREVER);
        let scene = chain.scene(&chain.without_root());
        assert_eq!(reaches_root(&scene), [false, false], "`middle` does not travel without the root behind it");
        if old {
            forget_chains(&scene);
        }
        let (archives, serials, first) = (scene.archives(), scene.serials(), scene.bundle("a/nodes/n1"));
        scene.sandbox.write("corp.crt", &chain.whole());
        assert_eq!(scene.plan(&[])["pending"], true);
        scene.generate(&[]);
        assert_eq!(reaches_root(&scene), [true, true]);
        assert_eq!(difference(&archives, &scene.archives()), set(&OF_CORP));
        assert_eq!((scene.bundle("a/nodes/n1").generation(), scene.serials()), (2, serials), "no leaf has to be issued for it");
        let (out, state) = (scene.out(), scene.state());
        scene.generate(&["--renew"]);
        assert!(scene.out() == out && scene.state() == state, "once is enough");
        // What the archives are made from again is the same.
        std::fs::remove_dir_all(scene.sandbox.path("out")).expect("removed");
        scene.generate(&[]);
        assert!(scene.out() == out);
        scene.sandbox.write("corp.crt", &chain.without_root());
        scene.generate(&[]);
        let back = scene.bundle("a/nodes/n1");
        assert!(back.generation() == 3 && back.payload() == first.payload(), "the way back");
    }
}

#[test]
fn a_release_that_begins_to_count_chains_changes_no_bundle() {
    let chain = Chain::new(FOREVER);
    for file in [chain.signing.certificate.clone(), chain.without_root(), chain.whole()] {
        let scene = chain.scene(&file);
        let (out, state) = (scene.out(), scene.inventory());
        forget_chains(&scene);
        assert_eq!(scene.plan(&[])["pending"], false);
        scene.generate(&[]);
        scene.generate(&["--renew"]);
        assert!(scene.out() == out);
        assert_eq!(scene.inventory(), state, "and it knows them from now on");
    }
}

/// Such a run wrote nothing, and its bundles have the old chain.
#[test]
fn an_intermediate_that_an_earlier_release_passed_over_is_shipped() {
    let chain = Chain::new(FOREVER);
    let scene = chain.scene(&chain.without_root());
    forget_chains(&scene);
    scene.sandbox.write("corp.crt", &chain.whole());
    scene.generate(&[]);
    assert_eq!(reaches_root(&scene), [true, true]);
}

/// Leaves ended with it, so that there was a negative interval.
#[test]
fn a_root_that_has_expired_behind_the_ca_that_signs_ends_no_leaf() {
    for now in ["2027-06-01T00:00:00Z", "2027-06-01T00:30:00Z", "2027-08-01T00:00:00Z"] {
        let chain = Chain::new(date_time_ymd(2027, 6, 1));
        let mut scene = chain.scene(&chain.whole());
        scene.sandbox.at(now);
        let ran = scene.generate(&["--renew"]);
        assert!(!ran.stdout.contains("CM0607"), "{}", ran.stdout);
        let of_corp = |plan: &Value| {
            plan["certificates"]
                .as_array()
                .expect("certificates")
                .iter()
                .filter(|one| one["signer"] == "corp")
                .map(|one| one["expires"].as_str().expect("a date").to_owned())
                .collect::<Vec<_>>()
        };
        let ends = of_corp(&scene.plan(&[]));
        assert!(ends.len() == 2 && ends.iter().all(|end| end.as_str() > "2028-05"), "{now}: {ends:?}");
    }
}
