//! What bundles say that runs after a backup have written: the state that was restored from it learns what is installed may need.
//!
//! Input: generations that the inventory does not know. Then it is as if a run after the backup had written them: the inventory has their
//! endpoints, users and CAs, so what is kept for them, and when it goes, follows from the same rules as always.

use std::collections::{BTreeMap, BTreeSet};

use super::behind;
use super::bundle_id::{BundleId, BundleKind};
use super::earlier::EarlierRecord;
use super::inventory::{BundleRecord, ClusterRecord, Inventory, KeptRecord};

/// A generation of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenBundle {
    /// Which bundle.
    pub bundle: BundleId,
    /// The cluster-id.
    pub id: i64,
    /// The branch of the state.
    pub branch: u64,
    /// The generation.
    pub generation: u64,
    /// The generation that no rollback goes behind.
    pub floor: Option<u64>,
    /// Digest of its content, as manifests have it.
    pub digest: String,
    /// What it has for whom.
    pub content: WrittenContent,
}

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenContent {
    /// What a node reads.
    Node {
        /// Whose etcds its agents read; its own cluster's among them if they have a config for it.
        links: Vec<WrittenLink>,
        /// Whose etcds they once read.
        removed: BTreeSet<String>,
    },
    /// What a member presents and trusts.
    Member {
        /// The CA that signed its server certificate, and the end of that, Unix seconds.
        signer: Option<(String, i64)>,
        /// The CAs that it trusts for clients.
        client_trust: BTreeSet<String>,
        /// The CAs that it trusts for other members.
        peer_trust: BTreeSet<String>,
    },
}

/// What a node has for one etcd. CAs are named by their fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenLink {
    /// Whose etcd.
    pub cluster: String,
    /// The id of that cluster, where it is known.
    pub id: Option<i64>,
    /// The hosts that it dials.
    pub hosts: BTreeSet<String>,
    /// The user that its certificate names.
    pub user: Option<String>,
    /// The CA that signed this certificate, and the end of that, Unix seconds.
    pub signer: Option<(String, i64)>,
    /// The CAs that it trusts.
    pub server_trust: BTreeSet<String>,
}

impl Inventory {
    /// Begins to take in what was written after the backup, up to the change `last`: it counts as one run.
    pub fn begin_to_take_in(&mut self, last: u64) {
        self.revision = self.revision.max(last) + 1;
    }

    /// Takes in a generation that it does not know. Of one bundle, an earlier generation comes before a later one.
    pub fn take_in(&mut self, written: WrittenBundle) {
        let cluster = written.bundle.cluster().to_owned();
        self.record(&cluster, written.id);
        let is_newest = self.bundles.get(&written.bundle).is_none_or(|newest| newest.generation < written.generation);
        match &written.content {
            WrittenContent::Node { links, removed } => {
                for link in links {
                    if is_newest {
                        self.keep_former_hosts(&cluster, link);
                        self.keep_former_users(&written.bundle, link);
                    }
                    self.take_in_link(&cluster, link, is_newest);
                }
                let record = self.record(&cluster, written.id);
                record.removed.extend(removed.iter().filter(|name| !record.links.contains(*name)).cloned().collect::<Vec<_>>());
            }
            WrittenContent::Member { signer, client_trust, peer_trust } => {
                let old = signer.as_ref().and_then(|(signer, until)| {
                    self.note_expiry(signer, *until);
                    self.sign(&cluster, |record| &mut record.trust.server_signer, signer, is_newest)
                });
                let revision = self.revision;
                let record = self.record(&cluster, written.id);
                record.kept_server_authorities.extend(old);
                let trust = &mut record.trust;
                let servers: BTreeSet<String> = signer.iter().map(|(signer, _)| signer.clone()).collect();
                trusting(&mut trust.server_trust, &mut trust.server_trust_since, &servers, revision);
                trusting(&mut trust.client_trust, &mut trust.client_trust_since, client_trust, revision);
                trusting(&mut trust.peer_trust, &mut trust.peer_trust_since, peer_trust, revision);
            }
        }
        self.take_in_record(written);
    }

    /// Hosts that bundles of `reader` dialled before: only those need them that are older.
    fn keep_former_hosts(&mut self, reader: &str, link: &WrittenLink) {
        let revision = self.revision;
        let readers: BTreeSet<String> = behind::readers(self, &link.cluster).map(str::to_owned).collect();
        let Some(record) = self.clusters.get_mut(&link.cluster) else { return };
        for (host, by) in record.dialled.iter_mut().filter(|(host, _)| !link.hosts.contains(*host)) {
            if by.is_empty() {
                by.extend(readers.iter().cloned());
            }
            if by.remove(reader) {
                let by = BTreeSet::from([reader.to_owned()]);
                record.kept_hosts.push(KeptRecord { name: host.clone(), by, below: revision, until: None });
            }
        }
        // None stand for all.
        record.dialled.retain(|_, by| !by.is_empty());
    }

    /// Users that the certificates of a node named before: only those bundles need them that are older.
    fn keep_former_users(&mut self, bundle: &BundleId, link: &WrittenLink) {
        let (reader, revision) = (bundle.cluster(), self.revision);
        let BundleKind::Node(node) = bundle.kind() else { return };
        let Some(user) = link.user.as_ref().filter(|_| link.cluster != reader) else { return };
        let mut former = Vec::new();
        for (holder, prefix) in
            [(reader.to_owned(), format!("client/{reader}/")), (format!("{reader}/{node}"), format!("client/{reader}.{node}/"))]
        {
            let last_expiry = |signer: &str| self.authorities.values().find(|ca| ca.fingerprint == signer)?.last_expiry;
            let names =
                self.leaves(&prefix).filter_map(|(key, leaf)| Some((key.splitn(4, '/').nth(3)?, last_expiry(&leaf.signer))));
            former.extend(names.filter(|(name, _)| name != user).map(|(name, until)| (name.to_owned(), holder.clone(), until)));
        }
        let Some(record) = self.clusters.get_mut(&link.cluster) else { return };
        for (name, by, until) in former.into_iter().filter(|(name, ..)| record.users.contains(name)) {
            let kept = KeptRecord { name, by: BTreeSet::from([by]), below: revision, until };
            if !record.kept_users.contains(&kept) {
                record.kept_users.push(kept);
            }
        }
    }

