//! A change of CA at an etcd that gets no files from here: its operator says what is done there, and until then both ends work with what
//! they had.

use std::fs;

use serde_json::{Value, json};

use super::scene::{Scene, strings};
use super::trust::{foreign, scene_of};
use crate::support::tool;

/// Which CA signed a reader's certificate, by openssl.
pub(crate) fn client_signer(scene: &Scene) -> String {
    let bundle = scene.bundle("a/nodes/n1");
    let file = bundle.peers().join("b.etcd-client.crt");
    let issuer = tool("openssl", "openssl", ["x509", "-noout", "-issuer", "-in", file.to_str().expect("text")]);
    issuer.trim().to_owned()
}

/// How many CAs the agents trust for the servers.
fn anchors(scene: &Scene) -> usize {
    scene.bundle("a/nodes/n1").peer("b.etcd-client-ca.crt").matches("BEGIN").count()
}

pub(crate) fn by_hand(scene: &Scene, unit: &str) {
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", unit]);
}

fn steps(scene: &Scene, wave: &str) -> Value {
    scene.wave(wave)["steps"].clone()
}

fn status(scene: &Scene) -> Value {
    scene.sandbox.run(&["rollout", "status", "--format", "json"]).json()
}

pub(crate) fn units(scene: &Scene) -> Vec<String> {
    let report = status(scene);
    let units = report["units"].as_array().expect("units").iter();
    let left = units.filter(|unit| unit["done"] == false && unit["unit"].as_str().is_some_and(|unit| unit.contains("/step/")));
    left.map(|unit| format!("{} {}", unit["wave"].as_str().expect("a wave"), unit["unit"].as_str().expect("a unit"))).collect()
}

#[test]
fn another_ca_signs_clients_when_the_operator_says_that_the_etcd_trusts_it() {
    let scene = scene_of(&foreign("    authority: old\n"));
    let before = client_signer(&scene);
    scene.change(&foreign("    authority: old\n    clientSigner: new\n"), &[]);
    assert_eq!(client_signer(&scene), before, "the etcd may not trust it yet");
    let command = "meshbundle rollout record MESH --by-hand b/step/client-trust";
    let step = json!([{ "step": "trust-authorities", "cluster": "b", "authorities": ["new"], "command": command }]);
    assert_eq!(steps(&scene, "members"), step);
    assert_eq!(units(&scene), ["members b/step/client-trust"]);
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert_eq!(
        (client_signer(&scene), steps(&scene, "members")),
        (before.clone(), step),
        "receipts of others show nothing of it"
    );
    let said = scene.sandbox.ok(&["plan"]).stdout;
    assert!(said.contains(&command.replace("MESH", "mesh.yaml")) && said.contains("let its etcd trust CA new"), "{said}");
    let said = scene.sandbox.ok(&["rollout", "status"]).stdout;
    assert!(said.contains("CA `new` for the clients: `b/step/client-trust` is not recorded"), "{said}");

    by_hand(&scene, "b/step/client-trust");
    assert_eq!(units(&scene), [""; 0]);
    scene.generate(&[]);
    assert_ne!(client_signer(&scene), before);
    assert_eq!(steps(&scene, "members"), Value::Null);
    // It may go there when all readers have other certificates.
    let kept = |scene: &Scene| status(scene)["kept"].clone();
    assert_eq!((&kept(&scene)[0]["kind"], &kept(&scene)[0]["name"]), (&json!("clientAuthority"), &json!("old")));
    scene.record_all(2, &[]);
    scene.generate(&[]);
    assert_eq!(kept(&scene), json!([]));
}

/// The word is about what was asked for then.
#[test]
fn a_step_is_asked_for_again_with_another_ca() {
    let scene = scene_of(&foreign("    authority: old\n"));
    scene.change(&foreign("    authority: old\n    clientSigner: new\n"), &[]);
    by_hand(&scene, "b/step/client-trust");
    scene.generate(&[]);
    let before = client_signer(&scene);
    scene.sandbox.authority("third");
    let third = "    new: { certificate: new.crt, key: new.key }\n    third: { certificate: third.crt, key: third.key }\n";
    let text = foreign("    authority: old\n    clientSigner: third\n");
    scene.change(&text.replace("    new: { certificate: new.crt, key: new.key }\n", third), &[]);
    assert_eq!((client_signer(&scene), units(&scene)), (before, vec!["members b/step/client-trust".to_owned()]));
}

