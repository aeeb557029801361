//! Every link that the mesh asks for is in the plan, with its files exactly where the agent looks for them, and what they need
//! is issued by somebody whom the other end trusts.

use std::collections::{BTreeMap, BTreeSet};

use meshbundle::plan::{ClientPlan, ClusterPlan, Inventory, Plan, node_files};
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

use crate::properties::issued::{planned, sound};
use crate::properties::model::{Model, mesh};

/// Who reads whom, by the words of the mesh and nothing else.
fn expected(model: &Model) -> BTreeSet<(String, String)> {
    let names = model.names();
    let all = || names.iter().flat_map(|a| names.iter().map(move |b| (a.clone(), b.clone()))).filter(|(a, b)| a != b);
    let links = &model.top["links"];
    let mut pairs: BTreeSet<(String, String)> = if let Some(hub) = links["hub"].as_str() {
        all().filter(|(a, b)| a == hub || b == hub).collect()
    } else if let Some(pairs) = links.as_array() {
        let end = |value: &serde_json::Value| value.as_str().expect("a name").to_owned();
        pairs.iter().flat_map(|pair| [(end(&pair[0]), end(&pair[1])), (end(&pair[1]), end(&pair[0]))]).collect()
    } else {
        all().collect()
    };
    let external: BTreeSet<String> = model
        .clusters
        .iter()
        .filter(|cluster| cluster["runtime"] == "external")
        .map(|cluster| cluster["name"].as_str().expect("a name").to_owned())
        .collect();
    pairs.retain(|(reader, _)| !external.contains(reader));
    pairs
}

fn of_plan(plan: &Plan) -> BTreeSet<(String, String)> {
    let links = |cluster: &ClusterPlan| {
        let name = cluster.name.to_string();
        cluster.links.iter().map(move |link| (name.clone(), link.remote.to_string())).collect::<Vec<_>>()
    };
    plan.clusters.iter().flat_map(links).collect()
}

/// Paths and modes of a node's files in the agent's folder, in order.
fn in_folder(cluster: &ClusterPlan) -> Vec<(String, u32)> {
    let folder = format!("{}/", cluster.payload_dir());
    node_files(cluster).filter_map(|file| Some((file.path.strip_prefix(&folder)?.to_owned(), file.mode))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_links_are_those_that_the_mesh_asks_for(model in mesh(1..8)) {
        prop_assert_eq!(of_plan(&planned(&sound(&model.text()), &Inventory::default(), &[])), expected(&model));
    }

    #[test]
    fn every_link_has_four_files_and_the_folder_has_no_other(model in mesh(1..8)) {
        let plan = planned(&sound(&model.text()), &Inventory::default(), &[]);
        for cluster in plan.clusters.iter().filter(|cluster| !cluster.nodes.is_empty()) {
            let files = in_folder(cluster);
            let mut wanted = BTreeMap::new();
            for link in &cluster.links {
                let stem = format!("{}.etcd-client", link.remote);
                wanted.insert(link.remote.to_string(), 0o644);
                wanted.insert(format!("{stem}-ca.crt"), 0o644);
                wanted.insert(format!("{stem}.crt"), 0o644);
                wanted.insert(format!("{stem}.key"), 0o600);
            }
            prop_assert_eq!(files.iter().cloned().collect::<BTreeMap<_, _>>(), wanted, "{}", cluster.name);
            prop_assert_eq!(files.len(), 4 * cluster.links.len(), "{}: none twice", cluster.name);
            let place = |path: String| files.iter().position(|(name, _)| *name == path);
            for link in &cluster.links {
                for ending in ["-ca.crt", ".crt", ".key"] {
                    let credential = place(format!("{}.etcd-client{ending}", link.remote));
                    prop_assert!(credential < place(link.remote.to_string()), "credentials come before the config");
                }
            }
        }
    }

    #[test]
    fn no_file_of_a_bundle_stands_twice_or_outside(model in mesh(1..6)) {
        let plan = planned(&sound(&model.text()), &Inventory::default(), &[]);
        for cluster in &plan.clusters {
            let paths: Vec<String> = node_files(cluster).map(|file| file.path).collect();
            let unique: BTreeSet<&String> = paths.iter().collect();
            prop_assert_eq!(unique.len(), paths.len());
            for path in paths {
                let inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
                prop_assert!(inside && path.is_ascii(), "{}", path);
            }
        }
    }

    #[test]
    fn what_every_node_shows_is_issued_by_one_whom_the_etcd_trusts(model in mesh(2..7)) {
        let plan = planned(&sound(&model.text()), &Inventory::default(), &[]);
        let clusters: BTreeMap<_, _> = plan.clusters.iter().map(|cluster| (&cluster.name, cluster)).collect();
        for cluster in &plan.clusters {
            for link in &cluster.links {
                let keys = cluster.clients(link);
                let wanted = match &link.client {
                    ClientPlan::Shared(_) => 1,
                    ClientPlan::PerNode { .. } => cluster.nodes.len(),
                    ClientPlan::Given(_) => panic!("no credential is given in these meshes"),
                };
                prop_assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), wanted);
                for key in keys {
                    let credential = plan.credentials.get(key).expect("in the plan");
                    prop_assert!(clusters[&link.remote].trust.client_trust.contains(&credential.signer), "{}", key);
                    prop_assert!(plan.authorities.contains_key(&credential.signer), "{}", key);
                }
                prop_assert!(!link.anchors.is_empty() && link.anchors.iter().all(|name| plan.authorities.contains_key(name)));
            }
            for member in &cluster.members {
                prop_assert!(plan.credentials.contains_key(&member.server.credential));
            }
        }
    }
}
