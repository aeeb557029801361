//! What differs by Cilium version: one table, each line with its source. Whoever depends on a version asks here.

use super::version::CiliumVersion;

/// Something that agents do, or know, from some version on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `WireGuard` keys are kept by cluster and node name, not by the bare node name.
    WireguardByFullName,
    /// The option `max-connected-clusters`.
    MaxConnectedClusters,
    /// Identities must carry the name of their cluster as a label, which agents without Kubernetes do not set.
    IdentitiesNameTheirCluster,
    /// A connection is pinned to the id of the etcd cluster that it reached first.
    PinnedEtcdCluster,
    /// A remote cluster whose name is not a proper one is not connected to; in 1.16 agents only complain.
    StrictPeerNames,
    /// `ca-file` in the files of peers is not read any more, only `trusted-ca-file`.
    CaFileIgnored,
    /// A remote cluster without `cilium/cluster-config/<name>` is not connected to.
    ClusterConfigRequired,
    /// Agents refuse to start with an id that the ENI datapath mishandles; before, policies drop at random.
    EniIdsRefused,
    /// The option `policy-default-local-cluster`.
    PolicyDefaultLocalCluster,
    /// A policy that names no cluster means the own one unless the option says otherwise.
    PoliciesAreLocal,
    /// The key `cilium-host-aliases` in the files of peers.
    HostAliases,
    /// `serviceExportsEnabled` in a cluster-config.
    ServiceExportsEnabled,
    /// A TLS handshake offers no suite that HTTP/2 forbids (CBC, RSA key exchange), and no signature with SHA-1.
    ModernHandshakes,
    /// `endpointSlicesExportMode` in a cluster-config; a word that agents do not know makes them refuse the cluster.
    EndpointSlicesExportMode,
    /// The network plugin for Docker is gone: containers are attached by CNI only.
    DockerPluginRemoved,
    /// The entity `cluster-mesh` in policies: everything in every cluster of the mesh.
    ClusterMeshEntity,
    /// Helm's authMode `cluster-strict`, in which its etcd has no user `remote`.
    ClusterStrict,
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
            // Commit f101330bbbd took Cilium's own reader of it away; etcd's had stopped in 3.4 (commit ad8c326599b).
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
            // Suites: credentials/tls.go of grpc-go 1.60, in 1.16.0 (in 1.14 and 1.15 with some patch). SHA-1: Go 1.25 (`tlssha1`), as
            // the go.mod of 1.19.0 says (in 1.17 and 1.18 with some patch).
            Self::ModernHandshakes => CiliumVersion::new(1, 19),
            // #46605: ValidateRemoteConfig in pkg/clustermesh/types/option.go of 1.20; 1.19.6 lacks the field.
            Self::EndpointSlicesExportMode => CiliumVersion::new(1, 20),
            // #46489, #46514, #46515; Documentation/operations/upgrade-current.inc of 1.20. 1.19.6 has plugins/cilium-docker.
            Self::DockerPluginRemoved => CiliumVersion::new(1, 20),
            // #46813: pkg/policy/api/entity.go of 1.20; its CRD refuses the word in 1.19.6.
            Self::ClusterMeshEntity => CiliumVersion::new(1, 20),
            // Not released ([`CiliumVersion::UPCOMING`]): #48170 of 2026-08-23. 1.21.0-pre.0 has the three modes of 1.20.
            Self::ClusterStrict => CiliumVersion::new(1, 21),
        }
    }
}

impl CiliumVersion {
    /// Whether agents of this version have `feature`.
    pub fn has(self, feature: Feature) -> bool {
        self >= feature.since()
    }
}
