//! Who needs a name, and where they find it: a table over the program that dials, and what starts it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mesh::{CiliumVersion, Cluster, ClusterName, Feature, HelmRelease, Runtime};

/// A program that dials an etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NameUser {
    /// Cilium's agents.
    Agents,
    /// KVStoreMesh, in the pod of clustermesh-apiserver.
    Kvstoremesh,
    /// Cilium's operator.
    Operator,
    /// `meshbundle announce`.
    Announcer,
    /// The person who runs `etcd-auth.sh`.
    Administrator,
    /// Other members of the same etcd.
    Members,
}

/// Where a program finds the address of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum NameWay {
    /// `cilium-host-aliases` in the config of the remote.
    Config,
    /// `extra_hosts` in the bundle's compose file.
    ExtraHosts,
    /// The hosts file of the node, where the bundle's `clustermesh.hosts` has yet to be entered, or DNS.
    BundleHosts,
    /// `extra_hosts` of the compose project, or DNS. A container with any `extra_hosts` does not see its host's file (docker/cli#4563).
    ProjectHostsOrDns,
    /// The hosts file of its machine, or DNS.
    HostsOrDns,
    /// DNS, or the hosts file of the node as it was when the pod started.
    NodeHostsOrDns,
    /// DNS alone.
    PodDns,
    /// The Service in Kubernetes.
    Service,
}

/// One who needs a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameNeed {
    /// Which program.
    pub user: NameUser,
    /// Of which minor of Cilium its cluster is.
    pub version: CiliumVersion,
    /// Where it finds the address.
    pub way: NameWay,
    /// The cluster it belongs to.
    pub cluster: ClusterName,
}

impl NameWay {
    /// Whether the name resolves without a hosts file or DNS.
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Config | Self::ExtraHosts | Self::Service => true,
            Self::BundleHosts | Self::ProjectHostsOrDns | Self::HostsOrDns | Self::NodeHostsOrDns | Self::PodDns => false,
        }
    }
}

impl NameNeed {
    pub(super) fn new(cluster: &Cluster, user: NameUser, way: NameWay) -> Self {
        Self { user, version: cluster.cilium.version, way, cluster: cluster.name.clone() }
    }

    /// `reader` dials a remote. `aliased`: `etcd.hostAliases` of the remote has the name. None if it is external.
    pub(super) fn of_reader(reader: &Cluster, aliased: bool) -> Option<Self> {
        let user = match &reader.runtime {
            Runtime::External => return None,
            Runtime::Helm(release) if release.kvstoremesh.value() => NameUser::Kvstoremesh,
            Runtime::Helm(_) | Runtime::Compose { .. } | Runtime::Systemd { .. } => NameUser::Agents,
        };
        let way = match &reader.runtime {
            _ if aliased && reader.cilium.version.has(Feature::HostAliases) => NameWay::Config,
            Runtime::Helm(release) => of_pod(release),
            other => of_files(other, aliased),
        };
        Some(Self::new(reader, user, way))
    }

    /// Programs of `cluster` dial its own etcd: no version reads aliases in that config (`newConfig` in pkg/kvstore/etcd.go).
    pub(super) fn of_local_clients(cluster: &Cluster, aliased: bool) -> Vec<Self> {
        let etcd = &cluster.etcd;
        let mut needs = Vec::new();
        let files = of_files(&cluster.runtime, aliased);
        if etcd.local_clients {
            needs.push(Self::new(cluster, NameUser::Agents, files));
            needs.push(Self::new(cluster, NameUser::Operator, NameWay::HostsOrDns));
            needs.push(Self::new(cluster, NameUser::Administrator, NameWay::HostsOrDns));
        }
        if etcd.announce {
            needs.push(Self::new(cluster, NameUser::Announcer, files));
        }
        needs
    }
}

/// What the files of a bundle give to the programs of its node.
const fn of_files(runtime: &Runtime, aliased: bool) -> NameWay {
    match runtime {
        Runtime::Compose { .. } if aliased => NameWay::ExtraHosts,
        Runtime::Compose { .. } => NameWay::ProjectHostsOrDns,
        Runtime::Systemd { .. } if aliased => NameWay::BundleHosts,
        Runtime::Systemd { .. } | Runtime::Helm(_) | Runtime::External => NameWay::HostsOrDns,
    }
}

/// The pod of clustermesh-apiserver has a hosts file of its own. Agents have the network of their node, and the kubelet copies its hosts
/// file when a container starts (`nodeHostsFileContent` in `pkg/kubelet/kubelet_pods.go` of Kubernetes).
fn of_pod(release: &HelmRelease) -> NameWay {
    if release.kvstoremesh.value() { NameWay::PodDns } else { NameWay::NodeHostsOrDns }
}
