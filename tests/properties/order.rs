//! The order in the file decides nothing, nor does the form in which it is written.

use meshbundle::plan::Inventory;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;

use crate::properties::issued::{carried_out, planned, sound};
use crate::properties::model::{Model, mesh};

/// A mesh, and the same with clusters, nodes, members and links in another order.
fn shuffled() -> impl Strategy<Value = (Model, Model)> {
    mesh(1..7).prop_flat_map(|model| {
        let lists = model.clusters.iter().map(|cluster| {
            let list = |value: &Value| Just(value.as_array().cloned().unwrap_or_default()).prop_shuffle();
            (list(&cluster["nodes"]), list(&cluster["etcd"]["members"]))
        });
        let lists: Vec<_> = lists.collect();
        let count = model.clusters.len();
        let links = Just(model.top["links"].as_array().cloned().unwrap_or_default()).prop_shuffle();
        (Just(model), lists, Just((0..count).collect::<Vec<_>>()).prop_shuffle(), links).prop_map(
            |(model, lists, order, links)| {
                let mut other = model.clone();
                for (cluster, (nodes, members)) in other.clusters.iter_mut().zip(lists) {
                    if cluster["nodes"].is_array() {
                        cluster["nodes"] = Value::Array(nodes);
                    }
                    cluster["etcd"]["members"] = Value::Array(members);
                }
                other.clusters = order.into_iter().map(|at| other.clusters[at].clone()).collect();
                if other.top["links"].is_array() {
                    other.top["links"] = Value::Array(links);
                }
                (model, other)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_sound_mesh_has_a_plan_that_no_order_changes((model, other) in shuffled()) {
        let (first, second) = (sound(&model.text()), sound(&other.text()));
        let nothing = Inventory::default();
        let plan = planned(&first, &nothing, &[]);
        prop_assert!(plan == planned(&second, &nothing, &[]), "{}\n{}", model.yaml(), other.yaml());
        // Nor is there anything to do for the one after the other.
        let inventory = carried_out(&plan, &first, &nothing, 1);
        prop_assert!(!planned(&second, &inventory, &[]).is_change());
    }

    #[test]
    fn braces_and_indentation_say_the_same(model in mesh(1..7)) {
        let nothing = Inventory::default();
        let (braces, indented) = (sound(&model.text()), sound(&model.yaml()));
        prop_assert!(planned(&braces, &nothing, &[]) == planned(&indented, &nothing, &[]), "{}", model.yaml());
    }

    #[test]
    fn every_cluster_of_the_file_is_in_the_plan(model in mesh(1..9)) {
        let plan = planned(&sound(&model.text()), &Inventory::default(), &[]);
        let planned: Vec<String> = plan.clusters.iter().map(|cluster| cluster.name.to_string()).collect();
        let mut named = model.names();
        named.sort();
        prop_assert_eq!(planned, named);
    }
}
