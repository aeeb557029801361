//! A cluster's announcement, kept alive: heartbeat and cluster-config in its own etcd, where no Cilium operator writes them.
//!
//! Input: what is to be announced ([`Announcement`]), and how the etcd is reached ([`Source`], read anew for each connection).
//! Output: the two keys, for as long as it runs and nobody else writes them; each change of state in a line; words to systemd.
//! It steps back for whoever else writes the heartbeat, never overwrites another cluster's announcement, touches no other
//! key, and never touches the disk.

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
pub use session::{Source, Trouble};
