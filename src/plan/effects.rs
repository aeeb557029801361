//! What a run does to what is running, once its files are installed: which agents connect again, and which agents and members restart.

use std::collections::BTreeSet;

use crate::mesh::{ANY, Label, Runtime};

use super::cluster::ClusterPlan;
use super::decide::Plan;
use super::inventory::Inventory;

/// What a run does to the agents and the members of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The cluster.
    pub cluster: String,
    /// The clusters to whose etcds its agents connect again, and of which they list everything again: their configs name other CAs.
    pub reconnects: Vec<String>,
    /// Its nodes with a bundle of their own; none where agents run in pods, or on machines that the mesh does not name.
    pub nodes: usize,
    /// Whether these agents restart, because they read the CAs of their own etcd only when they start.
    pub agents_restart: bool,
    /// The members of its etcd that restart, because they read the CAs that they trust only when they start.
    pub restarts: Vec<String>,
}

impl Plan {
    /// The external clusters that read an etcd of the rotation of `ca`: no bundle reaches their agents, and no receipt comes from there.
    pub fn external_readers(&self, ca: &str) -> Vec<String> {
        let Some(record) = self.rotations.get(ca) else { return Vec::new() };
        // Links are mutual: those of external clusters are in the plans of their remotes.
        let of_rotation = || self.clusters.iter().filter(|one| record.etcds.contains_key(one.name.as_str()));
        let reads = |cluster: &&ClusterPlan| of_rotation().any(|one| one.links.iter().any(|link| link.remote == cluster.name));
        let external = self.clusters.iter().filter(|cluster| cluster.runtime == Runtime::External).filter(reads);
        external.map(|cluster| cluster.name.to_string()).collect()
    }

    /// What its changes of trust do to each cluster, against what `before` has; only clusters that notice.
    pub fn effects(&self, before: &Inventory) -> Vec<Effect> {
        let changed: BTreeSet<&str> = self
            .clusters
            .iter()
            .filter(|cluster| self.changes_servers(cluster, before))
            .map(|cluster| cluster.name.as_str())
            .collect();
        let effect = |cluster: &ClusterPlan| {
            let reads = cluster.links.iter().map(|link| link.remote.as_str());
            let reconnects: Vec<String> = reads.filter(|remote| changed.contains(remote)).map(ToOwned::to_owned).collect();
            let agents_restart = cluster.own.is_some() && changed.contains(cluster.name.as_str());
            let restarts = if self.changes_clients(cluster, before) {
                cluster.members.iter().map(|member| member.name.to_string()).collect()
            } else {
                Vec::new()
            };
            let nodes = cluster.nodes.iter().filter(|node| cluster.has_node_archives() && node.name != ANY).count();
            Effect { cluster: cluster.name.to_string(), reconnects, nodes, agents_restart, restarts }
        };
        let notices = |effect: &Effect| effect.agents_restart || !effect.reconnects.is_empty() || !effect.restarts.is_empty();
        self.clusters.iter().map(effect).filter(notices).collect()
    }

    /// Whether agents trust other CAs at the etcd of `cluster` than before.
    fn changes_servers(&self, cluster: &ClusterPlan, before: &Inventory) -> bool {
        let before = before.clusters.get(cluster.name.as_str());
        before.is_some_and(|before| self.differs(&cluster.trust.server_trust, &before.trust.server_trust))
    }

    /// Whether its members trust other CAs than before, of clients or of each other.
    fn changes_clients(&self, cluster: &ClusterPlan, before: &Inventory) -> bool {
        let before = before.clusters.get(cluster.name.as_str()).map(|before| &before.trust);
        before.is_some_and(|before| {
            let has_peers = cluster.members.iter().any(|member| member.peer.is_some());
            self.differs(&cluster.trust.client_trust, &before.client_trust)
                || has_peers && self.differs(&cluster.trust.peer_trust, &before.peer_trust)
        })
    }

    fn differs(&self, now: &[Label], before: &BTreeSet<String>) -> bool {
        let known = |name: &Label| self.authorities.get(name)?.fingerprint();
        let fingerprints: Option<BTreeSet<&str>> = now.iter().map(known).collect();
        fingerprints.is_none_or(|now| now != before.iter().map(String::as_str).collect())
    }
}
