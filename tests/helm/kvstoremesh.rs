//! KVStoreMesh is turned on and off in two runs: no agent reads it before it has read, or after it has stopped.

use serde_json::{Value, json};

use crate::helm::scene::{Mixed, NODE_PORT, mesh};

const UNIT: &str = "cairo/step/kvstoremesh";

/// What agents read: the remote cluster by themselves, with a key, or KVStoreMesh; and whether there is a Secret for that.
fn agents_read(mixed: &Mixed) -> (&'static str, bool) {
    let cluster = mixed.applied();
    let is_direct = cluster.data("cilium-clustermesh").contains_key("oslo.etcd-client.key");
    (if is_direct { "oslo" } else { "KVStoreMesh" }, mixed.objects().contains(&"cilium-kvstoremesh".to_owned()))
}

/// `clustermesh.apiserver.kvstoremesh` of the values.
fn in_values(mixed: &Mixed) -> Value {
    mixed.values()["clustermesh"]["apiserver"]["kvstoremesh"].clone()
}

fn text(is_on: bool) -> String {
    mesh("1.20", &format!(", kvstoremesh: {is_on}"), NODE_PORT)
}

/// Generates without a change of the mesh. Returns whether the cluster gets anything else.
fn goes_on(mixed: &Mixed) -> bool {
    let before = mixed.sandbox.tree("out/bundles/cairo");
    mixed.sandbox.ok(&["generate", "mesh.yaml"]);
    before != mixed.sandbox.tree("out/bundles/cairo")
}

#[test]
fn kvstoremesh_stays_on_until_agents_read_by_themselves() {
    let mixed = Mixed::new(&text(true));
    assert_eq!(agents_read(&mixed), ("KVStoreMesh", true));
    let first = mixed.applied().get();
    mixed.change(&text(false));
    let said = mixed.sandbox.ok(&["rollout", "status"]).stdout;
    assert!(said.contains("cairo: KVStoreMesh stays on until the bundle of `cairo` is past generation 1"), "{said}");
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", true), json!({ "enabled": true })));
    for evidence in [None, Some(&first)] {
        evidence.into_iter().for_each(|stream| drop(mixed.record(stream)));
        assert!(!goes_on(&mixed), "the pods may read KVStoreMesh");
    }
    mixed.record(&mixed.applied().get());
    let status = mixed.sandbox.ok(&["rollout", "status"]).stdout;
    assert!(status.contains("cairo: KVStoreMesh stays on, and nothing needs it: the next `generate` drops it"), "{status}");
    assert!(goes_on(&mixed));
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", false), json!({ "enabled": false })));
    assert!(!goes_on(&mixed));
}

#[test]
fn agents_read_kvstoremesh_once_it_has_read() {
    let mixed = Mixed::new(&text(false));
    mixed.record(&mixed.applied().get());
    mixed.sandbox.write("mesh.yaml", &text(true));
    let said = mixed.sandbox.ok(&["plan", "mesh.yaml"]).stdout;
    let step = format!(
        "cairo: once its KVStoreMesh has read every remote cluster: `meshbundle rollout record mesh.yaml --by-hand {UNIT}`"
    );
    assert!(said.contains(&step), "{said}");
    mixed.sandbox.ok(&["generate", "mesh.yaml"]);
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", true), json!({ "enabled": true })));
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", UNIT]);
    assert!(!goes_on(&mixed), "its Secret may not be there");
    mixed.record(&mixed.applied().get());
    assert!(goes_on(&mixed));
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("KVStoreMesh", true), json!({ "enabled": true })));
    // Nothing waits for it any more.
    let again = mixed.sandbox.run(&["rollout", "record", "mesh.yaml", "--by-hand", UNIT]);
    assert!(again.stdout.contains("nothing waits for `cairo/step/kvstoremesh`"), "{}", again.stdout);
}

/// Its Secret is no word that it has read.
#[test]
fn agents_wait_for_the_operators_word() {
    let mixed = Mixed::new(&text(false));
    mixed.change(&text(true));
    mixed.record(&mixed.applied().get());
    assert!(!goes_on(&mixed));
    let status = mixed.sandbox.ok(&["rollout", "status"]).stdout;
    assert!(status.contains("see that its KVStoreMesh has read every remote cluster"), "{status}");
}

#[test]
fn a_kvstoremesh_that_no_agent_has_read_is_turned_off_at_once() {
    let mixed = Mixed::new(&text(false));
    mixed.change(&text(true));
    mixed.change(&text(false));
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", false), json!({ "enabled": false })));
}

/// The mesh changes its mind while KVStoreMesh stays on: it is asked again whether it has read.
#[test]
fn a_kvstoremesh_that_is_wanted_again_is_read_on_the_operators_word() {
    let mixed = Mixed::new(&text(true));
    mixed.record(&mixed.applied().get());
    mixed.change(&text(false));
    mixed.record(&mixed.applied().get());
    mixed.change(&text(true));
    assert_eq!(agents_read(&mixed), ("oslo", true));
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", UNIT]);
    assert!(goes_on(&mixed));
    assert_eq!(agents_read(&mixed), ("KVStoreMesh", true));
}

/// The owner has turned it off already: agents need their own way now.
#[test]
fn values_that_have_it_off_are_not_turned_on_again() {
    let text = mesh("1.20", ", values: release.yaml", NODE_PORT);
    let mixed = Mixed::of_release(&text, "clustermesh: {apiserver: {kvstoremesh: {enabled: true}}}\n");
    assert_eq!(agents_read(&mixed), ("KVStoreMesh", true));
    mixed.sandbox.write("release.yaml", "clustermesh: {apiserver: {kvstoremesh: {enabled: false}}}\n");
    assert!(goes_on(&mixed));
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", false), json!({ "enabled": false })));
}

/// A chart of 1.16 turns on what one of 1.15 has off.
#[test]
fn an_upgrade_that_turns_kvstoremesh_on_cuts_no_agent() {
    let mixed = Mixed::new(&mesh("1.15", "", NODE_PORT));
    assert_eq!(agents_read(&mixed), ("oslo", false));
    mixed.change(&mesh("1.16", "", NODE_PORT));
    assert_eq!((agents_read(&mixed), in_values(&mixed)), (("oslo", true), Value::Null));
}
