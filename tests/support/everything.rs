//! A mesh with every field there is, once at least.

use std::collections::BTreeSet;

use meshbundle::mesh::schema;
use serde_json::Value;

use crate::support::schema::{agree, schema_judge};

pub(crate) const EVERYTHING: &str = r#"
version: 1
mesh: prod
cilium:
  version: "1.18"
  maxConnectedClusters: 255
  policyDefaultLocalCluster: true
  routingMode: tunnel
  tunnelProtocol: vxlan
  encryption: none
  ipam: cluster-pool
  cniChaining: none
  kubernetes: true
  ipv4NativeRoutingCIDR: 10.0.0.0/8
  ipv6NativeRoutingCIDR: fd00::/16
trust:
  authority: shared
  authorities:
    legacy: { certificate: ca/legacy.crt, key: ca/legacy.key }
    corp: { certificate: ca/corp.crt }
  keyAlgorithm: ecdsa-p256
  validity: { authority: 10y, server: 1y, client: 8760h }
  renewBefore: 90d
links: [[cluster1, cluster2]]
accept:
- { code: CM0405, at: "clusters[cluster1].etcd", reason: known }
defaults:
  runtime: compose
  configDir: /var/lib/clustermesh
  cilium: { encryption: wireguard }
  etcd: { clientName: "remote-{cluster}", owner: "etcd:etcd" }
clusters:
- name: cluster1
  id: 101
  cilium: { version: 1.17 }
  runtime: { kind: compose, service: cilium-agent, hostRoot: mount, image: a/b, meshbundleImage: c }
  configDir: /var/lib/clustermesh
  options: emit
  etcd:
    endpoints: [https://10.1.1.1:2379]
    endpointsFor: { cluster2: [https://203.0.113.9:2379] }
    hostAliases: { cluster1.mesh.cilium.io: [10.1.1.1] }
    authority: legacy
    serverTrust: [corp]
    clientSigner: legacy
    clientTrust: [corp]
    clientName: "remote-{cluster}"
    client: { certificate: c.crt, key: c.key }
    serverCertificates: [etcd1.crt]
    front: { kind: terminates, names: [10.1.1.1], certificate: front.crt }
    members: [{ name: etcd1, addresses: [10.1.1.1] }]
    extraDnsNames: [etcd.cluster1.example.net]
    extraIpAddresses: [10.1.1.2]
    owner: etcd:etcd
    peers: true
    localClients: true
    announce: false
  podCIDRs: [10.60.0.0/16]
  nodeCIDRs: [10.1.0.0/16]
  serviceCIDRs: [172.20.0.0/16]
  nodes: [node1, { name: node2, address: 10.1.0.12, hostname: n2.example.net }, "edge[01:40]"]
- name: cluster2
  id: 102
  runtime: { kind: systemd, unit: cilium-agent.service }
  etcd: { endpoints: [https://10.2.2.2:2379] }
- name: cluster3
  id: 103
  runtime:
    kind: helm
    chart: "1.18.5"
    flavour: upstream
    namespace: kube-system
    authMode: legacy
    kvstoremesh: true
    method: cronJob
    service: { type: NodePort, nodePort: 32379 }
    values: cluster3.yaml
    secrets: { form: external, store: vault, storeKind: SecretStore, path: clustermesh/prod, filter: [kubeseal] }
    gitops: true
  etcd: { endpoints: [https://10.3.3.3:2379] }
"#;

/// Names of the properties of every definition in a schema.
fn properties(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Object(properties)) = fields.get("properties") {
                names.extend(properties.keys().cloned());
            }
            fields.values().for_each(|value| properties(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| properties(value, names)),
        _ => {}
    }
}

#[test]
fn it_is_valid_and_has_every_field_of_the_schema() {
    assert!(agree(&schema_judge(), EVERYTHING));
    let mut fields = BTreeSet::new();
    properties(&schema(), &mut fields);
    // A choice: the text above is a list of pairs.
    fields.remove("hub");
    let missing: Vec<_> = fields.iter().filter(|field| !EVERYTHING.contains(&format!("{field}:"))).collect();
    assert!(missing.is_empty(), "the mutations never touch {missing:?}");
}

#[test]
fn the_other_forms_of_links_are_valid_too() {
    for links in ["full", "{ hub: cluster1 }", "[]", "[[a, b], [b, c]]"] {
        let text = EVERYTHING.replace("[[cluster1, cluster2]]", links);
        assert!(agree(&schema_judge(), &text), "{links}");
    }
}
