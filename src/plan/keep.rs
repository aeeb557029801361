//! What an etcd keeps though the mesh has it no longer: hosts in the SANs of its members, and users. Bundles that may still be
//! installed need them. They go when there is evidence that every such bundle was replaced.
//!
//! Only links that both sides still have are kept working: a link that was removed by name is to end, and so are those of a node that left.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::lint::CheckedMesh;
use crate::mesh::{ANY, Cluster, Host, OwnUser, Runtime};

use super::authorisation::EtcdReaders;
use super::behind::{Behind, Proof, has_read};
use super::bundle_id::{BundleId, BundleKind};
use super::credential::leaf_holder;
use super::floors::Floors;
use super::inventory::{Inventory, KeptRecord};
use super::sans::HostCertificate;

/// A cluster, or one of its nodes, that a client was issued for.
type Holder<'a> = (&'a str, Option<&'a str>);

/// What decides what is kept.
pub(super) struct Keeping<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    pub(super) now: OffsetDateTime,
    /// By common name: what was issued for it. Few runs ask for it.
    clients: OnceCell<BTreeMap<&'a str, Clients<'a>>>,
}

/// The client certificates of one common name.
#[derive(Default)]
struct Clients<'a> {
    /// For whom they were issued.
    holders: Vec<Holder<'a>>,
    /// When the last of them expires, or later: the CAs that signed them have signed others, too.
    last_expiry: Option<i64>,
}

impl<'a> Keeping<'a> {
    pub(super) const fn new(mesh: &'a CheckedMesh, inventory: &'a Inventory, floors: &'a Floors, now: OffsetDateTime) -> Self {
        Self { mesh, inventory, floors, now, clients: OnceCell::new() }
    }

    /// Hosts of the etcd of `cluster`, with the clusters whose bundles dial them.
    pub(super) fn dialled(&self, cluster: &Cluster) -> BTreeMap<String, BTreeSet<String>> {
        let mut dialled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let front: Vec<String> = cluster.etcd.front.iter().flat_map(|front| &front.names).map(ToString::to_string).collect();
        for reader in self.mesh.clusters().values().filter(|reader| self.reads(reader, cluster)) {
            let endpoints = cluster.etcd.dialled_by(&reader.name).iter().map(|dialled| dialled.endpoint.host.to_string());
            for host in endpoints.chain(front.iter().cloned()) {
                dialled.entry(host).or_default().insert(reader.name.to_string());
            }
        }
        dialled
    }

    /// Whether bundles of `reader` dial the etcd of `cluster`.
    fn reads(&self, reader: &Cluster, cluster: &Cluster) -> bool {
        let own = reader.name == cluster.name && cluster.etcd.has_own_clients();
        reader.runtime != Runtime::External && (own || self.mesh.links(&reader.name).contains(&cluster.name))
    }

    /// The clusters that read the etcd of `cluster`, before and now.
    fn readers(&self, cluster: &Cluster) -> BTreeSet<String> {
        let clusters = self.mesh.clusters();
        let readers = clusters.values().filter(|reader| self.reads(reader, cluster)).map(|reader| reader.name.to_string());
        readers.filter(|reader| has_read(self.inventory, reader, cluster.name.as_str())).collect()
    }

    /// The hosts that all server certificates of the members of `cluster` have.
    pub(super) fn issued_hosts(&self, cluster: &Cluster) -> BTreeSet<String> {
        common_hosts(self.inventory, &format!("server/{}/", cluster.name))
    }

