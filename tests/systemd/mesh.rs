//! The mesh whose nodes these are: units by any name, a hosts fragment, every option that there is.

/// `a` has the unit that is meant by default, and every option; `b` another unit, an instance of a template, and no more than
/// name, id and folder, below a folder of `/` that the machine does not have.
pub(crate) const MESH: &str = r#"version: 1
mesh: m
cilium: { version: "1.18", maxConnectedClusters: 511, policyDefaultLocalCluster: true }
defaults:
  runtime: { kind: systemd }
clusters:
- name: a
  id: 1
  etcd:
    endpoints: ["https://etcd.a.example.net:2379"]
    hostAliases: { etcd.a.example.net: [10.0.1.1] }
    members: [{ name: etcd-a, addresses: [10.0.1.1] }]
    localClients: true
    announce: true
  nodes: [n1]
- name: b
  id: 300
  runtime: { kind: systemd, unit: my-agent@edge.1_x.service }
  configDir: /srv/mesh_1.2/peers-of.b
  etcd:
    endpoints: ["https://etcd.b.example.net:2379"]
    hostAliases: { etcd.b.example.net: [10.0.2.1] }
    members: [{ name: etcd-b, addresses: [10.0.2.1] }]
  nodes: [n1]
"#;

/// The agents' units. Ours is a drop-in to one that somebody has written.
pub(crate) const UNIT: &str = "[Unit]
Description=A stand-in for an agent
[Service]
Type=exec
ExecStart=/bin/sh -c 'sleep infinity & wait' cilium-agent --devices=eth0 --debug
Environment=GOGC=50 \"MINE=with a $ and a \\\\\" CILIUM_CLUSTERMESH_CONFIG=/elsewhere
KillSignal=SIGKILL
";
