//! What was trusted before a backup was restored, and may be trusted no more: by targets whose bundles later runs have written without it, and
//! by etcds that get no files from here, if those runs no longer asked their operators to keep it. It counts as added by the next run, so nothing
//! is signed with it before that run is known to have arrived.

use std::collections::{BTreeMap, BTreeSet};

use super::inventory::Inventory;

/// The CAs that all newest bundles of later runs have, by the etcd that they are for. CAs are named by their fingerprints.
#[derive(Default)]
pub(super) struct TrustedByAll {
    /// What readers trust.
    servers: BTreeMap<String, BTreeSet<String>>,
    /// What members trust when clients connect.
    clients: BTreeMap<String, BTreeSet<String>>,
    /// What they trust when members connect.
    peers: BTreeMap<String, BTreeSet<String>>,
}

impl TrustedByAll {
    /// A member of the etcd of `cluster` has these.
    pub(super) fn by_member(&mut self, cluster: &str, clients: &BTreeSet<String>, peers: &BTreeSet<String>) {
        also(&mut self.clients, cluster, clients);
        also(&mut self.peers, cluster, peers);
    }

    /// A reader of the etcd of `cluster` has these.
    pub(super) fn by_reader(&mut self, cluster: &str, servers: &BTreeSet<String>) {
        also(&mut self.servers, cluster, servers);
    }

    /// Each other CA that `inventory` has as trusted counts as added by the next run.
    pub(super) fn doubt(&self, inventory: &mut Inventory) {
        let next = inventory.revision + 1;
        for (name, record) in &mut inventory.clusters {
            let trust = &mut record.trust;
            for (trusted, since, all) in [
                (&trust.server_trust, &mut trust.server_trust_since, self.servers.get(name)),
                (&trust.client_trust, &mut trust.client_trust_since, self.clients.get(name)),
                (&trust.peer_trust, &mut trust.peer_trust_since, self.peers.get(name)),
            ] {
                let Some(all) = all else { continue };
                since.extend(trusted.difference(all).map(|ca| (ca.clone(), next)));
            }
            record.doubt_operator(next);
        }
    }
}

/// Only what is in `more`, too, stays trusted by all.
fn also(all: &mut BTreeMap<String, BTreeSet<String>>, cluster: &str, more: &BTreeSet<String>) {
    match all.get_mut(cluster) {
        Some(all) => all.retain(|ca| more.contains(ca)),
        None => _ = all.insert(cluster.to_owned(), more.clone()),
    }
}