    /// What the etcd at the other end of a link is used with.
    fn take_in_link(&mut self, reader: &str, link: &WrittenLink, is_newest: bool) {
        let revision = self.revision;
        let is_local = link.cluster == reader;
        if !is_local && let Some(record) = self.clusters.get_mut(reader) {
            record.links.insert(link.cluster.clone());
            record.removed.remove(&link.cluster);
        }
        let old = link.signer.as_ref().filter(|_| !is_local).and_then(|(signer, until)| {
            self.note_expiry(signer, *until);
            self.sign(&link.cluster, |record| &mut record.trust.client_signer, signer, is_newest)
        });
        let record = self.record(&link.cluster, link.id.unwrap_or_default());
        record.kept_client_authorities.extend(old);
        for host in &link.hosts {
            match record.dialled.get_mut(host) {
                // All who read the etcd.
                Some(by) if by.is_empty() => {}
                Some(by) => drop(by.insert(reader.to_owned())),
                None => drop(record.dialled.insert(host.clone(), BTreeSet::from([reader.to_owned()]))),
            }
        }
        if let Some(user) = link.user.as_ref().filter(|user| !is_local && record.users.insert((*user).clone())) {
            record.users_since.insert(user.clone(), revision);
            record.retired_users.remove(user);
            record.retired_since.remove(user);
        }
        let trust = &mut record.trust;
        let clients: BTreeSet<String> = link.signer.iter().map(|(signer, _)| signer.clone()).collect();
        trusting(&mut trust.server_trust, &mut trust.server_trust_since, &link.server_trust, revision);
        trusting(&mut trust.client_trust, &mut trust.client_trust_since, &clients, revision);
    }

    /// Notes that `signer` signs at an etcd. Returns what is kept of the CA that signed until then. In an older generation than is known,
    /// it is `signer` that no longer does.
    fn sign(
        &mut self,
        cluster: &str,
        field: impl Fn(&mut ClusterRecord) -> &mut Option<String>,
        signer: &str,
        is_newest: bool,
    ) -> Option<KeptRecord> {
        let field = field(self.clusters.get_mut(cluster)?);
        let former = match field {
            Some(now) if now == signer => return None,
            Some(_) if !is_newest => signer.to_owned(),
            _ => field.replace(signer.to_owned())?,
        };
        let (name, record) = self.authorities.iter().find(|(_, record)| record.fingerprint == former)?;
        // Which of the newer generations still have it is not known.
        let below = self.revision + u64::from(!is_newest);
        Some(KeptRecord { name: name.clone(), by: BTreeSet::new(), below, until: record.last_expiry })
    }

    /// The record of a cluster; a new one, or that of one that left, if a run after the backup has brought it.
    fn record(&mut self, cluster: &str, id: i64) -> &mut ClusterRecord {
        let departed = &mut self.departed;
        let came = || ClusterRecord { left: None, id, ..departed.remove(cluster).unwrap_or_default() };
        self.clusters.entry(cluster.to_owned()).or_insert_with(came)
    }

    fn note_expiry(&mut self, signer: &str, until: i64) {
        for record in self.authorities.values_mut().filter(|record| record.fingerprint == signer) {
            record.last_expiry = record.last_expiry.max(Some(until));
        }
    }

    /// Notes the generation, as the newest one or as an earlier one.
    fn take_in_record(&mut self, written: WrittenBundle) {
        let WrittenBundle { bundle, branch, generation, floor, digest, .. } = written;
        let revision = self.revision;
        let before = self.bundles.remove(&bundle);
        let new = BundleRecord {
            generation,
            content: digest,
            revision,
            branch: Some(branch).filter(|branch| *branch > 0),
            facts: None,
            floor,
            earlier: BTreeMap::new(),
        };
        // In which run an older generation was written is not known, so it counts as older than all that is kept.
        let earlier = |record: BundleRecord| {
            let digest = Some(record.digest().to_owned());
            let at = if record.revision == revision { 0 } else { record.revision };
            (record.generation, EarlierRecord { digest, revision: at })
        };
        let record = match before {
            None => {
                let retired = self.retired.remove(&bundle).map(|last| (last, EarlierRecord { digest: None, revision: 0 }));
                BundleRecord { earlier: retired.into_iter().collect(), ..new }
            }
            Some(mut newer) if newer.generation > generation => {
                newer.earlier.extend([earlier(new)]);
                newer
            }
            Some(older) => {
                let mut all = older.earlier.clone();
                all.extend([earlier(older)]);
                all.remove(&generation);
                BundleRecord { earlier: all, ..new }
            }
        };
        self.bundles.insert(bundle, record);
    }
}

/// Adds CAs to those that are trusted; it is noted since when.
fn trusting(trusted: &mut BTreeSet<String>, since: &mut BTreeMap<String, u64>, more: &BTreeSet<String>, revision: u64) {
    for one in more {
        if trusted.insert(one.clone()) {
            since.insert(one.clone(), revision);
        }
    }
}
