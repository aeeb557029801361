//! What bundles say that runs after a backup have written: the state that was restored from it learns what is installed may need.
//!
//! Input: generations that the inventory does not know. Output: an inventory as if one run after the backup had written them. It has their
//! endpoints, users and CAs, so what is kept for them, and when it goes, follows from the same rules as always.

use std::collections::{BTreeMap, BTreeSet};

use super::authority_record::AuthorityRecord;
use super::behind;
use super::bundle_id::BundleId;
use super::credential::leaf_holder;
use super::earlier::EarlierRecord;
use super::inventory::{BundleRecord, ClusterRecord, Inventory, KeptRecord};
use super::kvstoremesh_record::{KvstoremeshPhase, KvstoremeshRecord};
use super::next_signers::Role;
use super::trusted_by_all::TrustedByAll;

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
    Member(WrittenServer),
    /// What the pods of a Helm cluster mount.
    Helm {
        /// Whose etcds its agents, or its KVStoreMesh, read.
        links: Vec<WrittenLink>,
        /// What its etcd presents and trusts, if that is from here.
        server: Option<WrittenServer>,
        /// What its KVStoreMesh does.
        kvstoremesh: KvstoremeshPhase,
    },
}

/// What a server of an etcd presents and trusts. CAs are named by their fingerprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenServer {
    /// The CA that signed its certificate, and the end of that, Unix seconds.
    pub signer: Option<(String, i64)>,
    /// The CAs that it trusts for clients.
    pub client_trust: BTreeSet<String>,
    /// The CAs that it trusts for other members.
    pub peer_trust: BTreeSet<String>,
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

/// An inventory that takes in bundles.
pub struct TakingIn {
    inventory: Inventory,
    /// What the newest generations have.
    newest: Facts,
    /// What older ones have that are not known either.
    older: Facts,
}

/// What bundles have, by reader and etcd, or by etcd.
#[derive(Default)]
struct Facts {
    hosts: BTreeMap<(String, String), BTreeSet<String>>,
    users: BTreeMap<(String, String), BTreeSet<String>>,
    client_signers: BTreeMap<String, BTreeSet<String>>,
    server_signers: BTreeMap<String, BTreeSet<String>>,
    trusted: TrustedByAll,
}

/// Generations of which it is not known in which run they were written have the revision 0.
const OLDEST: u64 = 1;

impl Facts {
    const fn signers(&self, role: Role) -> &BTreeMap<String, BTreeSet<String>> {
        match role {
            Role::Servers => &self.server_signers,
            Role::Clients => &self.client_signers,
        }
    }
}

impl TakingIn {
    /// Begins with what runs up to the change `last` have written after the backup. All of it counts as one run.
    pub fn begin(inventory: Inventory, last: u64) -> Self {
        let revision = inventory.revision.max(last) + 1;
        Self { inventory: Inventory { revision, ..inventory }, newest: Facts::default(), older: Facts::default() }
    }

    /// The CAs that it knows.
    pub const fn authorities(&mut self) -> &mut BTreeMap<String, AuthorityRecord> {
        &mut self.inventory.authorities
    }

    /// Takes in a generation that it does not know. Of one bundle, the newest comes first.
    pub fn take_in(&mut self, written: WrittenBundle) {
        let cluster = written.bundle.cluster().to_owned();
        self.record(&cluster, written.id);
        let is_newest = self.inventory.bundles.get(&written.bundle).is_none_or(|newest| newest.generation < written.generation);
        match &written.content {
            WrittenContent::Node { links, removed } => {
                links.iter().for_each(|link| self.take_in_link(&cluster, link, is_newest));
                let record = self.record(&cluster, written.id);
                let gone: Vec<String> = removed.iter().filter(|name| !record.links.contains(*name)).cloned().collect();
                record.removed.extend(gone);
            }
            WrittenContent::Member(server) => self.take_in_server(&cluster, server, is_newest),
            WrittenContent::Helm { links, server, kvstoremesh } => {
                links.iter().for_each(|link| self.take_in_link(&cluster, link, is_newest));
                server.iter().for_each(|server| self.take_in_server(&cluster, server, is_newest));
                if is_newest {
                    let now = KvstoremeshRecord::written(*kvstoremesh, self.inventory.revision);
                    self.record(&cluster, written.id).kvstoremesh = Some(now);
                }
            }
        }
        self.take_in_record(written);
    }

    /// What a server of the etcd of `cluster` has.
    fn take_in_server(&mut self, cluster: &str, server: &WrittenServer, is_newest: bool) {
        let WrittenServer { signer, client_trust, peer_trust } = server;
        let revision = self.inventory.revision;
        let trust = &mut self.record(cluster, 0).trust;
        let servers: BTreeSet<String> = signer.iter().map(|(signer, _)| signer.clone()).collect();
        trusting(&mut trust.server_trust, &mut trust.server_trust_since, &servers, revision);
        if is_newest {
            trusting(&mut trust.client_trust, &mut trust.client_trust_since, client_trust, revision);
            trusting(&mut trust.peer_trust, &mut trust.peer_trust_since, peer_trust, revision);
        }
        self.note_signer(signer.as_ref());
        let facts = self.facts(is_newest);
        facts.trusted.by_member(cluster, client_trust, peer_trust);
        facts.server_signers.entry(cluster.to_owned()).or_default().extend(servers);
    }

