//! What all links of a round share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::etcd::Names;
use crate::verify::{Own, Peer};

use super::heartbeat::Memory;
use super::settings::Settings;

/// What all links of a round share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) peers: Arc<[Peer]>,
    pub(super) own: Arc<Own>,
    pub(super) names: Names,
    pub(super) settings: Settings,
    pub(super) memory: Memory,
    /// Limits the number of open sockets.
    pub(super) sockets: Arc<Semaphore>,
}