    /// The hosts that the certificates of the members of `cluster`, or those of Helm, keep. `members` is what they would be for without these.
    pub(super) fn hosts<'m>(
        &self,
        cluster: &Cluster,
        now: &BTreeMap<String, BTreeSet<String>>,
        members: impl Iterator<Item = &'m HostCertificate>,
    ) -> Vec<KeptRecord> {
        let name = cluster.name.as_str();
        let has_servers = !cluster.etcd.members.is_empty() || cluster.runtime.helm().is_some();
        let Some(before) = self.inventory.clusters.get(name).filter(|_| has_servers) else {
            return Vec::new();
        };
        let readers = self.readers(cluster);
        let mut dialled = before.dialled.clone();
        if dialled.is_empty() {
            // The record is from a release that did not keep them. Each member has been valid for all of them.
            let wanted: BTreeSet<String> = members.flat_map(HostCertificate::hosts).collect();
            dialled = self
                .issued_hosts(cluster)
                .into_iter()
                .filter(|host| !wanted.contains(host))
                .map(|host| (host, BTreeSet::new()))
                .collect();
        }
        let is_dialled = |host: &str, by: &str| now.get(host).is_some_and(|readers| readers.contains(by));
        let gone = dialled.into_iter().map(|(host, by)| {
            let by = if by.is_empty() { readers.clone() } else { by.intersection(&readers).cloned().collect() };
            (host, by, None)
        });
        self.kept(name, &before.kept_hosts, gone, is_dialled)
    }

    /// The users that the etcd of `cluster` keeps, which has these `readers` now.
    pub(super) fn users(&self, cluster: &Cluster, readers: &EtcdReaders) -> Vec<KeptRecord> {
        let name = cluster.name.as_str();
        let Some(before) = self.inventory.clusters.get(name).filter(|_| cluster.runtime != Runtime::External) else {
            return Vec::new();
        };
        let now: BTreeSet<&str> = readers.named().collect();
        // Agents of the own cluster are other users, also if they have the same name at another etcd.
        let mut readers = self.readers(cluster);
        readers.remove(name);
        let is_kept = |user: &str| before.kept_users.iter().any(|record| record.name == user);
        // A revoked user goes, whatever is still installed.
        let revoked = self.inventory.revocations.users();
        let kept: Vec<KeptRecord> = before.kept_users.iter().filter(|kept| !revoked.contains(&kept.name)).cloned().collect();
        let is_gone = |user: &&String| {
            !now.contains(user.as_str()) && !is_kept(user) && !OwnUser::is_owners(user) && !revoked.contains(user)
        };
        let gone = before.users.iter().filter(is_gone);
        let clients = self.clients.get_or_init(|| clients(self.inventory));
        let gone = gone.map(|user| match clients.get(user.as_str()) {
            Some(clients) => (user.clone(), clients.held_by(&readers), clients.last_expiry),
            // An existing certificate is in no record: it is the same for all.
            None => (user.clone(), readers.clone(), None),
        });
        self.kept(name, &kept, gone, |user, _| now.contains(user))
    }

    /// What is kept for the etcd of `cluster`: what was kept `before`, and what is `gone` now, with who needs it and until when. Not what
    /// is wanted again, and only as long as a bundle may need it.
    fn kept(
        &self,
        cluster: &str,
        before: &[KeptRecord],
        gone: impl Iterator<Item = (String, BTreeSet<String>, Option<i64>)>,
        wanted: impl Fn(&str, &str) -> bool,
    ) -> Vec<KeptRecord> {
        let new = gone.map(|(name, by, until)| KeptRecord { name, by, below: self.inventory.revision + 1, until });
        let live = before.iter().cloned().chain(new).filter(|record| !record.has_expired(self.now));
        let needed = live.filter_map(|mut record| {
            let behind = Behind { inventory: self.inventory, floors: self.floors, below: record.below, proof: Proof::Evidence };
            record.by.retain(|by| !wanted(&record.name, by) && behind.readers(cluster, by).any(|bundle| self.is_part(bundle)));
            (!record.by.is_empty()).then_some(record)
        });
        needed.collect()
    }

    /// Whether what has `bundle` is part of the mesh. Nothing is kept for a node that left: the next run would not know it any more. Machines
    /// with the bundle of all of them stay, also where the mesh lists them now.
    fn is_part(&self, bundle: &BundleId) -> bool {
        let BundleKind::Node(name) = bundle.kind() else { return true };
        let cluster = self.mesh.cluster(bundle.cluster());
        name == ANY || cluster.is_some_and(|cluster| cluster.nodes.iter().any(|node| node.name.as_str() == name))
    }
}

impl Clients<'_> {
    /// Which of `readers`, or which of their nodes, have them.
    fn held_by(&self, readers: &BTreeSet<String>) -> BTreeSet<String> {
        let still = self.holders.iter().filter(|(cluster, _)| readers.contains(*cluster));
        still.map(|(cluster, node)| node.map_or_else(|| (*cluster).to_owned(), |node| format!("{cluster}/{node}"))).collect()
    }
}

/// The client certificates that were issued, by common name.
fn clients(inventory: &Inventory) -> BTreeMap<&str, Clients<'_>> {
    let signers = inventory.authorities.values().map(|record| (record.fingerprint.as_str(), record.last_expiry));
    let signers: BTreeMap<&str, Option<i64>> = signers.collect();
    let mut clients: BTreeMap<&str, Clients<'_>> = BTreeMap::new();
    for (key, leaf) in inventory.leaves("client/") {
        if let (Some(holder), Some(name)) = (leaf_holder(key), key.splitn(4, '/').nth(3)) {
            let of_name = clients.entry(name).or_default();
            of_name.holders.push(holder);
            of_name.last_expiry = of_name.last_expiry.max(signers.get(leaf.signer.as_str()).copied().flatten());
        }
    }
    clients
}

/// The hosts of records, to be written into certificates again.
pub(super) fn as_hosts(records: &[KeptRecord]) -> Vec<Host> {
    records.iter().filter_map(|record| Host::new(&record.name).ok()).collect()
}

/// The hosts of all leaves whose name begins with `prefix`.
fn common_hosts(inventory: &Inventory, prefix: &str) -> BTreeSet<String> {
    let hosts = inventory.leaves(prefix).map(|(_, record)| record.hosts.iter().cloned().collect::<BTreeSet<String>>());
    hosts.reduce(|all, one| all.intersection(&one).cloned().collect()).unwrap_or_default()
}
