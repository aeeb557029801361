//! The meshes that are measured, each as the text of its file.

use std::path::PathBuf;
use std::process::Command;

/// What `samples/large.sh` writes: a CA for each cluster.
pub(crate) fn own_authorities(clusters: usize, nodes: usize) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
    let ran = Command::new(script).args([clusters.to_string(), nodes.to_string()]).output().expect("the script runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("text")
}

/// The same with one CA for the mesh.
pub(crate) fn one_authority(clusters: usize, nodes: usize) -> String {
    replaced(&own_authorities(clusters, nodes), "authority: per-cluster", "authority: shared")
}

/// The same, and each node with a client certificate of its own.
pub(crate) fn names_of_nodes(clusters: usize, nodes: usize) -> String {
    let named = "    localClients: true\n    clientName: \"{cluster}.{node}\"\n";
    replaced(&one_authority(clusters, nodes), "    localClients: true\n", named)
}

/// One cluster with all the nodes, among others of one node.
pub(crate) fn one_large(clusters: usize, nodes: usize) -> String {
    replaced(&own_authorities(clusters, 1), "c001-n[001:001]", &format!("c001-n[001:{nodes:03}]"))
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replace(from, to)
}
