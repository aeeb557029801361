//! Live links: `08xx`.

use super::{Entry, error, told};

pub(super) const NAME_UNKNOWN: Entry =
    error("CM0801", "a name that does not resolve", "agents try again for ever, and say nothing for 15 minutes");
pub(super) const CONNECTION_REFUSED: Entry =
    error("CM0802", "nothing listens there", "the host answers, but no etcd has that port");
pub(super) const NO_ANSWER: Entry =
    error("CM0803", "no answer in time", "a firewall drops the packets, the address is wrong, or the host is down");
pub(super) const NO_TLS: Entry =
    error("CM0804", "no TLS behind the endpoint", "the endpoint says `https`, and whoever listens there speaks something else");
pub(super) const SERVER_UNTRUSTED: Entry =
    error("CM0805", "a server that the anchors do not vouch for", "agents break off the handshake and log nothing");
pub(super) const SERVER_NAME: Entry = error(
    "CM0806",
    "a server certificate for another host",
    "Go compares the host of the endpoint with the certificate's SANs, and with nothing else",
);
pub(super) const SERVER_NOT_VALID_NOW: Entry =
    error("CM0807", "a server certificate that is not valid now", "agents break off the handshake and log nothing");
pub(super) const SERVER_UNFIT: Entry =
    error("CM0808", "a server certificate that Go refuses", "agents break off the handshake and log nothing");
pub(super) const CLIENT_NOT_VALID_NOW: Entry = error(
    "CM0809",
    "a client certificate that is not valid now",
    "etcd refuses it; with TLS 1.3 the client hears of it only after its handshake is done",
);
pub(super) const CLIENT_UNTRUSTED: Entry = error(
    "CM0810",
    "a client certificate that the etcd refuses",
    "etcd lets in whatever chains to its `trusted-ca-file`, and nothing else",
);
pub(super) const CLIENT_MISSING: Entry =
    error("CM0811", "an etcd that asks for a certificate, and a config without one", "etcd runs with `client-cert-auth`");
pub(super) const PERMISSION_DENIED: Entry =
    error("CM0812", "etcd denies everything", "etcd says the same of a user that it does not know and of one without a role");
pub(super) const HEARTBEAT_ONE_KEY: Entry = error(
    "CM0813",
    "the heartbeat may be read as one key only",
    "agents list it as a prefix (pkg/kvstore/etcd.go): a grant of the single key is refused",
);
pub(super) const RANGE_DENIED: Entry = error(
    "CM0814",
    "a range that agents need is denied",
    "a link is ready only when nodes, services, identities and addresses have all been listed",
);
pub(super) const CLUSTER_CONFIG_MISSING: Entry = error(
    "CM0815",
    "the cluster does not announce itself",
    "since 1.16 agents wait for `cilium/cluster-config/<name>`, for ever (commit 92b02a45966 in cilium/cilium)",
);
pub(super) const CLUSTER_CONFIG_WRONG: Entry = error(
    "CM0816",
    "the cluster announces something else",
    "agents refuse a peer whose id is 0, taken, or too large for them (pkg/clustermesh/types/types.go)",
);
pub(super) const CANARIES_MISSING: Entry = error(
    "CM0817",
    "the cluster announces canaries that are not there",
    "with `syncedCanaries` agents wait for `cilium/synced/<name>/…` before the link is ready",
);
pub(super) const HEARTBEAT_STALE: Entry = error(
    "CM0818",
    "no heartbeat",
    "without an event for two minutes agents tear the link down, connect again, and so on (pkg/kvstore/etcd.go)",
);
pub(super) const SEVERAL_ETCDS: Entry = error(
    "CM0819",
    "endpoints of different etcds in one config",
    "agents pin the id of the etcd cluster that they reach, and reconnect for ever when it changes (since 1.16)",
);
pub(super) const NOT_ETCD: Entry =
    error("CM0820", "something else than etcd", "TLS is fine, but what answers does not speak etcd's gRPC");
pub(super) const ETCD_UNWELL: Entry = error("CM0821", "an etcd that does not serve", "without a leader nothing can be read");
pub(super) const CLOCK_DIFFERS: Entry =
    told("CM0822", "clocks that differ", "certificates start and end by the clock of whoever looks at them");
pub(super) const SLOW_LINK: Entry = told(
    "CM0823",
    "a slow link",
    "agents give a status check 10 s and etcd's keepalive 25 s: what is slow now breaks under load",
);
pub(super) const LINK_WENT_AWAY: Entry = error(
    "CM0824",
    "a link that was ready and is not any more",
    "agents keep what they knew of the cluster, and hear of no change",
);
pub(super) const NOTHING_TO_PROBE: Entry =
    error("CM0825", "a link that cannot be tried", "what the agent would need is missing or broken on this side already");
pub(super) const CANNOT_TRY: Entry = error(
    "CM0826",
    "undetermined: this program cannot try it",
    "agents use Go's TLS, which supports a little more than this program: neither the etcd nor the config is known to be wrong",
);
pub(super) const HEARTBEAT_UNKNOWN: Entry = error(
    "CM0830",
    "a heartbeat of which nothing is known yet",
    "it may be written by a clock that differs, or have stopped a moment ago: agents go by events only",
);
pub(super) const NOTHING_IN_COMMON: Entry =
    error("CM0831", "nothing in common in TLS", "agents offer TLS 1.2 and 1.3, with what HTTP/2 allows of Go's cipher suites");
pub(super) const NO_CERTIFICATE_ASKED: Entry = told(
    "CM0832",
    "an etcd that asks for no client certificate",
    "it cannot know who connects: any client that reaches it reads, and where authentication is off, writes",
);
pub(super) const LARGE_PACKETS_LOST: Entry = error(
    "CM0833",
    "large packets are lost on the way",
    "a tunnel or a firewall takes less than this node's MTU and reports nothing: agents connect, and never get what they list",
);
pub(super) const PROXY_WATCHES: Entry = error(
    "CM0834",
    "a proxy that answers watches in its own name",
    "agents go by the id of the etcd cluster in every answer; a second agent behind the proxy gets one without it, and reconnects \
     again and again",
);
