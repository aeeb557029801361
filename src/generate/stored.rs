//! Verifies the files of the state before they are used: a CA by its fingerprint in the inventory, a leaf by its record, its key
//! and its CA. A damaged file is reported to `plan`, which decides what follows.
//!
//! Every run checks every CA, and notices missing files of leaves. It reads only the leaves that it uses: reading a quarter of a
//! million of them would make each run slow.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::audit::{LeafPem, Signer, check_authority, describe_missing, read_leaf};
use crate::lint::{self, CheckedMesh};
use crate::mesh::{ClusterName, KeyAlgorithm};
use crate::pki;
use crate::plan::{
    AuthorityFaults, BundleId, CredentialKey, CredentialRecord, Inventory, LocalEtcdPlan, Plan, StateFacts, leaf_holder,
};
use crate::store::{ClusterLeaves, StateFiles};
use crate::x509::Certificate;

/// The files of a state, with what is needed to verify them.
pub(super) struct StoredFiles<'a> {
    files: &'a StateFiles,
    inventory: &'a Inventory,
    /// Certificate of each known CA, by fingerprint.
    signers: BTreeMap<String, Certificate>,
}

impl<'a> StoredFiles<'a> {
    /// Checks the CAs that were made here and are not provided now, and which files are missing. The mesh may need one no longer, and an
    /// etcd still keep it.
    pub(super) fn read(mesh: &CheckedMesh, files: &'a StateFiles, inventory: &'a Inventory) -> (Self, StateFacts) {
        let mut signers: BTreeMap<String, Certificate> = BTreeMap::new();
        let brought = mesh.authorities().values().filter_map(lint::MeshAuthority::anchor);
        signers.extend(brought.map(|anchor| (hex::encode(anchor.fingerprint()), anchor.clone())));
        let provided: BTreeSet<&str> = mesh
            .authorities()
            .iter()
            .filter(|(_, authority)| !matches!(authority, lint::MeshAuthority::Made))
            .map(|(name, _)| name.as_str())
            .collect();
        let made = inventory.authorities.iter().filter(|(name, _)| !provided.contains(name.as_str()));
        let made = made.filter_map(|(name, record)| Some((name.clone(), record.fingerprint.as_str(), record.file.as_deref()?)));
        let looked: Vec<_> = made
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(name, fingerprint, file)| (name, fingerprint, check_authority(files, file, fingerprint, None)))
            .collect();
        let mut facts = StateFacts::default();
        for (name, fingerprint, (certificate, faults)) in looked {
            signers.extend(certificate.map(|certificate| (fingerprint.to_owned(), certificate)));
            if faults != AuthorityFaults::default() {
                facts.authorities.insert(name, faults);
            }
        }
        facts.stored_chains =
            mesh.authorities().values().filter_map(|authority| stored_chain(files, inventory, authority)).collect();
        // From the names of the files alone: there may be a quarter of a million leaves.
        let there = files.leaf_files();
        let missing = files.leaf_paths(inventory).filter(|(_, _, path)| !there.contains(path));
        facts.leaves = missing.map(|(_, record, path)| (record.serial.clone(), describe_missing(&path))).collect();
        (Self { files, inventory, signers }, facts)
    }

    /// Reads the leaves of `keys` in the state that are not yet known to be `sound` or faulty, and adds faults to `facts`, and keys that
    /// are not kept. Returns whether there are any.
    pub(super) fn check(
        &self,
        plan: &Plan,
        keys: &BTreeSet<&CredentialKey>,
        sound: &mut BTreeSet<String>,
        facts: &mut StateFacts,
    ) -> bool {
        let kept = keys.iter().filter_map(|key| Some((*key, plan.credentials.get(*key)?)));
        let stored = kept.filter_map(|(key, plan)| Some((key, plan.stored()?, plan.algorithm())));
        let mut unread: BTreeMap<&ClusterName, Vec<_>> = BTreeMap::new();
        for (key, serial, algorithm) in stored {
            if !sound.contains(serial) && !facts.leaves.contains_key(serial) {
                unread.entry(key.cluster()).or_default().push((key, serial, algorithm));
            }
        }
        let judge = |leaves: &ClusterLeaves<'_>, (key, serial, algorithm): (_, &str, Option<KeyAlgorithm>)| {
            let read = self.read_leaf(leaves, key);
            let fits = |key: &str| {
                pki::PrivateKey::from_pem(key.as_bytes()).is_ok_and(|key| key.algorithm() == algorithm && key.public().is_some())
            };
            let is_other = algorithm.is_some() && read.as_ref().is_ok_and(|(_, key)| !fits(key));
            (serial.to_owned(), read.err(), is_other)
        };
        let judge_cluster = |(cluster, unread): (&ClusterName, Vec<_>)| {
            let leaves = self.files.leaves(self.inventory, cluster.as_str());
            unread.into_par_iter().map(|one| judge(&leaves, one)).collect::<Vec<_>>()
        };
        let judged: Vec<_> = unread.into_par_iter().flat_map(judge_cluster).collect();
        let mut any = false;
        for (serial, fault, is_other) in judged {
            any |= fault.is_some() || is_other;
            match fault {
                Some(fault) => drop(facts.leaves.insert(serial, fault)),
                None if is_other => drop(facts.other_keys.insert(serial)),
                None => drop(sound.insert(serial)),
            }
        }
        any
    }

    /// A leaf as it was issued, or what is wrong with its file.
    fn read_leaf(&self, leaves: &ClusterLeaves<'_>, key: &CredentialKey) -> Result<LeafPem, String> {
        let record = self.inventory.credentials.get(&key.to_string()).ok_or_else(|| "it was never issued".to_owned())?;
        read_leaf(leaves, record, self.signers.get(&record.signer).map_or(Signer::Missing, Signer::Known))
    }
}

