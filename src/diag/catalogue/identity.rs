//! Identity and versions: `01xx`.

use super::{CatalogueEntry, error, mine, warning};

pub(super) const CLUSTER_NAME: CatalogueEntry = error(
    "CM0101",
    "not a cluster name",
    "agents from 1.17 on do not start with it, and do not connect to it (pkg/clustermesh/types/types.go)",
);
pub(super) const RESERVED_NAME: CatalogueEntry = error(
    "CM0102",
    "the cluster name `default` is reserved",
    "agents refuse to start with it when an id is set (pkg/clustermesh/types/option.go)",
);
pub(super) const DUPLICATE_NAME: CatalogueEntry =
    error("CM0103", "two clusters with one name", "the name is the file name and the etcd key prefix of a cluster");
pub(super) const CLUSTER_ID: CatalogueEntry = error(
    "CM0104",
    "not a usable cluster id",
    "0 turns the mesh off, ids above the mesh's maximum are refused (pkg/clustermesh/types/types.go)",
);
pub(super) const DUPLICATE_ID: CatalogueEntry =
    error("CM0105", "two clusters with one id", "agents refuse the second one that they see: `clusterID is already used`");
pub(super) const MAX_CONNECTED_CLUSTERS: CatalogueEntry = error(
    "CM0106",
    "not a usable maxConnectedClusters",
    "it is 255, or 511 from 1.15 on, and the same in the whole mesh: it decides how many bits of an identity name the cluster",
);
pub(super) const UNSUPPORTED_VERSION: CatalogueEntry =
    error("CM0107", "a Cilium version that is not supported", "before 1.14 agents reload and trust by other rules");
pub(super) const NEWER_VERSION: CatalogueEntry =
    warning("CM0108", "a Cilium version newer than the newest release known here", "its options and rules may have changed");
pub(super) const NODE_NAME: CatalogueEntry =
    error("CM0109", "not a node name", "it names folders, archives and certificates: a DNS label (RFC 1123)");
pub(super) const DUPLICATE_NODE: CatalogueEntry =
    error("CM0110", "two nodes with one name in a cluster", "one archive would replace the other");
pub(super) const NODE_RANGE: CatalogueEntry =
    error("CM0111", "not a node range", "ranges are written as Ansible has them: `edge[01:40]`");
pub(super) const VERSION_LACKS_OPTION: CatalogueEntry =
    error("CM0112", "an option that this Cilium version does not know", "an unknown flag on the command line kills the agent");
pub(super) const ENI_ID: CatalogueEntry = mine(
    "CM0113",
    "an id that this datapath mishandles",
    "bit 7 of the id collides with a mark of ENI, AlibabaCloud and aws-cni datapaths (cilium/cilium#21330)",
);
pub(super) const NODE_NAME_SHARED: CatalogueEntry = mine(
    "CM0114",
    "one node name in two clusters with WireGuard",
    "agents before 1.14 keep WireGuard keys by the node's bare name: one replaces the other (cilium/cilium#24785)",
);
pub(super) const VERSION_SKEW: CatalogueEntry = mine(
    "CM0115",
    "versions too far apart on a link",
    "Cilium supports one minor version of difference between linked clusters (network/clustermesh/setup.rst in its documentation)",
);
pub(super) const POLICY_MEANING: CatalogueEntry = warning(
    "CM0116",
    "policies that mean something else in some clusters",
    "a policy that names no cluster selects every cluster up to 1.18, and only the own one from 1.19 on",
);
pub(super) const SETTING_IGNORED: CatalogueEntry =
    warning("CM0117", "a setting that this version ignores", "its agents behave as if it were not there");
pub(super) const WITHOUT_KUBERNETES: CatalogueEntry = warning(
    "CM0118",
    "identities that peers drop",
    "since 1.16 agents drop identities without the label `k8s:io.cilium.k8s.policy.cluster`, which only Kubernetes sets",
);
pub(super) const DOCKER_PLUGIN_REMOVED: CatalogueEntry = warning(
    "CM0119",
    "agents to which Docker attaches no containers",
    "up to 1.19 `cilium-docker` attached Docker's containers to an agent without Kubernetes; from 1.20 on only `cilium-cni` is \
     left (cilium/cilium#46489)",
);
