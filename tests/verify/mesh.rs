//! Against the mesh: links that are missing, extra or stale.

use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::codes::{Told, told};

/// Codes that only a mesh leads to.
pub(crate) const CODES: &[&str] = &["CM0708", "CM0751", "CM0752", "CM0753", "CM0767"];

/// The bundle against the mesh after a change of the mesh.
fn against(bundle: &Bundle, change: impl FnOnce(String) -> String) -> Told {
    bundle.sandbox.write("later.yaml", &change(bundle.sandbox.read("mesh.yaml")));
    told(&bundle.sandbox, &[bundle.root.to_str().expect("text"), "--mesh", "later.yaml"])
}

const THIRD: &str = "- name: cluster3\n  id: 103\n  etcd:\n    endpoints: [https://10.3.3.3:2379]\n    members: [{ name: etcd1, addresses: [10.3.3.3] }]\n  podCIDRs: [10.80.0.0/16]\n";

#[test]
fn the_same_mesh_is_clean() {
    let bundle = Bundle::new();
    let same = against(&bundle, |mesh| mesh);
    assert!(same.codes.is_empty(), "{}", same.report);
}

#[test]
fn a_link_that_the_bundle_lacks() {
    let bundle = Bundle::new();
    let told = against(&bundle, |mesh| mesh + THIRD);
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0751"], "{}", told.report);
}

#[test]
fn a_link_that_the_mesh_does_not_have() {
    let bundle = Bundle::new();
    let told = against(&bundle, |mesh| mesh.replace("name: cluster2", "name: cluster9"));
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0751", "CM0752"], "{}", told.report);
}

#[test]
fn a_link_that_says_other_than_the_mesh() {
    let bundle = Bundle::new();
    for (from, to) in [("10.2.2.2", "10.2.2.7"), ("id: 102", "id: 109")] {
        let told = against(&bundle, |mesh| mesh.replace(from, to));
        assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0753"], "{from}: {}", told.report);
    }
}

#[test]
fn a_cluster_id_that_differs_from_the_mesh() {
    let bundle = Bundle::new();
    let told = against(&bundle, |mesh| mesh.replace("id: 101", "id: 108"));
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0603"], "{}", told.report);
}

/// Of a bare folder it is known by what it reads, or it is said.
#[test]
fn a_bare_folder_is_held_against_its_cluster() {
    let bundle = Bundle::new();
    let folder = bundle.at(FOLDER).to_str().expect("text").to_owned();
    let known = told(&bundle.sandbox, &[&folder, "--mesh", "mesh.yaml"]);
    assert!(known.codes.is_empty(), "{}", known.report);
    bundle.sandbox.write("three.yaml", &(bundle.sandbox.read("mesh.yaml") + THIRD));
    let unknown = bundle.sandbox.run(&["verify", &folder, "--mesh", "three.yaml"]);
    assert_eq!(unknown.status, 2, "{}", unknown.stdout);
    assert!(unknown.said("--cluster NAME"), "{}", unknown.stderr);
    let said = told(&bundle.sandbox, &[&folder, "--mesh", "three.yaml", "--cluster", "cluster1"]);
    assert_eq!(said.codes.iter().collect::<Vec<_>>(), ["CM0751"], "{}", said.report);
}

/// Each cluster is read through the eyes of its own version.
#[test]
fn a_cluster_is_read_as_its_own_version_reads() {
    let bundle = Bundle::new();
    let older = bundle.sandbox.read("mesh.yaml").replace("  id: 101", "  cilium: { version: \"1.17\" }\n  id: 101");
    bundle.sandbox.write("older.yaml", &older);
    for (mesh, version) in [("mesh.yaml", "Cilium 1.18"), ("older.yaml", "Cilium 1.17")] {
        let ran = bundle.sandbox.run(&["verify", bundle.root.to_str().expect("text"), "--mesh", mesh]);
        assert!(ran.stdout.contains(version), "{}", ran.stdout);
    }
}

/// One folder may go to all clusters: its own config is no link of a cluster.
#[test]
fn the_config_of_the_local_etcd_is_no_extra_link() {
    let bundle = Bundle::new();
    std::fs::copy(bundle.peer("cluster2"), bundle.peer("cluster1")).expect("copied");
    let folder = bundle.at(FOLDER).to_str().expect("text").to_owned();
    for words in [&["--cluster", "cluster1"][..], &["--cluster", "cluster1", "--mesh", "mesh.yaml"]] {
        let told = told(&bundle.sandbox, &[&[folder.as_str()], words].concat());
        assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0703"], "{}", told.report);
    }
}

#[test]
fn a_mesh_with_errors_proves_nothing() {
    let bundle = Bundle::new();
    bundle.sandbox.write("bad.yaml", &bundle.sandbox.read("mesh.yaml").replace("id: 102", "id: 101"));
    let ran = bundle.sandbox.run(&["verify", bundle.root.to_str().expect("text"), "--mesh", "bad.yaml"]);
    assert_eq!(ran.status, 3, "{}", ran.stdout);
    assert!(ran.said("CM0105"), "{}", ran.stderr);
}

#[test]
fn a_certificate_that_was_revoked() {
    let bundle = Bundle::new();
    bundle.sandbox.ok(&["certs", "revoke", "mesh.yaml", "cluster1/node/node1", "--apply"]);
    let told = against(&bundle, |mesh| mesh);
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0767"], "{}", told.report);
}
