//! Endpoints: `03xx`.

use super::{CatalogueEntry, error, mine, told, warning};

pub(super) const NO_ENDPOINTS: CatalogueEntry = error("CM0301", "no endpoints", "agents answer `no available endpoints`");
pub(super) const BAD_ENDPOINT: CatalogueEntry = error(
    "CM0302",
    "not a full endpoint",
    "etcd's client takes it as it stands, adds neither scheme nor port, and agents wait without a word",
);
pub(super) const MIXED_SCHEMES: CatalogueEntry = error(
    "CM0303",
    "http and https in one list",
    "the agent shuffles the list and takes its TLS settings from the first: it works at random",
);
pub(super) const BAD_HOST: CatalogueEntry =
    error("CM0304", "not a host name", "it becomes a SAN, a hosts entry and a dial target");
pub(super) const SHARED_ENDPOINT: CatalogueEntry = mine(
    "CM0305",
    "one endpoint for two clusters",
    "an etcd holds one cluster: agents would look in it for the other's `cilium/cluster-config` in vain",
);
pub(super) const ENDPOINT_TWICE: CatalogueEntry =
    told("CM0306", "an endpoint that stands twice", "a typing error hides a member that is not listed");
pub(super) const ALIAS_HIDES_HOSTS: CatalogueEntry = warning(
    "CM0307",
    "aliases for agents that do not read them",
    "`cilium-host-aliases` is known from 1.20 on; before, the name must stand in the hosts file that the agent sees",
);
pub(super) const NAME_UNRESOLVED: CatalogueEntry =
    warning("CM0308", "a name that nobody resolves", "outside Kubernetes no DNS knows it, and agents wait for it without a word");
pub(super) const ALIAS_UNUSED: CatalogueEntry =
    told("CM0309", "an alias that no endpoint uses", "the name in the endpoint is probably another one");
pub(super) const LOCAL_ENDPOINT: CatalogueEntry = warning(
    "CM0310",
    "an endpoint that is another machine on every node",
    "loopback, unspecified and link-local addresses lead every agent to its own host or link",
);
pub(super) const OTHER_ETCDS_MEMBER: CatalogueEntry = mine(
    "CM0311",
    "endpoints of different etcds in one list",
    "agents pin the id of the etcd cluster that they reach, and reconnect for ever when it changes (since 1.16)",
);
pub(super) const FRONT_ADDRESS: CatalogueEntry = error(
    "CM0312",
    "an address where a balancer routes by name",
    "for an address agents send no SNI, so the balancer does not know which etcd is meant",
);
pub(super) const FRONT_CERTIFICATE: CatalogueEntry = error(
    "CM0313",
    "a balancer whose certificate is not known, or does not count",
    "where a balancer ends TLS, agents see its certificate and never a member's; where it does not, they never see its own",
);
pub(super) const FRONT_ONE_USER: CatalogueEntry = warning(
    "CM0314",
    "a balancer that makes all readers one user",
    "etcd sees the certificate of the balancer that begins TLS again: all readers have its rights, and none can be shut out alone",
);
pub(super) const FRONT_PER_READER: CatalogueEntry = error(
    "CM0315",
    "names per reader behind a balancer that ends TLS",
    "etcd never sees the readers' certificates, so users by their names are denied or never used",
);
pub(super) const ENDPOINT_NOBODYS: CatalogueEntry = warning(
    "CM0316",
    "an endpoint that is no member and no balancer",
    "nothing says what answers there: a typing error, or a balancer that has rules of its own",
);
