//! A mesh as it is shown.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::certificates::SceneCertificate;
use super::cluster::SceneCluster;
use super::link::{Horizon, SceneLink};
use super::state::LinkState;

/// A mesh as it is shown.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Its name.
    pub mesh: String,
    /// The time at which certificates are judged.
    pub now: OffsetDateTime,
    /// A certificate with less time left expires soon.
    pub soon: Duration,
    /// A certificate that was issued here and has less time left is due for renewal.
    pub renew_before: Duration,
    /// The clusters, in order of name.
    pub clusters: Vec<SceneCluster>,
    /// The links, in order of reader and remote.
    pub links: Vec<SceneLink>,
    /// Links that were generated and the mesh no longer has: reader and remote.
    pub leaving: Vec<(usize, usize)>,
    /// The certificates, in order of their end.
    pub certificates: Vec<SceneCertificate>,
    /// Whether clusters and links are those that were generated last, because the mesh has errors.
    pub recorded_only: bool,
}

impl Scene {
    /// The state of a link of it.
    pub fn state(&self, link: &SceneLink) -> LinkState {
        link.state(Horizon { now: self.now, soon: self.soon })
    }

    /// The name of the cluster at a place.
    pub fn name(&self, cluster: usize) -> &str {
        self.clusters.get(cluster).map_or("", |cluster| cluster.name.as_str())
    }

    /// How many links have each state.
    pub fn counts(&self) -> BTreeMap<LinkState, usize> {
        let mut counts = BTreeMap::new();
        self.links.iter().for_each(|link| *counts.entry(self.state(link)).or_default() += 1);
        counts
    }

    /// The links in a state.
    pub fn links_in(&self, state: LinkState) -> impl Iterator<Item = &SceneLink> {
        self.links.iter().filter(move |link| self.state(link) == state)
    }
}