    /// What the etcd at the other end of a link is used with.
    fn take_in_link(&mut self, reader: &str, link: &WrittenLink, is_newest: bool) {
        let revision = self.inventory.revision;
        let is_local = link.cluster == reader;
        if !is_local && let Some(record) = self.inventory.clusters.get_mut(reader) {
            record.links.insert(link.cluster.clone());
            record.removed.remove(&link.cluster);
        }
        if let Some(user) = &link.user {
            self.inventory.revocations.infer(reader, &link.cluster, user, revision);
        }
        let clients: BTreeSet<String> = link.signer.iter().map(|(signer, _)| signer.clone()).collect();
        let trust = &mut self.record(&link.cluster, link.id.unwrap_or_default()).trust;
        if is_newest {
            trusting(&mut trust.server_trust, &mut trust.server_trust_since, &link.server_trust, revision);
        }
        trusting(&mut trust.client_trust, &mut trust.client_trust_since, &clients, revision);
        self.note_signer(link.signer.as_ref());
        let both = (reader.to_owned(), link.cluster.clone());
        let facts = self.facts(is_newest);
        facts.trusted.by_reader(&link.cluster, &link.server_trust);
        facts.hosts.entry(both.clone()).or_default().extend(link.hosts.iter().cloned());
        if !is_local {
            facts.users.entry(both).or_default().extend(link.user.clone());
            facts.client_signers.entry(link.cluster.clone()).or_default().extend(clients);
        }
    }

    /// The inventory with all of it. What it had before, and no newest generation has, is kept for those that are older.
    pub fn finish(mut self) -> Inventory {
        let (newest, older) = (std::mem::take(&mut self.newest), std::mem::take(&mut self.older));
        newest.hosts.iter().for_each(|(link, hosts)| self.dial(link, hosts));
        older.hosts.iter().for_each(|(link, hosts)| self.keep_hosts(link, hosts, OLDEST));
        newest.users.iter().for_each(|(link, users)| self.name(link, users));
        older.users.iter().for_each(|(link, users)| self.keep_users(link, users, OLDEST));
        for role in [Role::Clients, Role::Servers] {
            newest.signers(role).iter().for_each(|(cluster, signers)| self.sign(cluster, role, signers));
            older.signers(role).iter().for_each(|(cluster, signers)| self.keep_signers(cluster, role, signers, OLDEST));
        }
        newest.trusted.doubt(&mut self.inventory);
        // What those runs have issued is not known, so no bundle of theirs says which leaf is in it.
        self.inventory.credentials.values_mut().for_each(|record| record.since = None);
        self.inventory
    }

    /// Bundles of a reader dial `hosts` of an etcd.
    fn dial(&mut self, link: &(String, String), hosts: &BTreeSet<String>) {
        let (reader, cluster) = link;
        let readers: BTreeSet<String> = behind::readers(&self.inventory, cluster).map(str::to_owned).collect();
        let record = self.record(cluster, 0);
        let mut former = BTreeSet::new();
        for (host, by) in &mut record.dialled {
            if by.is_empty() {
                by.extend(readers.iter().cloned());
            }
            if by.remove(reader) && !hosts.contains(host) {
                former.insert(host.clone());
            }
        }
        for host in hosts {
            record.dialled.entry(host.clone()).or_default().insert(reader.clone());
        }
        // None stand for all.
        record.dialled.retain(|_, by| !by.is_empty());
        self.keep_hosts(link, &former, self.inventory.revision);
    }

    /// Keeps hosts that generations of before the revision `below` dial.
    fn keep_hosts(&mut self, (reader, cluster): &(String, String), hosts: &BTreeSet<String>, below: u64) {
        let kept = |name: &String| KeptRecord { name: name.clone(), by: BTreeSet::from([reader.clone()]), below, until: None };
        self.record(cluster, 0).kept_hosts.extend(hosts.iter().map(kept));
    }

    /// Certificates of a reader name `users` at an etcd.
    fn name(&mut self, link: &(String, String), users: &BTreeSet<String>) {
        let (reader, cluster) = link;
        let issued =
            self.inventory.leaves("client/").filter(|(key, _)| leaf_holder(key).is_some_and(|(holder, _)| holder == reader));
        let mut former: BTreeSet<String> = issued.filter_map(|(key, _)| Some(key.splitn(4, '/').nth(3)?.to_owned())).collect();
        let record = self.record(cluster, 0);
        let is_kept = |user: &str| record.kept_users.iter().any(|kept| kept.name == user);
        former.retain(|user| record.users.contains(user) && !users.contains(user) && !is_kept(user));
        self.add_users(cluster, users);
        self.keep_users(link, &former, self.inventory.revision);
    }

