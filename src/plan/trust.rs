//! Who signs and trusts at an etcd in this run, and how the inventory records it.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Label};

use super::inventory::{KeptRecord, TrustRecord};

/// Who signs and trusts at one etcd in this run. The mesh may want other CAs already: then they are trusted, and sign later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPlan {
    /// The CA that signs the servers.
    pub server_signer: Label,
    /// The CAs that agents trust.
    pub server_trust: Vec<Label>,
    /// The CA that signs the clients.
    pub client_signer: Label,
    /// The CAs that the servers trust.
    pub client_trust: Vec<Label>,
    /// The CAs that members trust as peers.
    pub peer_trust: Vec<Label>,
    /// The CA that is to sign the servers next.
    pub next_server_signer: Option<Label>,
    /// The CA that is to sign the clients next.
    pub next_client_signer: Option<Label>,
    /// The CA that a rotation introduces, and that is to sign the clients after its next step.
    pub introduced_client_signer: Option<Label>,
    /// CAs that signed the servers of bundles which may still be installed.
    pub kept_server_authorities: Vec<KeptRecord>,
    /// CAs that signed the clients of bundles which may still be installed.
    pub kept_client_authorities: Vec<KeptRecord>,
}

impl TrustPlan {
    /// Every CA that takes part, some several times.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &Label> {
        let lists = self.server_trust.iter().chain(&self.client_trust).chain(&self.peer_trust);
        lists.chain([&self.server_signer, &self.client_signer])
    }

    /// The record of it in a run that writes `revision`, by the fingerprint of each CA.
    pub(super) fn record(
        &self,
        mesh: &CheckedMesh,
        cluster: &Cluster,
        fingerprints: &BTreeMap<Label, String>,
        before: Option<&TrustRecord>,
        revision: u64,
    ) -> TrustRecord {
        let known = |name: &Label| fingerprints.get(name).cloned();
        let all = |names: &[Label]| names.iter().filter_map(known).collect::<BTreeSet<String>>();
        let peers = if cluster.etcd.peers { all(&self.peer_trust) } else { BTreeSet::new() };
        let (server, client) = (all(&self.server_trust), all(&self.client_trust));
        TrustRecord {
            server_signer: (!cluster.etcd.members.is_empty()).then(|| known(&self.server_signer)).flatten(),
            client_signer: signs_clients(mesh, cluster).then(|| known(&self.client_signer)).flatten(),
            server_trust_since: before
                .map(|of| since(&server, &of.server_trust, &of.server_trust_since, revision))
                .unwrap_or_default(),
            client_trust_since: before
                .map(|of| since(&client, &of.client_trust, &of.client_trust_since, revision))
                .unwrap_or_default(),
            peer_trust_since: before.map(|of| since(&peers, &of.peer_trust, &of.peer_trust_since, revision)).unwrap_or_default(),
            next_server_signer: self.next_server_signer.as_ref().map(ToString::to_string),
            next_client_signer: self.next_client_signer.as_ref().map(ToString::to_string),
            server_trust: server,
            client_trust: client,
            peer_trust: peers,
        }
    }
}

impl TrustPlan {
    /// The CA that is to sign the clients next, by an edit of the mesh or by a rotation.
    pub(super) fn coming_client_signer(&self) -> Option<&Label> {
        self.next_client_signer.as_ref().or(self.introduced_client_signer.as_ref())
    }
}

/// Since when CAs are trusted that are trusted `now`, if they were added. What an etcd trusts from its first run on is no addition: none of
/// its bundles is older.
fn since(
    now: &BTreeSet<String>,
    before: &BTreeSet<String>,
    known: &BTreeMap<String, u64>,
    revision: u64,
) -> BTreeMap<String, u64> {
    let since = now.iter().filter_map(|one| {
        let since = if before.contains(one) { known.get(one).copied() } else { Some(revision) };
        Some((one.clone(), since?))
    });
    since.collect()
}

/// Whether clients of the etcd of `cluster` are signed here.
pub(super) fn signs_clients(mesh: &CheckedMesh, cluster: &Cluster) -> bool {
    let signer = mesh.trust(&cluster.name).map(|trust| &trust.client_signer);
    let is_known = signer.is_some_and(|signer| mesh.authorities().contains_key(signer));
    is_known && (cluster.etcd.client.is_none() || cluster.etcd.has_own_clients())
}
