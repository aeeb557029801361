//! Small meshes, as text that tests edit as users do.

/// A mesh of `clusters`, with one authority for all.
pub(crate) fn mesh(clusters: &[String]) -> String {
    let head = "version: 1\nmesh: test\ncilium:\n  version: \"1.18\"\ntrust:\n  authority: shared\nlinks: full\nclusters:\n";
    format!("{head}{}", clusters.concat())
}

/// The same with an authority for each cluster.
pub(crate) fn mesh_of_own(clusters: &[String]) -> String {
    edit(&mesh(clusters), "authority: shared", "authority: per-cluster")
}

/// A cluster of two nodes, its etcd of one member at `10.0.ID.1`.
pub(crate) fn cluster(name: &str, id: u8) -> String {
    format!(
        "- name: {name}
  id: {id}
  runtime: systemd
  etcd:
    endpoints: [\"https://10.0.{id}.1:2379\"]
    members: [{{ name: etcd1, addresses: [10.0.{id}.1] }}]
  nodes: [n1, n2]
"
    )
}

/// `text` with `from` replaced by `to`; it must be there, once.
pub(crate) fn edit(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {text}");
    text.replace(from, to)
}
