//! Addressing: `02xx`.

use super::{CatalogueEntry, error, mine, told, warning};

pub(super) const BAD_CIDR: CatalogueEntry =
    error("CM0201", "not a CIDR", "ranges are written as `10.60.0.0/16` or `fd00:60::/48`");
pub(super) const BAD_ADDRESS: CatalogueEntry = error("CM0202", "not an IP address", "addresses become SANs and hosts entries");
pub(super) const POD_CIDR_OVERLAP: CatalogueEntry = mine(
    "CM0203",
    "pods of two clusters share addresses",
    "agents keep one owner for an address: traffic and policy go to whichever cluster was heard of last",
);
pub(super) const POD_NODE_OVERLAP: CatalogueEntry = mine(
    "CM0204",
    "pods and nodes share addresses",
    "agents keep one owner for an address, and the route to the pods takes the nodes' traffic",
);
pub(super) const SERVICE_CIDR_OVERLAP: CatalogueEntry = warning(
    "CM0205",
    "services share addresses with another cluster",
    "Cilium does not mind, but such a ClusterIP can never be reached from the other cluster",
);
pub(super) const SERVICE_INSIDE: CatalogueEntry = mine(
    "CM0206",
    "services share addresses with their own pods or nodes",
    "a pod or node with the address of a service cannot be reached: the service takes its traffic",
);
pub(super) const DEFAULT_POOL: CatalogueEntry = warning(
    "CM0207",
    "two clusters may share the default pool",
    "without a range of its own, `cluster-pool` hands out 10.0.0.0/8 (clusterPoolIPv4PodCIDRList in Helm's values)",
);
pub(super) const HOST_BITS: CatalogueEntry =
    told("CM0208", "a range that starts inside itself", "one of address and length is not what was meant");
pub(super) const NODE_ADDRESS_TWICE: CatalogueEntry = mine(
    "CM0209",
    "two nodes with one address",
    "nodes must have addresses of their own over the whole mesh: tunnels and health checks go by them",
);
pub(super) const NODE_OUTSIDE: CatalogueEntry =
    warning("CM0210", "a node outside its cluster's ranges", "one of the two is wrong, and firewalls go by the ranges");
pub(super) const NATIVE_ROUTING_UNCOVERED: CatalogueEntry = warning(
    "CM0211",
    "native routing that does not cover all pods",
    "traffic to pods outside the native routing CIDR is masqueraded, so their policies see a node and not a pod",
);
pub(super) const FAMILY_MISSING: CatalogueEntry = warning(
    "CM0212",
    "an address family that one side of a link lacks",
    "pods of that family have nobody to talk to at the other side",
);
pub(super) const DATAPATH_DIFFERS: CatalogueEntry = mine(
    "CM0213",
    "datapaths that differ over a link",
    "all clusters of a mesh must move packets the same way: the other side drops what comes another way",
);
pub(super) const ENCRYPTION_DIFFERS: CatalogueEntry = mine(
    "CM0214",
    "encryption that differs over a link",
    "encryption must be the same in all clusters of a mesh: mixed modes are not supported",
);
