//! `certs list`: what is in use, until when, and what stops then. openssl reads the dates of what is really installed; promtool and
//! `node_exporter` read the metrics.

mod alerts;
mod expired;
mod files;
mod list;
mod machines;
mod metrics;
mod renewing;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::reports::judged;

/// Two clusters, whose nodes and members are told apart.
const MESH: &str = r#"version: 1
mesh: prod
cilium: { version: "1.18" }
defaults: { runtime: { kind: systemd }, etcd: { localClients: true, announce: true } }
clusters:
- { name: oslo, id: 1, nodes: [node1, node2],
    etcd: { endpoints: [https://10.1.0.1:2379], peers: true, members: [{ name: etcd1, addresses: [10.1.0.1] }, { name: etcd2, addresses: [10.1.0.2] }] } }
- { name: tokyo, id: 2, nodes: [node1],
    etcd: { endpoints: [https://10.2.0.1:2379], members: [{ name: etcd1, addresses: [10.2.0.1] }] } }
"#;

/// The list, held against its schema.
fn list(sandbox: &Sandbox, words: &[&str]) -> Value {
    let report = sandbox.ok(&[&["certs", "list", "--format", "json"], words].concat()).json();
    judged("certs", &report);
    report
}

/// The certificate of this name; null if it is not listed.
fn one(report: &Value, name: &str) -> Value {
    let all = report["certificates"].as_array().expect("certificates");
    let found: Vec<&Value> = all.iter().filter(|view| view["name"] == name).collect();
    assert!(found.len() < 2, "{name} is listed twice: {found:#?}");
    found.first().map_or(Value::Null, |view| (*view).clone())
}
