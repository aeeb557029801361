//! The digests that a state remembers of bundles. Where they change for the same mesh, an upgrade of meshbundle ships everything again:
//! `LAYOUT` in `src/plan/bundle_digest.rs` is raised for that, and nothing else may change them.

use aws_lc_rs::digest::{SHA256, digest};
use meshbundle::plan::Inventory;

use crate::properties::issued::{carried_out, planned, sound};

/// Etcds with a user for each node, of one CA and of another, under two names; and one with a user for each cluster.
const MESH: &str = r#"
version: 1
mesh: digests
cilium: { version: "1.20", routingMode: tunnel }
trust: { authority: per-cluster }
defaults: { runtime: compose, etcd: { localClients: true, clientName: "remote-{cluster}.{node}" } }
clusters:
- { name: a, id: 1, nodes: ["n[1:2]"], etcd: { endpoints: ["https://10.0.0.1:2379"], members: [{ name: e, addresses: [10.0.0.1] }] } }
- { name: b, id: 2, nodes: [n3], etcd: { endpoints: ["https://10.0.0.2:2379"], members: [{ name: e, addresses: [10.0.0.2] }],
    authority: a } }
- { name: c, id: 3, nodes: [n4], etcd: { endpoints: ["https://10.0.0.3:2379"], members: [{ name: e, addresses: [10.0.0.3] }] } }
- { name: d, id: 4, nodes: [n5], etcd: { endpoints: ["https://10.0.0.4:2379"], members: [{ name: e, addresses: [10.0.0.4] }],
    authority: a, clientName: "{node}.of-{cluster}" } }
- { name: e, id: 5, etcd: { endpoints: ["https://10.0.0.5:2379"], members: [{ name: e, addresses: [10.0.0.5] }],
    clientName: "remote-{cluster}" } }
"#;

/// SHA-256 of all that a state remembers of these bundles after two runs.
const REMEMBERED: &str = "511d5f00eb27e8bc0fc75d448811c027d081c7cbd73f1cb9acc7dba8ca1471f6";

#[test]
fn digests_of_bundles_stay_as_they_are() {
    // A node more, and links fewer.
    let links = "links: [[a, b], [a, c], [a, d], [b, c], [b, d], [c, d], [d, e]]";
    let later = MESH.replace("n[1:2]", "n[1:3]").replace("\nclusters", &format!("\n{links}\nclusters"));
    let mut inventory = Inventory::default();
    for (run, text, removed) in [(1, MESH, &[][..]), (2, &later, &["a/e", "b/e", "c/e"])] {
        let mesh = sound(text);
        inventory = carried_out(&planned(&mesh, &inventory, removed), &mesh, &inventory, run);
    }
    let bundles = serde_json::to_vec(&inventory.bundles).expect("JSON");
    assert_eq!(hex::encode(digest(&SHA256, &bundles)), REMEMBERED);
}
