//! Which links use a certificate, by the records of the state.

use std::collections::HashMap;
use std::sync::Arc;

use crate::plan::{ClusterRecord, Inventory, KeptRecord};

use super::entry::CertLink;

/// The links of a mesh, found by what they use.
pub(super) struct LinkUsers<'a> {
    inventory: &'a Inventory,
    /// One text for each name of a cluster.
    names: HashMap<&'a str, Arc<str>>,
    /// Who reads the etcd of a cluster.
    readers: HashMap<&'a str, Vec<&'a str>>,
    /// The etcds whose clients a CA signs, or has signed.
    signed: HashMap<&'a str, Vec<&'a str>>,
    /// CAs by fingerprint.
    authorities: HashMap<&'a str, &'a str>,
}

impl<'a> LinkUsers<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let authorities: HashMap<&str, &str> =
            inventory.authorities.iter().map(|(name, record)| (record.fingerprint.as_str(), name.as_str())).collect();
        let names = inventory.clusters.keys().map(|name| (name.as_str(), Arc::from(name.as_str()))).collect();
        let mut readers: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut signed: HashMap<&str, Vec<&str>> = HashMap::new();
        for (name, record) in &inventory.clusters {
            for remote in &record.links {
                readers.entry(remote).or_default().push(name);
            }
            let signer = record.trust.client_signer.as_deref().and_then(|fingerprint| authorities.get(fingerprint).copied());
            let kept = record.kept_client_authorities.iter().map(|kept: &KeptRecord| kept.name.as_str());
            let mut signers: Vec<&str> = signer.into_iter().chain(kept).collect();
            signers.sort_unstable();
            signers.dedup();
            signers.into_iter().for_each(|signer| signed.entry(signer).or_default().push(name));
        }
        Self { inventory, names, readers, signed, authorities }
    }

    /// The name of a CA.
    pub(super) fn authority(&self, fingerprint: &str) -> Option<&'a str> {
        self.authorities.get(fingerprint).copied()
    }

    /// The name of a cluster, shared by all that have it.
    pub(super) fn name(&self, cluster: &str) -> Arc<str> {
        self.names.get(cluster).cloned().unwrap_or_else(|| Arc::from(cluster))
    }

    /// Those for which agents of `reader` present a leaf that `signer` has signed for `user`.
    pub(super) fn of_client(&self, reader: &str, signer: &str, user: &str) -> Vec<CertLink> {
        let Some(record) = self.inventory.clusters.get(reader) else { return Vec::new() };
        let accepts = |remote: &&&str| {
            let is_user = |etcd: &ClusterRecord| {
                let kept = etcd.kept_users.iter().any(|kept| kept.name == user);
                etcd.users.is_empty() || etcd.users.contains(user) || kept
            };
            record.links.contains(**remote) && self.inventory.clusters.get(**remote).is_some_and(is_user)
        };
        let remotes = self.signed.get(signer).into_iter().flatten().filter(accepts);
        remotes.map(|remote| (self.name(reader), self.name(remote))).collect()
    }

    /// Those that lead to the etcd of `remote`.
    pub(super) fn of_server(&self, remote: &str) -> Vec<CertLink> {
        let readers = self.readers.get(remote).into_iter().flatten();
        readers.map(|reader| (self.name(reader), self.name(remote))).collect()
    }

    /// Those that one end of verifies with the CA `fingerprint`.
    pub(super) fn of_authority(&self, fingerprint: &str) -> Vec<CertLink> {
        let uses = |record: &ClusterRecord| {
            let trust = &record.trust;
            let signs = |signer: &Option<String>| signer.as_deref() == Some(fingerprint);
            // Of an etcd of others, one CA alone is surely the one that has signed.
            let is_only = trust.server_signer.is_none() && trust.server_trust.iter().map(String::as_str).eq([fingerprint]);
            signs(&trust.server_signer) || signs(&trust.client_signer) || is_only
        };
        self.inventory.clusters.iter().filter(|(_, record)| uses(record)).flat_map(|(name, _)| self.of_server(name)).collect()
    }

    /// Whether any end trusts the CA `fingerprint`.
    pub(super) fn is_trusted(&self, fingerprint: &str) -> bool {
        let trusts = |record: &ClusterRecord| {
            let trust = &record.trust;
            [&trust.server_trust, &trust.client_trust, &trust.peer_trust].iter().any(|trusted| trusted.contains(fingerprint))
        };
        self.inventory.clusters.values().any(trusts)
    }
}
