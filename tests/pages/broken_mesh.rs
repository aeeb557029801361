//! A broken mesh of eight clusters. Two links do not work, one because of a firewall; the certificate of one etcd was forgotten when the
//! others were renewed; these have theirs, and so have some nodes.

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::support::receipts::{manifest, receipt_line, unit};
use crate::support::reports::judged;

/// The clusters, each with its nodes; that at place N has the etcd 10.N.0.1.
pub(super) const CLUSTERS: [(&str, usize); 8] =
    [("cairo", 2), ("lagos", 1), ("lima", 1), ("oslo", 2), ("paris", 1), ("quito", 1), ("rome", 1), ("tokyo", 1)];

/// When the report is made.
pub(super) const NOW: &str = "2026-11-02T09:00:00Z";

/// Why a link is not ready: the code, the message and the help of `probe`.
type Fault = (&'static str, &'static str, &'static str);

const NO_ANSWER: Fault = (
    "CM0803",
    "`https://10.7.0.1:2379`: no answer from 10.7.0.1:2379 within 5 s",
    "allow this node to connect to port 2379 there (firewall, security group), or correct the address",
);
const UNTRUSTED: Fault = (
    "CM0805",
    "`https://10.3.0.1:2379`: no trusted CA has signed `CN=etcd1.lima`",
    "append the CA `CN=lima CA` to `/var/lib/clustermesh/lima.etcd-client-ca.crt`, if this is the right etcd",
);

fn mesh(clusters: &[String]) -> String {
    format!(
        "version: 1\nmesh: atlas\ncilium: {{ version: \"1.18\", policyDefaultLocalCluster: true }}\n\
         trust: {{ validity: {{ server: 40d, client: 1y }}, renewBefore: 20d }}\n\
         defaults: {{ runtime: {{ kind: systemd }}, etcd: {{ localClients: true, announce: true }} }}\nclusters:\n{}",
        clusters.concat()
    )
}

fn cluster((number, (name, nodes)): (usize, &(&str, usize))) -> String {
    let id = number + 1;
    let nodes: Vec<String> = (1..=*nodes).map(|node| format!("n{node}")).collect();
    format!(
        "- {{ name: {name}, id: {id}, nodes: [{}], etcd: {{ endpoints: [https://10.{id}.0.1:2379], \
         members: [{{ name: etcd1, addresses: [10.{id}.0.1] }}] }} }}\n",
        nodes.join(", ")
    )
}

/// What `probe` prints on a node of `reader`, where the links to `faults` are not ready.
pub(super) fn probe(reader: &str, faults: &[(&str, Fault)]) -> Value {
    let link = |(number, (name, _)): (usize, &(&str, usize))| {
        let authority = format!("10.{}.0.1:2379", number + 1);
        let mut attempt = json!({ "endpoint": format!("https://{authority}"), "address": authority });
        let mut link = json!({
            "cluster": name, "file": format!("/var/lib/clustermesh/{name}"), "ready": true, "findings": [], "heartbeat": {},
        });
        if let Some((_, (code, message, help))) = faults.iter().find(|(remote, _)| remote == name) {
            let fault = json!({ "code": code, "message": message, "help": help });
            link["ready"] = json!(false);
            for key in ["code", "message", "help"] {
                link[key] = fault[key].clone();
            }
            attempt["error"] = fault;
        }
        link["attempts"] = json!([attempt]);
        link
    };
    let links: Vec<Value> = CLUSTERS.iter().enumerate().filter(|(_, (name, _))| *name != reader).map(link).collect();
    let report = json!({
        "format": 2, "files": ["/var/lib/clustermesh"], "findings": [], "notChecked": [],
        "count": { "errors": faults.len(), "warnings": 0, "accepted": 0 },
        "at": "2026-11-02T08:00:00Z", "cluster": reader, "ready": faults.is_empty(),
        "summary": { "links": links.len(), "ready": links.len() - faults.len(), "causes": {} },
        "links": links, "missing": [],
    });
    judged("probe", &report);
    report
}

/// The mesh in a sandbox, with what nodes of three clusters have probed.
pub(super) fn broken_mesh() -> Sandbox {
    let clusters: Vec<String> = CLUSTERS.iter().enumerate().map(cluster).collect();
    let mut sandbox = Sandbox::with_mesh(&mesh(&clusters));
    sandbox.at("2026-10-01T12:00:00Z");
    sandbox.generate(&[]);
    sandbox.at("2026-10-25T12:00:00Z");
    let renewed = CLUSTERS.iter().filter(|(name, _)| *name != "quito").flat_map(|(name, _)| ["--only", name]);
    sandbox.generate(&["--renew"].into_iter().chain(renewed).collect::<Vec<_>>());
    let nodes = ["cairo/nodes/n1", "oslo/nodes/n1", "oslo/nodes/n2", "rome/nodes/n1"].map(str::to_owned);
    let members = CLUSTERS.iter().filter(|(name, _)| *name != "quito").map(|(name, _)| format!("{name}/etcd/etcd1"));
    let receipt = |bundle: String| receipt_line(&manifest(&sandbox, &bundle), &unit(&bundle), 1_792_900_000, &[]);
    sandbox.write("receipts.txt", &nodes.into_iter().chain(members).map(receipt).collect::<Vec<_>>().join("\n"));
    sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    sandbox.at(NOW);
    for (reader, faults) in [("cairo", vec![]), ("paris", vec![("rome", NO_ANSWER)]), ("tokyo", vec![("lima", UNTRUSTED)])] {
        sandbox.write(&format!("probe-{reader}.json"), &probe(reader, &faults).to_string());
    }
    sandbox
}

/// The words that name what was probed.
pub(super) const OBSERVED: [&str; 6] =
    ["--observed", "probe-cairo.json", "--observed", "probe-paris.json", "--observed", "probe-tokyo.json"];

/// The same mesh with its clusters in another order.
pub(super) fn turned_round() -> String {
    let clusters: Vec<String> = CLUSTERS.iter().enumerate().map(cluster).rev().collect();
    mesh(&clusters)
}
