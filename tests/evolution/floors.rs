//! The floor of a bundle: the generation since which hosts, users and CAs are as they are.

use serde_json::Value;

use crate::evolution::scene::Scene;
use crate::installer::mesh::{MESH, moved, three};

/// Generation and floor of a bundle, by the state and by its manifest.
fn floor(scene: &Scene, bundle: &str) -> (u64, Option<u64>) {
    let record = scene.inventory()["bundles"][bundle].clone();
    let (generation, floor) = (record["generation"].as_u64().expect("a number"), record["floor"].as_u64());
    let manifest = scene.bundle(bundle).manifest();
    assert_eq!(manifest["generation"], generation);
    assert_eq!(manifest.get("floor").and_then(Value::as_u64), floor.filter(|floor| *floor > 1), "{manifest}");
    (generation, floor)
}

/// `b` with this before its etcd's endpoints.
fn with(words: &str) -> String {
    let changed = MESH.replace("id: 2\n  etcd: { ", &format!("id: 2\n  etcd: {{ {words}, "));
    assert_ne!(changed, MESH);
    changed
}

/// What a change does to a reader, to its own member, and to the member that it reads: the new floor, or none.
type Case<'a> = (&'a str, String, &'a [&'a str], [Option<u64>; 3]);

#[test]
fn a_floor_moves_with_hosts_users_and_cas_alone() {
    const AUTHORITY: &str = "\ntrust: { authorities: { new: { certificate: new.crt, key: new.key } } }\nclusters:";
    let (first, second) = (Some(1), Some(2));
    let options = MESH.replace("{ version: \"1.19\" }", "{ version: \"1.18\", policyDefaultLocalCluster: true }");
    let cases: [Case<'_>; 8] = [
        ("an endpoint", moved(), &[], [second, first, second]),
        (
            "a host of a member",
            MESH.replace("addresses: [10.0.2.1]", "addresses: [10.0.2.1, 10.0.2.2]"),
            &[],
            [first, first, second],
        ),
        ("a user", with("clientName: \"peer-{cluster}\""), &[], [second, first, first]),
        ("a user of each node", with("clientName: \"{cluster}-{node}\""), &[], [second, first, first]),
        ("a CA", with("authority: new").replace("\nclusters:", AUTHORITY), &[], [second, first, second]),
        ("new keys", MESH.to_owned(), &["--rekey"], [first; 3]),
        ("options and a version", options, &[], [first; 3]),
        ("a link", three(), &[], [first; 3]),
    ];
    for (what, mesh, more, floors) in cases {
        let scene = Scene::new(MESH);
        scene.sandbox.authority("new");
        scene.change(&mesh, more);
        let now = ["a/nodes/n1", "a/etcd/etcd-a", "b/etcd/etcd-b"].map(|bundle| floor(&scene, bundle).1);
        assert_eq!(now, floors, "{what}");
        // What changes nothing of it leaves it there.
        scene.change(&mesh, &["--rekey"]);
        let later = ["a/nodes/n1", "a/etcd/etcd-a", "b/etcd/etcd-b"].map(|bundle| floor(&scene, bundle).1);
        assert_eq!(later, floors, "{what}");
    }
}

/// Agents would dial where the name led before.
#[test]
fn a_floor_moves_with_the_address_of_a_name() {
    let named = |address: &str| {
        let aliases = format!("hostAliases: {{ etcd.b.example: [{address}] }}");
        with(&aliases).replace("https://10.0.2.1:2379", "https://etcd.b.example:2379")
    };
    let scene = Scene::new(&named("10.0.2.1"));
    scene.change(&named("10.0.2.9"), &[]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (2, Some(2)));
    assert_eq!(floor(&scene, "b/nodes/n1"), (2, Some(2)), "its own etcd has moved");
}

#[test]
fn a_link_that_goes_is_a_floor() {
    let scene = Scene::new(&three());
    let cut = three() + "links: [[a, b], [b, c]]\n";
    scene.change(&cut, &["--remove", "a/c"]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (2, Some(2)));
    // A new one is not, but then it is like the others.
    scene.change(&three(), &[]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (3, Some(2)));
    scene.change(&three().replace("10.0.3.1:", "10.0.3.9:"), &[]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (4, Some(4)));
}

/// A machine may still have what it had when its node left.
#[test]
fn a_bundle_that_comes_back_begins_anew() {
    let scene = Scene::new(&three());
    scene.change(MESH, &["--remove", "c"]);
    scene.change(&three(), &[]);
    assert_eq!(floor(&scene, "c/nodes/n1"), (2, Some(2)));
}

/// Nothing is refused that may have been fine, and nothing is written again for it.
#[test]
fn floors_of_an_earlier_release_are_not_known() {
    let scene = Scene::new(MESH);
    let mut inventory = scene.inventory();
    for (_, bundle) in inventory["bundles"].as_object_mut().expect("bundles") {
        for key in ["facts", "floor"] {
            bundle.as_object_mut().expect("a record").remove(key);
        }
    }
    inventory["format"] = serde_json::json!(3);
    scene.sandbox.write("state/inventory.json", &inventory.to_string());
    let out = scene.out();
    scene.generate(&[]);
    assert!(scene.out() == out, "only the state has changed");
    assert_eq!(floor(&scene, "a/nodes/n1"), (1, None));
    // The facts are recorded by now.
    scene.change(MESH, &["--rekey"]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (2, None));
    scene.change(&moved(), &[]);
    assert_eq!(floor(&scene, "a/nodes/n1"), (3, Some(3)));
}
