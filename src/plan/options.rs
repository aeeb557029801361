//! The options of agents and operators, by version: one table, with the source of each line.

use crate::spec::{CiliumVersion, Cluster};

/// An option of the agent or the operator.
struct OptionRule {
    name: &'static str,
    /// First version whose agent documents it (Documentation/cmdref/cilium-agent.md of that release). An unknown flag on the
    /// command line kills the agent.
    since: CiliumVersion,
    /// Whether the operator needs it too (Documentation/cmdref/cilium-operator.md): it writes `cilium/cluster-config/<name>`.
    operator: bool,
    value: fn(&Cluster) -> Option<String>,
}

const TABLE: &[OptionRule] = &[
    // daemon_main.go since 1.6; the operator publishes the cluster under this name (pkg/clustermesh/types/option.go).
    OptionRule {
        name: "cluster-name",
        since: CiliumVersion::OLDEST,
        operator: true,
        value: |cluster| Some(cluster.name.to_string()),
    },
    OptionRule {
        name: "cluster-id",
        since: CiliumVersion::OLDEST,
        operator: true,
        value: |cluster| Some(cluster.id.to_string()),
    },
    // The operator reads peers only for the MCS API; the agents always do (pkg/clustermesh/cell.go).
    OptionRule {
        name: "clustermesh-config",
        since: CiliumVersion::OLDEST,
        operator: false,
        value: |cluster| Some(cluster.config_dir.clone()),
    },
    // cilium/cilium#27520: 1.15.
    OptionRule {
        name: "max-connected-clusters",
        since: CiliumVersion::new(1, 15),
        operator: true,
        value: |cluster| cluster.cilium.max_connected_clusters.map(|maximum| maximum.to_string()),
    },
    // Commit 742d3cc2da7 of cilium/cilium: 1.18 with default false, true from 1.19 on. Set it and both agree.
    OptionRule {
        name: "policy-default-local-cluster",
        since: CiliumVersion::new(1, 18),
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
    TABLE.iter().filter(|rule| cluster.cilium.version >= rule.since)
}
