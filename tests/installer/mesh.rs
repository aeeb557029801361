//! The mesh whose bundles are installed: `a` is read by the tests' node, `b` and `c` are its peers.

/// Two clusters under systemd, with everything that a bundle can have.
pub(crate) const MESH: &str = r#"version: 1
mesh: m
cilium: { version: "1.19" }
defaults:
  runtime: { kind: systemd, unit: cilium-agent.service }
  etcd: { localClients: true, announce: true, owner: "12345:12346" }
clusters:
- name: a
  id: 1
  etcd: { endpoints: ["https://10.0.1.1:2379"], members: [{ name: etcd-a, addresses: [10.0.1.1] }] }
  nodes: [n1, { name: n2, hostname: two.example.net }]
- name: b
  id: 2
  etcd: { endpoints: ["https://10.0.2.1:2379"], members: [{ name: etcd-b, addresses: [10.0.2.1] }] }
  nodes: [n1]
"#;

const THIRD: &str = r#"- name: c
  id: 3
  etcd: { endpoints: ["https://10.0.3.1:2379"], members: [{ name: etcd-c, addresses: [10.0.3.1] }] }
  nodes: [n1]
"#;

/// With a third cluster.
pub(crate) fn three() -> String {
    format!("{MESH}{THIRD}")
}

/// `b` has moved.
pub(crate) fn moved() -> String {
    MESH.replace("10.0.2.1", "10.0.2.9")
}

/// `a` is under docker-compose.
pub(crate) fn compose() -> String {
    MESH.replace("  id: 1\n", "  id: 1\n  runtime: { kind: compose, service: cilium-agent, hostRoot: mount }\n")
}

/// The id of `a` is another.
pub(crate) fn renumbered() -> String {
    MESH.replace("  id: 1\n", "  id: 7\n")
}
