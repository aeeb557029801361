//! Announces a cluster: writes the heartbeat and cluster-config in its local etcd, where no Cilium operator does.
//!
//! Input: the cluster ([`Announcement`]), and how to reach the etcd ([`EtcdSource`], read again for each connection). Output: the two
//! keys, as long as it runs and no other process writes them; a line for each change of state; messages to systemd. It stands by
//! for another writer of the heartbeat, never overwrites another cluster's cluster-config, touches no other key, and never writes
//! to disk.

mod announcement;
mod check;
mod decision;
mod memory;
mod notify;
mod round;
mod service;
mod session;
mod state;

pub use announcement::{Announcement, Unfit};
pub use check::{ConfigHealth, Health, HeartbeatHealth, check};
pub use service::run;
pub use session::{EtcdSource, Trouble};
