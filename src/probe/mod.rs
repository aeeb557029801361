//! Live links: does every remote cluster answer as its agents need it?
//!
//! Input: remote clusters as agents would connect to them ([`Peer`](crate::verify::Peer)s). Output: a [`LinkProbe`] for each, with
//! findings, of which the first error is the cause. Name, TCP, TLS, client certificate, etcd, rights, cluster-config,
//! canaries and heartbeat are tried in the order in which an agent needs them; `etcd` connects. It writes nothing,
//! neither to disk nor to any etcd.

mod attempt;
mod clock;
mod cluster_config;
mod endpoints;
mod heartbeat;
mod link;
mod link_probe;
mod local;
mod reading;
mod round;
mod settings;
mod shared;
mod verdict;

pub use attempt::Attempt;
pub use clock::Clock;
pub use heartbeat::Memory;
pub use link_probe::LinkProbe;
pub use round::{Bound, Prober, bound};
pub use settings::{Rounds, Settings};