/// Agents that trusted the new CA alone would refuse servers that still have their old certificates.
#[test]
fn the_ca_of_its_servers_stays_trusted_until_the_operator_says_that_none_has_its_certificates() {
    let scene = scene_of(&foreign("    clientSigner: old\n    serverTrust: [old]\n"));
    scene.change(&foreign("    clientSigner: old\n    serverTrust: [new]\n"), &[]);
    assert_eq!(anchors(&scene), 2);
    let command = "meshbundle rollout record MESH --by-hand b/step/server-certificates";
    let step = json!([{ "step": "replace-certificates", "cluster": "b", "authorities": ["old"], "command": command }]);
    assert_eq!(steps(&scene, "withdrawal"), step);
    assert_eq!(units(&scene), ["withdrawal b/step/server-certificates"]);
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert_eq!((anchors(&scene), steps(&scene, "withdrawal")), (2, step));
    let kept = &status(&scene)["kept"][0];
    let of = ["kind", "name", "step"].map(|key| kept[key].as_str().expect("text"));
    assert_eq!((of, strings(&kept["waiting"])), (["serverAuthority", "old", "b/step/server-certificates"], vec![]));
    let said = scene.sandbox.ok(&["rollout", "status"]).stdout;
    assert!(
        said.contains("CA `old`, which signed servers, stays trusted until `b/step/server-certificates` is recorded"),
        "{said}"
    );
    by_hand(&scene, "b/step/server-certificates");
    scene.generate(&[]);
    assert_eq!(anchors(&scene), 1);
    scene.generate(&[]);
    assert_eq!((anchors(&scene), steps(&scene, "withdrawal")), (1, Value::Null), "it does not come back");
}

#[test]
fn a_ca_that_is_wanted_again_is_not_asked_about() {
    let scene = scene_of(&foreign("    clientSigner: old\n    serverTrust: [old]\n"));
    scene.change(&foreign("    clientSigner: old\n    serverTrust: [new]\n"), &[]);
    scene.change(&foreign("    clientSigner: old\n    serverTrust: [old]\n"), &[]);
    assert_eq!(anchors(&scene), 2, "its servers may have certificates of the new one by now");
    assert_eq!(steps(&scene, "withdrawal")[0]["authorities"], json!(["new"]));
}

/// Its certificate is needed as long as it is trusted.
#[test]
fn a_ca_that_is_kept_must_stay_in_the_mesh() {
    let scene = scene_of(&foreign("    clientSigner: new\n    serverTrust: [old]\n"));
    scene.edit(
        &foreign("    clientSigner: new\n    serverTrust: [new]\n")
            .replace("    old: { certificate: old.crt, key: old.key }\n", ""),
    );
    scene.refused(&[], 1, &["CM0604", "refusing to forget CA `old`, which signed the servers of `b`"]);
}

#[test]
fn a_step_that_nothing_waits_for_is_not_recorded() {
    let scene = scene_of(&foreign("    clientSigner: old\n    serverTrust: [old]\n"));
    for unit in ["b/step/client-trust", "a/step/server-certificates"] {
        let ran = scene.sandbox.run(&["rollout", "record", "mesh.yaml", "--by-hand", unit]);
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        assert!(ran.stdout.contains("CM0903") && ran.stdout.contains(&format!("nothing waits for `{unit}`")), "{}", ran.stdout);
    }
}

/// Commands are pasted where the mesh is: they name its file. What is written is the same wherever that is.
#[test]
fn commands_name_the_mesh_as_it_was_given() {
    let scene = scene_of(&foreign("    authority: old\n"));
    scene.change(&foreign("    authority: old\n    clientSigner: new\n"), &[]);
    let index = scene.sandbox.read("out/index.json");
    fs::rename(scene.sandbox.path("mesh.yaml"), scene.sandbox.path("my mesh.yaml")).expect("renamed");
    let command = "meshbundle rollout record './my mesh.yaml' --by-hand b/step/client-trust";
    assert!(scene.sandbox.ok(&["plan", "my mesh.yaml"]).stdout.contains(&format!("`{command}`")));
    let plan = scene.sandbox.ok(&["plan", "my mesh.yaml", "--format", "json"]).json();
    assert!(plan["waves"].to_string().contains(command), "{plan}");
    let elsewhere = scene.sandbox.ok(&["plan", "my mesh.yaml", "--state", "./state"]).stdout;
    assert!(elsewhere.contains("record './my mesh.yaml' --state ./state --by-hand"), "{elsewhere}");
    scene.sandbox.ok(&["generate", "my mesh.yaml"]);
    assert_eq!(scene.sandbox.read("out/index.json"), index);
    scene.sandbox.ok(&["rollout", "record", "my mesh.yaml", "--by-hand", "b/step/client-trust"]);
}
