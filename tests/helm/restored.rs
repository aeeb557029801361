//! A state that was restored from a backup, with a Helm cluster in the mesh.

use std::fs;

use serde_json::Value;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::Sandbox;

/// cairo dials the etcd of oslo at this address.
fn at(host: u8) -> String {
    mesh("1.20", "", NODE_PORT).replace("10.61.0.1", &format!("10.61.0.{host}"))
}

/// Goes back to the backup. What was written since is lost, but for what the cluster has.
fn restore(sandbox: &Sandbox) {
    ["state", "out"].into_iter().for_each(|folder| fs::remove_dir_all(sandbox.path(folder)).expect("removed"));
    sandbox.ok(&["state", "restore", "backup.tar.gz"]);
}

/// The output folder has Secrets beside archives, and may be what is applied later.
#[test]
fn an_output_folder_with_secrets_is_taken_in() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let sandbox = &mixed.sandbox;
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    mixed.change(&mesh("1.20", "", &NODE_PORT.replace("10.63.0.1", "10.63.0.9")));
    fs::remove_dir_all(sandbox.path("state")).expect("removed");
    sandbox.ok(&["state", "restore", "backup.tar.gz"]);
    let said = sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]).stdout;
    assert!(said.contains("2 bundles taken in") && said.contains("0 refused"), "{said}");
}

/// The cluster has Secrets that were written after the backup, and the mesh has moved on.
#[test]
fn what_a_cluster_has_is_taken_in() {
    let mixed = Mixed::new(&at(1));
    let sandbox = &mixed.sandbox;
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    mixed.change(&at(2));
    let in_use = mixed.applied().get();
    restore(sandbox);
    sandbox.write("mesh.yaml", &at(3));
    let generate = || sandbox.run(&["generate", "mesh.yaml", "--without", "oslo"]);
    let refused = generate();
    assert!(refused.stdout.contains("no receipt since then shows what is installed at `cairo/helm`"), "{}", refused.stdout);
    assert!(refused.stdout.contains("kubectl get secret,configmap -n NAMESPACE"), "{}", refused.stdout);
    let report = mixed.record(&in_use);
    assert_eq!((&report["bundles"], &report["recorded"], &report["refused"]), (&1.into(), &1.into(), &0.into()), "{report}");
    assert_eq!(mixed.status()["installed"], 2, "{}", mixed.status());
    let done = generate();
    assert_eq!(done.status, 0, "{}{}", done.stdout, done.stderr);
    let kept = sandbox.ok(&["rollout", "status", "--format", "json"]).json()["kept"].to_string();
    assert!(kept.contains("10.61.0.2"), "cairo dials it: {kept}");
    // Once cairo has what is written now, nothing dials the others.
    mixed.record(&mixed.applied().get());
    let kept = sandbox.ok(&["rollout", "status", "--format", "json"]).json()["kept"].to_string();
    assert!(!kept.contains("cairo/helm"), "{kept}");
}

/// KVStoreMesh was turned off after the backup: its agents read by themselves, and do not read it again before it has read.
#[test]
fn what_kvstoremesh_does_is_taken_in() {
    let with = |is_on: bool| mesh("1.20", &format!(", kvstoremesh: {is_on}"), NODE_PORT);
    let mixed = Mixed::new(&with(true));
    let sandbox = &mixed.sandbox;
    mixed.record(&mixed.applied().get());
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    for _ in ["agents read by themselves", "KVStoreMesh goes"] {
        mixed.change(&with(false));
        mixed.record(&mixed.applied().get());
    }
    let in_use = mixed.applied().get();
    restore(sandbox);
    sandbox.write("mesh.yaml", &with(true));
    mixed.record(&in_use);
    sandbox.ok(&["generate", "mesh.yaml", "--without", "oslo"]);
    let secret = mixed.applied().data("cilium-clustermesh");
    assert!(secret.contains_key("oslo.etcd-client.key"), "{:?}", secret.keys());
    let status = sandbox.ok(&["rollout", "status"]).stdout;
    assert!(status.contains("see that its KVStoreMesh has read every remote cluster"), "{status}");
}

/// With certificates from here, what the etcd trusts is in its Secrets.
#[test]
fn the_cas_of_provided_certificates_are_taken_in() {
    let of = |etcd: &str| {
        mesh("1.20", ", method: provided", &format!("{NODE_PORT}{etcd}")).replace("authority: corp, clientSigner: mesh, ", "")
    };
    let mixed = Mixed::new(&of(""));
    let sandbox = &mixed.sandbox;
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    mixed.change(&of(", clientTrust: [mesh, corp]"));
    let in_use = mixed.applied().get();
    restore(sandbox);
    let trusted = || {
        let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
        inventory["clusters"]["cairo"]["trust"]["clientTrust"].as_array().expect("CAs").len()
    };
    assert_eq!(trusted(), 1);
    let report = mixed.record(&in_use);
    assert_eq!((&report["bundles"], &report["refused"]), (&1.into(), &0.into()), "{report}");
    assert_eq!(trusted(), 2);
}
