//! `dns`: the names that must resolve, and the files that it prints for those that resolve them.

mod bundles;
mod judges;
mod needs;

/// Compose before and after Cilium reads aliases, systemd, pods with and without KVStoreMesh, names of members and of a balancer, and a
/// name that only DNS knows.
pub(crate) const MESH: &str = r#"
version: 1
mesh: prod
cilium: { version: "1.20" }
defaults: { runtime: { kind: systemd } }
links: { hub: oslo }
clusters:
- name: oslo
  id: 1
  cilium: { version: "1.19" }
  runtime: { kind: compose, service: cilium-agent, hostRoot: mount }
  etcd:
    localClients: true
    announce: true
    peers: true
    endpoints: ["https://etcd.oslo.example.net:2379"]
    hostAliases: { etcd.oslo.example.net: [10.1.0.1, 10.1.0.2] }
    members:
    - { name: etcd1, addresses: [10.1.0.1, etcd1.oslo.example.net] }
    - { name: etcd2, addresses: [10.1.0.2, 192.168.0.2, etcd2.oslo.example.net] }
- name: rome
  id: 2
  cilium: { version: "1.19" }
  etcd:
    endpoints: ["https://rome.example.org:2379", "https://localhost:2379"]
    front: { kind: passthrough, names: [rome.example.org, 10.2.0.9, "fd00:2::9"] }
    members: [{ name: etcd1, addresses: [10.2.0.1] }]
- name: lima
  id: 3
  etcd:
    endpoints: ["https://etcd.lima.example.net:2379", "https://10.3.0.1:2379"]
    members: [{ name: etcd1, addresses: [10.3.0.1] }]
- name: cairo
  id: 4
  runtime: { kind: helm, namespace: cilium, method: provided }
  etcd:
    endpoints: ["https://cairo.mesh.cilium.io:32379"]
    hostAliases: { cairo.mesh.cilium.io: [10.4.0.1, "fd00:4::1"] }
- name: quito
  id: 5
  cilium: { version: "1.18" }
  runtime: { kind: helm, kvstoremesh: false, method: provided }
  etcd:
    endpoints: ["https://quito.mesh.cilium.io:32379"]
    hostAliases: { quito.mesh.cilium.io: [10.5.0.1] }
"#;
