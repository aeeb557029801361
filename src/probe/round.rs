//! Tries all links at once, in one thread, within a time that is known in advance.
//!
//! Endpoints that do not answer are awaited together, so many cost no more time than one. Only the number of open sockets is
//! limited.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::diag::Diagnostic;
use crate::etcd::Names;
use crate::verify::{Own, Peer};

use super::heartbeat::Memory;
use super::link;
use super::link_probe::LinkProbe;
use super::settings::Settings;
use super::shared::Shared;
use super::verdict;

/// Addresses that are tried at once, each by up to three connections.
const AT_ONCE: usize = 512;
/// Files that may be open meanwhile: sockets of attempts, of name look-ups, of links that wait for a heartbeat.
const FILES: u64 = 4096;

/// How long a round may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// Until all endpoints have answered or timed out, and the etcds are read.
    pub answers: Duration,
    /// The additional time where a heartbeat is not recent.
    pub heartbeat: Duration,
}

/// Tries links, once or again and again.
pub struct Prober {
    runtime: Runtime,
    shared: Shared,
    /// Links that are reported; the peers behind them only show which ids are taken.
    reported: usize,
}

/// How long a round over `peers` takes at most.
pub fn bound<'a>(peers: impl IntoIterator<Item = &'a Peer>, timeout: Duration, heartbeat: Duration) -> Bound {
    let endpoints: usize = peers.into_iter().map(|peer| peer.config.endpoints.len()).sum();
    let waves = u32::try_from(endpoints.div_ceil(at_once()).max(1)).unwrap_or(u32::MAX);
    // Each endpoint may take the time twice, for its answer and for a page of keys, and each cluster once more.
    Bound { answers: timeout.saturating_mul(waves).saturating_mul(2).saturating_add(timeout), heartbeat }
}

impl Prober {
    /// Prepares to try the links of `own` to `peers`. `others` are not reported, but agents compare their ids with those of
    /// `peers`. `memory` holds what earlier rounds have seen.
    ///
    /// # Errors
    /// If the runtime cannot be created.
    pub fn new(mut peers: Vec<Peer>, others: Vec<Peer>, own: Own, settings: Settings, memory: Memory) -> io::Result<Self> {
        let reported = peers.len();
        peers.extend(others);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let names = runtime.block_on(async { Names::new(settings.version) });
        let sockets = Arc::new(Semaphore::new(at_once()));
        Ok(Self {
            reported,
            runtime,
            shared: Shared { peers: peers.into(), own: Arc::new(own), names, settings, memory, sockets },
        })
    }

    /// How many links there are.
    pub fn links(&self) -> usize {
        self.reported
    }

    /// Tries every link once. `done` gets each link as soon as its verdict is known, and once more if a later one changes it.
    pub fn round(&self, done: &dyn Fn(&LinkProbe)) -> Vec<LinkProbe> {
        let mut shared = self.shared.clone();
        let mut links: Vec<(usize, LinkProbe)> = Vec::new();
        self.runtime.block_on(async {
            // Names are resolved again: they may have changed since the last round.
            shared.names = Names::new(shared.settings.version);
            let mut running = JoinSet::new();
            for index in 0..shared.peers.len() {
                let mut shared = shared.clone();
                if index >= self.reported {
                    shared.settings.heartbeat = Duration::ZERO;
                }
                running.spawn(async move { link::probe_link(&shared, index).await.map(|link| (index, link)) });
            }
            while let Some(joined) = running.join_next().await {
                let Some((index, mut link)) = joined.ok().flatten() else { continue };
                for (place, earlier) in &mut links {
                    if verdict::compare(earlier, &mut link) && *place < self.reported {
                        done(earlier);
                    }
                }
                if index < self.reported {
                    done(&link);
                }
                links.push((index, link));
            }
        });
        links.sort_by_key(|(index, _)| *index);
        links.into_iter().take_while(|(index, _)| *index < self.reported).map(|(_, link)| link).collect()
    }

    /// The finding of a link that was ready before and is not now.
    pub fn went_away(link: &LinkProbe) -> Option<Diagnostic> {
        verdict::went_away(link)
    }
}

/// How many endpoints may be tried at once.
pub(super) fn at_once() -> usize {
    AT_ONCE.min(usize::try_from(raise_files() / 6).unwrap_or(AT_ONCE)).max(1)
}

/// Lets this process open as many files as it may, up to [`FILES`], and returns how many that are.
fn raise_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES, |maximum| maximum.min(FILES));
    let current = limit.current.unwrap_or(FILES);
    if current >= wanted {
        return current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => wanted,
        Err(_) => current,
    }
}
