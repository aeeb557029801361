//! `smoke`: the kit that shows whether two clusters work together. Cilium's own code judges its policies and its schema judges its objects in
//! tests/conformance; here its commands run.

mod commands;
mod folder;
mod sides;

/// Kubernetes beside agents of compose, pods of a chart, and agents without Kubernetes that get policies in each way.
pub(crate) const MESH: &str = r#"
version: 1
mesh: prod
cilium: { version: "1.16" }
defaults:
  runtime: { kind: systemd }
  etcd: { localClients: true }
links: [[oslo, tokyo], [oslo, lima], [oslo, "1e3"], [lima, "1e3"], [oslo, quito], [oslo, cairo]]
clusters:
- name: oslo
  id: 1
  cilium: { kubernetes: true }
  runtime: { kind: compose, service: cilium-agent, hostRoot: mount }
  etcd: { endpoints: ["https://10.1.0.1:2379"], members: [{ name: etcd1, addresses: [10.1.0.1] }] }
- name: tokyo
  id: 2
  cilium: { kubernetes: false }
  etcd: { endpoints: ["https://10.2.0.1:2379"], members: [{ name: etcd1, addresses: [10.2.0.1] }] }
- name: lima
  id: 3
  cilium: { kubernetes: false, version: "1.15" }
  runtime: { kind: compose, service: agent, hostRoot: mount }
  etcd: { endpoints: ["https://10.3.0.1:2379"], members: [{ name: etcd1, addresses: [10.3.0.1] }] }
- name: "1e3"
  id: 4
  etcd: { endpoints: ["https://10.4.0.1:2379"], members: [{ name: etcd1, addresses: [10.4.0.1] }] }
- name: quito
  id: 5
  cilium: { kubernetes: true, version: "1.17" }
  etcd: { endpoints: ["https://10.5.0.1:2379"], members: [{ name: etcd1, addresses: [10.5.0.1] }] }
- name: cairo
  id: 6
  runtime: { kind: helm, namespace: cilium, method: provided }
  etcd: { endpoints: ["https://cairo.example.net:2379"] }
"#;