/// The fingerprint of a provided CA whose chain is not in the inventory, as in states of earlier releases, and the chain that is
/// stored with its leaves. If they differ, one that is not today's: bundles have to get today's.
fn stored_chain(files: &StateFiles, inventory: &Inventory, authority: &lint::MeshAuthority) -> Option<(String, Vec<String>)> {
    let anchor = authority.anchor().filter(|anchor| !anchor.is_self_issued())?;
    let signer = hex::encode(anchor.fingerprint());
    let known = inventory.authorities.values().filter(|record| record.fingerprint == signer);
    if known.clone().count() == 0 || known.into_iter().any(|record| record.first_chain.is_some()) {
        return None;
    }
    let fingerprints = |chain: &[Certificate]| chain.iter().map(|one| hex::encode(one.fingerprint())).collect::<Vec<_>>();
    let today = fingerprints(authority.travelling());
    let mut leaves: BTreeMap<&str, Vec<&CredentialRecord>> = BTreeMap::new();
    for (key, record) in inventory.credentials.iter().filter(|(_, record)| record.signer == signer) {
        let (cluster, _) = leaf_holder(key)?;
        leaves.entry(cluster).or_default().push(record);
    }
    let read = |(cluster, records): (&str, Vec<&CredentialRecord>)| {
        let leaves = files.leaves(inventory, cluster);
        let chains = records.into_iter().filter_map(|record| leaves.chain(&record.serial).ok());
        let chains = chains.filter_map(|chain| Some(fingerprints(Certificate::chain_from_pem(chain.as_bytes()).ok()?.get(1..)?)));
        chains.collect::<BTreeSet<_>>()
    };
    let stored: BTreeSet<_> = leaves.into_par_iter().flat_map(read).collect();
    let chain = stored.iter().find(|chain| **chain != today).or_else(|| stored.first())?;
    Some((signer, chain.clone()))
}

/// Every leaf that a run reads when it writes the bundles for which `renders` is true: all but the clients of other bundles.
pub(super) fn find_used<'p>(plan: &'p Plan, renders: &dyn Fn(&BundleId) -> bool) -> BTreeSet<&'p CredentialKey> {
    let mut keys = BTreeSet::new();
    for cluster in &plan.clusters {
        // Every run reads these few: members are proven against all clients, and loose files are compared.
        let members = cluster.members.iter().flat_map(|member| std::iter::once(&member.server).chain(&member.peer));
        keys.extend(members.map(|certificate| &certificate.credential));
        keys.extend(cluster.own.iter().flat_map(LocalEtcdPlan::credentials));
        let is_loose = cluster.runtime.helm().is_some();
        let rendered = |node: &&crate::plan::NodePlan| is_loose || renders(&cluster.node_bundle(node));
        for (number, node) in cluster.nodes.iter().filter(rendered).enumerate() {
            keys.extend(&node.leaves);
            if number == 0 {
                keys.extend(cluster.links.iter().filter_map(|link| link.client.shared()));
            }
        }
    }
    keys
}
