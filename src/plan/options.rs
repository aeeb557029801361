//! The options of agents and operators: one table, with the source of each line.

use crate::spec::{Cluster, Feature};

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
];

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
