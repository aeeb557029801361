//! Live links: does every remote cluster answer as its agents need it? And live members: which CAs have they loaded?
//!
//! Input: remote clusters as agents would connect to them ([`Peer`](crate::verify::Peer)s). Output: a [`LinkProbe`] for each, with
//! findings, of which the first error is the cause. Name, TCP, TLS, client certificate, etcd, rights, cluster-config,
//! canaries and heartbeat are tried in the order in which an agent needs them; `etcd` connects. Of members: what is expected at their
//! ports ([`MemberPort`]s) -> what they present there ([`MemberProbe`]s). Of a firewall: what is dialled ([`Way`]s) -> whether TCP
//! gets there. It writes nothing, neither to disk nor to any etcd.

mod attempt;
mod ca_names;
mod clock;
mod cluster_config;
mod endpoints;
mod heartbeat;
mod link;
mod link_probe;
mod local;
mod member_fault;
mod member_port;
mod members;
mod reading;
mod round;
mod settings;
mod shared;
mod verdict;
mod ways;

pub use attempt::Attempt;
pub use ca_names::{KnownCas, LoadedCas, WantedCa};
pub use clock::Clock;
pub use heartbeat::Memory;
pub use link_probe::LinkProbe;
pub use member_port::{MemberPort, PortKind};
pub use members::{AskedCas, KnownMesh, LeafHolder, MemberProbe, SeenPort, members_bound, probe_members};
pub use round::{Bound, Prober, bound};
pub use settings::{Rounds, Settings};
pub use ways::{Way, WayProbe, probe_ways, ways_bound};
