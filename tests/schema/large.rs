//! The largest meshes are read: a limit against hostile files must not refuse what Cilium allows.

use std::fmt::Write;

use meshbundle::mesh::parse;

/// Once a mesh of 511 clusters with 200 nodes was refused as soon as the nodes had addresses: their keys and values were counted,
/// too.
#[test]
fn a_mesh_of_511_clusters_with_300_nodes_that_have_addresses_is_read() {
    let mut text = String::from("version: 1\nmesh: large\ncilium: { version: \"1.20\", maxConnectedClusters: 511 }\nclusters:\n");
    for n in 1..=511 {
        let etcd = format!("{{ endpoints: [\"https://10.{}.{}.1:2379\"] }}", n / 256, n % 256);
        writeln!(text, "- name: c{n:03}\n  id: {n}\n  etcd: {etcd}\n  nodes:").expect("memory");
        for node in 0..300 {
            writeln!(text, "  - {{ name: c{n:03}-n{node:03}, address: 10.{}.{}.{} }}", 2 + n, node / 256, node % 256)
                .expect("memory");
        }
    }
    let parsed = parse(&text);
    assert!(parsed.mesh.is_some(), "{:?}", parsed.findings.first());
}
