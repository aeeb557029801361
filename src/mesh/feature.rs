//! Differences between versions of Cilium: one table, each line with its source. All code that depends on a version uses it.

use super::version::CiliumVersion;

/// Behaviour that agents have from some version on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `WireGuard` keys are stored by cluster and node name, not by node name alone.
    WireguardByFullName,
    /// The option `max-connected-clusters`.
    MaxConnectedClusters,
    /// Identities must have the name of their cluster as a label, which agents without Kubernetes do not set.
    IdentitiesNameTheirCluster,
    /// A connection is pinned to the id of the etcd cluster that it reached first.
    PinnedEtcdCluster,
    /// Agents do not connect to a remote cluster with an invalid name; in 1.16 they only log it.
    StrictPeerNames,
    /// Agents no longer read `ca-file` in a config, only `trusted-ca-file`.
    CaFileIgnored,
    /// Agents do not connect to a remote cluster without `cilium/cluster-config/<name>`.
    ClusterConfigRequired,
    /// Agents refuse to start with an id that the ENI datapath mishandles; before, policies drop at random.
    EniIdsRefused,
    /// The option `policy-default-local-cluster`.
    PolicyDefaultLocalCluster,
    /// A policy that names no cluster means the local one, unless the option changes that.
    PoliciesAreLocal,
    /// The key `cilium-host-aliases` in a config.
    HostAliases,
    /// `serviceExportsEnabled` in a cluster-config.
    ServiceExportsEnabled,
    /// A TLS handshake offers no suite that HTTP/2 forbids (CBC, RSA key exchange), and no signature with SHA-1.
    ModernHandshakes,
    /// `endpointSlicesExportMode` in a cluster-config; agents reject a cluster with a value that they do not know.
    EndpointSlicesExportMode,
    /// The network plugin for Docker is gone: containers are attached by CNI only.
    DockerPluginRemoved,
    /// The entity `cluster-mesh` in policies: everything in every cluster of the mesh.
    ClusterMeshEntity,
    /// A `NodePort` of one's own is served only at the addresses of one's own nodes.
    NodePortsByAddress,
    /// Helm's authMode `cluster-strict`, in which its etcd has no user `remote`.
    ClusterStrict,
    /// The program that talks with an agent is `cilium-dbg`; before, `cilium`.
    CiliumDbg,
    /// `static-cnp-path`: a folder of policies that agents watch, also without Kubernetes.
    StaticPolicyFiles,
    /// `policy import` and `policy delete` are gone, and `PUT /policy` with them.
    PolicyImportRemoved,
    /// With `clustermesh-default-global-namespace=false`, other clusters get only namespaces with an annotation.
    GlobalNamespaces,
}

impl Feature {
    /// The first version that has it. Paths and commits are of cilium/cilium.
    #[expect(clippy::match_same_arms, reason = "one table, each line with its source")]
    pub const fn since(self) -> CiliumVersion {
        match self {
            // #24785, merged before the branch of 1.14 was cut.
            Self::WireguardByFullName => CiliumVersion::new(1, 14),
            // #27520; Documentation/cmdref/cilium-agent.md of 1.15.
            Self::MaxConnectedClusters => CiliumVersion::new(1, 15),
            // Commit fa8d12142bd: clusterNameValidator in pkg/identity/cache/allocator.go.
            Self::IdentitiesNameTheirCluster => CiliumVersion::new(1, 16),
            // Commit 174e721c0e6: the interceptors in pkg/kvstore/etcd.go (backported to 1.15, #32005).
            Self::PinnedEtcdCluster => CiliumVersion::new(1, 16),
            // Commits e15911e7cf5 (1.16) and bc26c6d3a74: pkg/clustermesh/common/clustermesh.go.
            Self::StrictPeerNames => CiliumVersion::new(1, 17),
            // Commit f101330bbbd removed it from Cilium's code; etcd had removed it in 3.4 (commit ad8c326599b).
            Self::CaFileIgnored => CiliumVersion::new(1, 17),
            // Commit 92b02a45966: getClusterConfig in pkg/clustermesh/common/remote_cluster.go.
            Self::ClusterConfigRequired => CiliumVersion::new(1, 16),
            // Commit 1ede9d90652, for #21330.
            Self::EniIdsRefused => CiliumVersion::new(1, 17),
            // Documentation/cmdref/cilium-agent.md of 1.18.
            Self::PolicyDefaultLocalCluster => CiliumVersion::new(1, 18),
            // Commit 742d3cc2da7.
            Self::PoliciesAreLocal => CiliumVersion::new(1, 19),
            // #44425: ParseCiliumConfig in pkg/clustermesh/common/config.go.
            Self::HostAliases => CiliumVersion::new(1, 20),
            // CiliumClusterConfigCapabilities in pkg/clustermesh/types/types.go of 1.17; 1.16 lacks the field.
            Self::ServiceExportsEnabled => CiliumVersion::new(1, 17),
            // Suites: credentials/tls.go of grpc-go 1.60, in 1.16.0 (in 1.14 and 1.15 with some patch). SHA-1: Go 1.25
            // (`tlssha1`), as the go.mod of 1.19.0 says (in 1.17 and 1.18 with some patch).
            Self::ModernHandshakes => CiliumVersion::new(1, 19),
            // #46605: ValidateRemoteConfig in pkg/clustermesh/types/option.go of 1.20; 1.19.6 lacks the field.
            Self::EndpointSlicesExportMode => CiliumVersion::new(1, 20),
            // #46489, #46514, #46515; Documentation/operations/upgrade-current.inc of 1.20. 1.19.6 has plugins/cilium-docker.
            Self::DockerPluginRemoved => CiliumVersion::new(1, 20),
            // #46813: pkg/policy/api/entity.go of 1.20; its CRD rejects it in 1.19.6.
            Self::ClusterMeshEntity => CiliumVersion::new(1, 20),
            // #41337, for #24692.
            Self::NodePortsByAddress => CiliumVersion::new(1, 19),
            // Not released ([`CiliumVersion::UPCOMING`]): #48170 of 2026-08-23. 1.21.0-pre.0 has the three modes of 1.20.
            Self::ClusterStrict => CiliumVersion::new(1, 21),
            // The folder cilium-dbg of 1.15.19; 1.14.19 has cilium.
            Self::CiliumDbg => CiliumVersion::new(1, 15),
            // pkg/policy/directory/cell.go of 1.16.0; 1.15.19 lacks it.
            Self::StaticPolicyFiles => CiliumVersion::new(1, 16),
            // api/v1/openapi.yaml and cilium-dbg/cmd of 1.19.6; 1.18.5 has them, deprecated.
            Self::PolicyImportRemoved => CiliumVersion::new(1, 19),
            // Documentation/cmdref/cilium-operator.md of 1.20.2; 1.19.6 lacks the option.
            Self::GlobalNamespaces => CiliumVersion::new(1, 20),
        }
    }
}

impl CiliumVersion {
    /// Whether agents of this version have `feature`.
    pub fn has(self, feature: Feature) -> bool {
        self >= feature.since()
    }
}
