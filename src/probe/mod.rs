//! Live links: does every remote cluster answer as its agents need it?
//!
//! Input: remote clusters as agents would connect to them ([`Peer`](crate::verify::Peer)s). Output: a [`Link`] for each, with
//! findings, of which the first error is the cause. Name, TCP, TLS, client certificate, etcd, rights, cluster-config,
//! canaries and heartbeat are tried in the order in which an agent stumbles over them. The only sockets of the program are
//! here. It writes nothing, neither to disk nor to any etcd, and reads no file but what the resolver reads of the machine:
//! `/etc/hosts` and `/etc/resolv.conf`.

mod alert;
mod attempt;
mod clock;
mod cluster_config;
mod dial;
mod etcd;
mod expiry;
mod fault;
mod go_json;
mod heartbeat;
mod identity;
mod link;
mod local;
mod reading;
mod resolve;
mod round;
mod server;
mod tls;
mod verdict;

pub use attempt::Attempt;
pub use clock::Clock;
pub use expiry::Expiry;
pub use fault::Fault;
pub use heartbeat::Heartbeat;
pub use link::Link;
pub use round::{Bound, Prober, Settings, bound};
