//! One of the two clusters: how its workloads start, and how its agents get a policy.

use crate::diag::shell_word;
use crate::mesh::{CiliumVersion, Cluster, ClusterName, Feature, Runtime};

/// A cluster of the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Its name.
    pub name: ClusterName,
    /// The minor of its agents.
    pub version: CiliumVersion,
    /// How its workloads start.
    pub kind: SideKind,
    /// The words before a command that runs where its agent runs; none on its machine.
    pub agent: String,
}

/// How the workloads of a cluster start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideKind {
    /// As pods.
    Kubernetes {
        /// Whether the mesh does not say that its agents have a Kubernetes API.
        assumed: bool,
    },
    /// As processes in network namespaces that CNI attaches.
    Containers(PolicyMeans),
}

/// How agents without a Kubernetes API get a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyMeans {
    /// `policy import`, with rules as JSON.
    Import,
    /// `static-cnp-path`, a folder of policies that they watch.
    Files,
}

impl PolicyMeans {
    /// That of agents of `version`. From 1.16 to 1.18 they have both, and `policy import` is deprecated.
    pub fn of(version: CiliumVersion) -> Self {
        if version.has(Feature::StaticPolicyFiles) { Self::Files } else { Self::Import }
    }
}

impl Side {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let version = cluster.cilium.version;
        let kind = match (&cluster.runtime, cluster.cilium.kubernetes) {
            (Runtime::Helm(_), _) | (_, Some(true)) => SideKind::Kubernetes { assumed: false },
            (_, Some(false)) => SideKind::Containers(PolicyMeans::of(version)),
            (_, None) => SideKind::Kubernetes { assumed: true },
        };
        let agent = match &cluster.runtime {
            Runtime::Helm(release) => {
                format!(
                    "kubectl --context {} -n {} exec ds/cilium -c cilium-agent -- ",
                    cluster.name,
                    shell_word(&release.namespace)
                )
            }
            Runtime::Compose { service, .. } => format!("docker-compose exec -T {} ", shell_word(service)),
            Runtime::Systemd { .. } | Runtime::External => String::new(),
        };
        Self { name: cluster.name.clone(), version, kind, agent }
    }

    /// The program that talks with its agent.
    pub fn cilium(&self) -> &'static str {
        if self.version.has(Feature::CiliumDbg) { "cilium-dbg" } else { "cilium" }
    }

    /// Whether its workloads are pods.
    pub const fn has_kubernetes(&self) -> bool {
        matches!(self.kind, SideKind::Kubernetes { .. })
    }
}