    fn add_users(&mut self, cluster: &str, users: &BTreeSet<String>) {
        let revision = self.inventory.revision;
        let record = self.record(cluster, 0);
        for user in users {
            if record.users.insert(user.clone()) {
                record.users_since.insert(user.clone(), revision);
                record.retired_users.remove(user);
                record.retired_since.remove(user);
            }
        }
    }

    /// Keeps users that generations of before the revision `below` name. A user that is not kept is judged with its certificates.
    fn keep_users(&mut self, (reader, cluster): &(String, String), users: &BTreeSet<String>, below: u64) {
        let record = self.record(cluster, 0);
        let is_covered = |user: &&String| below == OLDEST && record.users.contains(*user);
        let kept = |name: &String| KeptRecord { name: name.clone(), by: BTreeSet::from([reader.clone()]), below, until: None };
        let kept: Vec<KeptRecord> = users.iter().filter(|user| !is_covered(user)).map(kept).collect();
        record.kept_users.extend(kept);
        self.add_users(cluster, users);
    }

    /// One of `signers` signs at the etcd of `cluster`; the others are kept, because newest generations differ.
    fn sign(&mut self, cluster: &str, role: Role, signers: &BTreeSet<String>) {
        let revision = self.inventory.revision;
        let trust = &mut self.record(cluster, 0).trust;
        let signer = match role {
            Role::Servers => &mut trust.server_signer,
            Role::Clients => &mut trust.client_signer,
        };
        let now = signers.iter().find(|one| signer.as_ref() != Some(one)).or(signers.first());
        let Some(now) = now else { return };
        let former: BTreeSet<String> =
            signer.replace(now.clone()).into_iter().filter(|former| !signers.contains(former)).collect();
        let others = signers.iter().filter(|one| *one != now).cloned().collect();
        self.keep_signers(cluster, role, &former, revision);
        self.keep_signers(cluster, role, &others, revision + 1);
    }

    /// Keeps CAs that have signed what generations of before the revision `below` have. Of a CA that is kept already, the later revision
    /// counts.
    fn keep_signers(&mut self, cluster: &str, role: Role, signers: &BTreeSet<String>, below: u64) {
        let signers = self.inventory.authorities.iter().filter(|(_, record)| signers.contains(&record.fingerprint));
        let signers: Vec<_> =
            signers.map(|(name, record)| (name.clone(), record.fingerprint.clone(), record.last_expiry)).collect();
        let record = self.record(cluster, 0);
        let (now, kept) = match role {
            Role::Servers => (&record.trust.server_signer, &mut record.kept_server_authorities),
            Role::Clients => (&record.trust.client_signer, &mut record.kept_client_authorities),
        };
        for (name, fingerprint, until) in signers {
            if now.as_ref() == Some(&fingerprint) || kept.iter().any(|kept| kept.name == name && kept.below >= below) {
                continue;
            }
            kept.push(KeptRecord { name, by: BTreeSet::new(), below, until });
        }
    }

    const fn facts(&mut self, is_newest: bool) -> &mut Facts {
        if is_newest { &mut self.newest } else { &mut self.older }
    }

    /// The record of a cluster; a new one, or that of one that left, if a run after the backup has brought it.
    fn record(&mut self, cluster: &str, id: i64) -> &mut ClusterRecord {
        let departed = &mut self.inventory.departed;
        let came = || ClusterRecord { left: None, id, ..departed.remove(cluster).unwrap_or_default() };
        self.inventory.clusters.entry(cluster.to_owned()).or_insert_with(came)
    }

    /// Notes until when what a CA has signed is valid.
    fn note_signer(&mut self, signed: Option<&(String, i64)>) {
        let Some((signer, until)) = signed else { return };
        for record in self.inventory.authorities.values_mut().filter(|record| record.fingerprint == *signer) {
            record.last_expiry = record.last_expiry.max(Some(*until));
        }
    }

    /// Notes the generation, as the newest one or as an earlier one.
    fn take_in_record(&mut self, written: WrittenBundle) {
        let WrittenBundle { bundle, branch, generation, floor, digest, .. } = written;
        let new = BundleRecord {
            generation,
            content: digest,
            revision: self.inventory.revision,
            branch: Some(branch).filter(|branch| *branch > 0),
            facts: None,
            floor,
            earlier: BTreeMap::new(),
        };
        let record = match self.inventory.bundles.remove(&bundle) {
            None => {
                let retired =
                    self.inventory.retired.remove(&bundle).map(|last| (last, EarlierRecord { digest: None, revision: 0 }));
                BundleRecord { earlier: retired.into_iter().collect(), ..new }
            }
            // In which run it was written is not known, so it counts as older than all that is kept.
            Some(mut newer) if newer.generation > generation => {
                newer.earlier.insert(generation, EarlierRecord { digest: Some(new.digest().to_owned()), revision: 0 });
                newer
            }
            Some(mut older) => {
                let last = EarlierRecord { digest: Some(older.digest().to_owned()), revision: older.revision };
                older.earlier.insert(older.generation, last);
                older.earlier.remove(&generation);
                BundleRecord { earlier: older.earlier, ..new }
            }
        };
        self.inventory.bundles.insert(bundle, record);
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
