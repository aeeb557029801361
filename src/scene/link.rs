//! A link of a scene: one direction.

use time::OffsetDateTime;

use super::expiry::FirstExpiry;
use super::seen::{FilesSeen, LiveSeen};
use super::state::LinkState;

/// The agents of one cluster read the etcd of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneLink {
    /// The cluster whose agents read: its place in the list of clusters.
    pub reader: usize,
    /// The cluster whose etcd is read.
    pub remote: usize,
    /// Whether it was generated.
    pub generated: bool,
    /// What was proven when it was generated.
    pub paper: Paper,
    /// What `verify` said of its files.
    pub files: Option<FilesSeen>,
    /// What `probe` said of it.
    pub live: Option<LiveSeen>,
    /// The certificate of it that expires first, as far as the state or the mesh know it.
    pub issued: Option<FirstExpiry>,
}

/// What `generate` proved with the certificates that it issued, or `lint` with those that the mesh names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Paper {
    /// Nothing: the other end is not known here.
    Nothing,
    /// Agents accept the servers.
    Servers,
    /// Each end accepts the other.
    Both,
}

/// When certificates count as expiring.
#[derive(Debug, Clone, Copy)]
pub(super) struct Horizon {
    pub(super) now: OffsetDateTime,
    pub(super) soon: time::Duration,
}

impl SceneLink {
    /// When its first certificate expires: by what was observed last, or else by what was issued.
    pub fn expires(&self) -> Option<OffsetDateTime> {
        let live = self.live.as_ref().and_then(|seen| seen.expires);
        let files = self.files.as_ref().and_then(|seen| seen.expires);
        live.or(files).or(self.issued.as_ref().map(|first| first.at))
    }

    pub(super) fn state(&self, horizon: Horizon) -> LinkState {
        let expires = self.expires();
        let refuted = self.files.as_ref().is_some_and(|seen| seen.refuted > 0);
        let not_ready = self.live.as_ref().is_some_and(|seen| seen.ready < seen.tried);
        if refuted || not_ready || expires.is_some_and(|at| at < horizon.now) {
            return LinkState::Broken;
        }
        if expires.is_some_and(|at| at - horizon.now < horizon.soon) {
            return LinkState::Expiring;
        }
        if self.live.is_some() {
            return LinkState::Live;
        }
        match (&self.files, self.paper) {
            (Some(seen), _) if seen.both == seen.subjects => LinkState::Proven,
            (Some(seen), paper) if seen.servers == seen.subjects => half_or(paper),
            (_, Paper::Both) => LinkState::Proven,
            (_, Paper::Servers) => LinkState::Half,
            (_, Paper::Nothing) => LinkState::Unproven,
        }
    }
}

/// What is proven where files prove one end: the other may be proven on paper.
const fn half_or(paper: Paper) -> LinkState {
    match paper {
        Paper::Both => LinkState::Proven,
        Paper::Servers | Paper::Nothing => LinkState::Half,
    }
}
