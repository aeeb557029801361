//! What a cluster does not say, its `defaults` say, then the mesh's `cilium`; and a field with nothing behind it says nothing.

use meshbundle::plan::{Inventory, Plan};
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use serde_json::{Value, json};

use crate::properties::issued::{planned, sound};
use crate::properties::model::{Model, mesh};

/// Defaults that differ from what is written where nothing is said.
fn defaults() -> Value {
    json!({
        "configDir": "/var/lib/other",
        "runtime": { "kind": "systemd", "unit": "other.service" },
        "options": "emit",
        "nodes": ["d1", "d2"],
        "cilium": { "ipam": "kubernetes", "policyDefaultLocalCluster": false },
        "etcd": { "owner": "other:other", "clientName": "remote", "extraDnsNames": ["other.example.net"] },
    })
}

/// Fields of an object and of its `etcd` that need not be there.
const OF_CLUSTER: [&str; 8] = ["cilium", "runtime", "configDir", "options", "podCIDRs", "nodeCIDRs", "serviceCIDRs", "nodes"];
const OF_ETCD: [&str; 12] = [
    "endpointsFor",
    "hostAliases",
    "authority",
    "serverTrust",
    "clientSigner",
    "clientTrust",
    "clientName",
    "client",
    "serverCertificates",
    "extraDnsNames",
    "extraIpAddresses",
    "owner",
];

/// Sets every field of `object` that is not there to nothing.
fn set_to_nothing(object: &mut Value, fields: &[&str]) {
    for field in fields {
        if object.get(*field).is_none() {
            object[*field] = Value::Null;
        }
    }
}

fn plan_of(model: &Model) -> Plan {
    planned(&sound(&model.text()), &Inventory::default(), &[])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_the_same_as_no_field(mut model in mesh(1..5)) {
        model.top["defaults"] = defaults();
        let plan = plan_of(&model);
        set_to_nothing(&mut model.top["trust"], &["authorities", "validity", "renewBefore"]);
        set_to_nothing(&mut model.top["cilium"], &["maxConnectedClusters", "encryption", "ipam", "kubernetes"]);
        for cluster in &mut model.clusters {
            set_to_nothing(cluster, &OF_CLUSTER);
            set_to_nothing(&mut cluster["etcd"], &OF_ETCD);
            if cluster["cilium"].is_object() {
                set_to_nothing(&mut cluster["cilium"], &["policyDefaultLocalCluster", "encryption"]);
            }
        }
        prop_assert!(plan == plan_of(&model), "{}", model.yaml());
    }

    #[test]
    fn defaults_are_what_each_cluster_would_say(mut model in mesh(1..5)) {
        let mut said = model.clone();
        model.top["defaults"] = defaults();
        for cluster in &mut said.clusters {
            let Value::Object(fields) = defaults() else { unreachable!("an object") };
            for (field, value) in fields {
                match cluster.get_mut(&field) {
                    None => cluster[field] = value,
                    // These two are completed field by field, everything else is taken as a whole.
                    Some(own) if field == "etcd" || field == "cilium" => {
                        for (field, value) in value.as_object().expect("an object") {
                            if own.get(field).is_none() {
                                own[field] = value.clone();
                            }
                        }
                    }
                    Some(_) => {}
                }
            }
        }
        prop_assert!(plan_of(&said) == plan_of(&model), "{}", model.yaml());
    }

    #[test]
    fn the_version_of_the_mesh_is_that_of_clusters_without_one(model in mesh(1..5)) {
        let checked = sound(&model.text());
        for (cluster, written) in checked.mesh().clusters.iter().zip(&model.clusters) {
            let version = written["cilium"]["version"].as_str().or(model.top["cilium"]["version"].as_str());
            prop_assert!(version == Some(cluster.cilium.version.to_string().as_str()), "{}", cluster.name);
        }
    }
}
