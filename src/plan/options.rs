//! The options of agents and operators: one table, with the source of each line.

use crate::mesh::{Cluster, Feature};

use super::node_paths::ETCD_CONFIG;

/// An option of the agent or the operator.
struct OptionRule {
    name: &'static str,
    /// What a version must have to know it; every version that is supported knows the others. An unknown flag on the command
    /// line kills the agent.
    needs: Option<Feature>,
    /// Whether the operator needs it too (Documentation/cmdref/cilium-operator.md): it writes `cilium/cluster-config/<name>`.
    operator: bool,
    value: fn(&Cluster) -> Option<String>,
}

const TABLE: &[OptionRule] = &[
    // daemon_main.go since 1.6; the operator publishes the cluster under this name (pkg/clustermesh/types/option.go).
    OptionRule { name: "cluster-name", needs: None, operator: true, value: |cluster| Some(cluster.name.to_string()) },
    OptionRule { name: "cluster-id", needs: None, operator: true, value: |cluster| Some(cluster.id.to_string()) },
    // The operator reads peers only for the MCS API; the agents always do (pkg/clustermesh/cell.go).
    OptionRule { name: "clustermesh-config", needs: None, operator: false, value: |cluster| Some(cluster.config_dir.clone()) },
    OptionRule {
        name: "max-connected-clusters",
        needs: Some(Feature::MaxConnectedClusters),
        operator: true,
        value: |cluster| cluster.cilium.max_connected_clusters.map(|maximum| maximum.to_string()),
    },
    // False by default in 1.18, true from 1.19 on. Set it and both agree.
    OptionRule {
        name: "policy-default-local-cluster",
        needs: Some(Feature::PolicyDefaultLocalCluster),
        operator: false,
        value: |cluster| cluster.cilium.policy_default_local_cluster.map(|local| local.to_string()),
    },
    // The way to the own etcd. `kvstore-opt` is a map: of its forms, NAME=VALUE is read from the environment, the command line
    // and a config-dir alike (`GetStringMapString` in pkg/command/map_string.go).
    OptionRule { name: "kvstore", needs: None, operator: true, value: |cluster| own(cluster, "etcd") },
    OptionRule {
        name: "kvstore-opt",
        needs: None,
        operator: true,
        value: |cluster| own(cluster, &format!("etcd.config={ETCD_CONFIG}")),
    },
    // Without it identities go to Kubernetes, and peers find none in the etcd (pkg/identity/cache/allocator.go).
    OptionRule { name: "identity-allocation-mode", needs: None, operator: true, value: |cluster| own(cluster, "kvstore") },
];

/// `value` where the agents get their credentials for the own etcd from here.
fn own(cluster: &Cluster, value: &str) -> Option<String> {
    cluster.etcd.local_clients.then(|| value.to_owned())
}

/// Names and values for the agents of `cluster`, in the order of the table.
pub(super) fn agent(cluster: &Cluster) -> Vec<(&'static str, String)> {
    known(cluster).filter_map(|rule| (rule.value)(cluster).map(|value| (rule.name, value))).collect()
}

/// Names and values for the operator of `cluster`.
pub(super) fn operator(cluster: &Cluster) -> Vec<(&'static str, String)> {
    known(cluster).filter(|rule| rule.operator).filter_map(|rule| (rule.value)(cluster).map(|value| (rule.name, value))).collect()
}

fn known(cluster: &Cluster) -> impl Iterator<Item = &'static OptionRule> + '_ {
    TABLE.iter().filter(|rule| rule.needs.is_none_or(|feature| cluster.cilium.version.has(feature)))
}
