//! Everything at once: nobody wants to run a checker fifteen times.

use std::collections::BTreeMap;

use crate::diagnostics::fixture::one;
use crate::support::Sandbox;

#[test]
fn fifteen_slips_are_fifteen_findings() {
    let report = one("many-fifteen-slips").play(&["--format", "json"]).json();
    let findings = report["findings"].as_array().expect("findings");
    let lines: Vec<u64> = findings.iter().filter_map(|finding| finding["line"].as_u64()).collect();
    assert_eq!(lines.len(), 15, "{report:#}");
    assert!(lines.is_sorted(), "in the order of the file: {lines:?}");
}

/// Bad values of one cluster's field, each with the code that it gets.
const SLIPS: [(&str, &str); 12] = [
    ("podCIDRs: [10.0.0.0]", "CM0201"),
    ("runtime: { service: agent }", "CM0005"),
    ("runtime: sistemd", "CM0006"),
    ("runtime: [compose]", "CM0004"),
    ("configDir: var/lib", "CM0507"),
    ("cilium: { version: v1.18 }", "CM0107"),
    ("cilium: 1.18", "CM0004"),
    ("nodes: [a_b]", "CM0109"),
    ("nodes: [\"a[2:1]\"]", "CM0111"),
    ("nodes: [a, a]", "CM0110"),
    ("options: never", "CM0006"),
    ("kubeconfig: x", "CM0002"),
];

/// A mesh with a cluster for each of `slips`, all with the id of the first.
fn mesh(slips: &[(&str, &str)]) -> String {
    let mut mesh = String::from("version: 1\nmesh: m\ncilium: { version: \"1.18\" }\nclusters:\n");
    for (number, (slip, _)) in slips.iter().enumerate() {
        let host = format!("10.0.0.{number}");
        let etcd = format!(
            "{{ endpoints: [\"https://{host}:2379\"], localClients: true, members: [{{ name: e, addresses: [{host}] }}] }}"
        );
        mesh.push_str(&format!("- name: c{number}x\n  id: 7\n  etcd: {etcd}\n  {slip}\n"));
    }
    mesh
}

#[test]
fn an_error_in_one_cluster_hides_none_in_another() {
    let report = Sandbox::with_mesh(&mesh(&SLIPS)).run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let mut told: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let cluster = (finding["line"].as_u64().expect("a line") - 5) / 4;
        told.entry(cluster).or_default().push(finding["code"].as_str().expect("a code"));
    }
    for (number, (slip, code)) in SLIPS.iter().enumerate() {
        let mut expected = vec![*code];
        if number > 0 {
            expected.insert(0, "CM0105");
        }
        assert_eq!(told.get(&(number as u64)), Some(&expected), "{slip}\n{report:#}");
    }
}
