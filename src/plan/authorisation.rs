//! Who may do what in each cluster's etcd: its users, their roles, and what these grant. Every right in it is one that Cilium's
//! agents and operators use (`mesh::keyspace`); a user is the common name of a client's certificate.
//!
//! It says nothing of etcds that somebody else's tool sets up (Helm makes the users of its etcd), and does not
//! know which users an etcd has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::lint::CheckedMesh;
use crate::mesh::keyspace::{self, Range};
use crate::mesh::{CiliumVersion, Cluster, ClusterName, Endpoint, OwnUser};

use super::agents::{AgentsPlan, ClientPlan, add_users};
use super::credential::CredentialKey;
use super::etcd_users::EtcdUsers;
use super::inventory::{ClusterRecord, Inventory, KeptRecord};

/// Users and roles of one etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorisation {
    /// Where the etcd is dialled.
    pub endpoints: Vec<Endpoint>,
    /// The roles that it needs, and who has them.
    pub roles: BTreeMap<EtcdRole, RolePlan>,
    /// Users that were made for it once, and are wanted no longer.
    pub retired: BTreeSet<String>,
    /// Those of them that were revoked: they lose every right, also what somebody else has granted.
    pub revoked: BTreeSet<String>,
    /// Whether a revocation list is beside the script.
    pub has_list: bool,
    /// The credential of the user `root`, where it is issued here: without it no one can prove that they can still log in.
    pub administrator: Option<CredentialKey>,
}

/// What a role grants, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolePlan {
    /// In order of the key; none for etcd's own role.
    pub grants: Vec<Grant>,
    /// Common names.
    pub users: EtcdUsers,
}

/// A role. Those of meshbundle have names that no other tool gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EtcdRole {
    /// The cluster's own agents and operator.
    Agent,
    /// `meshbundle announce`.
    Announcer,
    /// Agents of other clusters.
    Reader,
    /// etcd's own role for administrators.
    Root,
}

/// A right to a range of keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// What may be done.
    pub access: Access,
    /// To which keys.
    pub range: Range,
}

/// What may be done to keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Reading and watching.
    Read,
    /// Writing and deleting as well.
    ReadWrite,
}

impl EtcdRole {
    /// Its name in etcd.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "clustermesh-agent",
            Self::Announcer => "clustermesh-announcer",
            Self::Reader => "clustermesh-reader",
            Self::Root => "root",
        }
    }

    fn grants(self, cluster: &ClusterName, readers: &[CiliumVersion]) -> Vec<Grant> {
        let all = |access, ranges: Vec<Range>| ranges.into_iter().map(|range| Grant { access, range }).collect();
        match self {
            Self::Agent => all(Access::ReadWrite, vec![Range::prefix(keyspace::BASE)]),
            // One key each: it writes them by name, and lists nothing.
            Self::Announcer => {
                all(Access::ReadWrite, vec![Range::key(keyspace::HEARTBEAT), keyspace::cluster_config(cluster.as_str())])
            }
            Self::Reader => all(Access::Read, keyspace::read_from(cluster.as_str(), readers)),
            Self::Root => Vec::new(),
        }
    }
}

impl Access {
    /// As `etcdctl role grant-permission` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "readwrite",
        }
    }
}

impl Authorisation {
    /// Every user with its roles.
    pub fn users(&self) -> BTreeMap<&str, Vec<EtcdRole>> {
        let mut users: BTreeMap<&str, Vec<EtcdRole>> = BTreeMap::new();
        for (role, plan) in &self.roles {
            for user in plan.users.iter() {
                users.entry(user).or_default().push(*role);
            }
        }
        users
    }
}

/// Who reads an etcd, and with which versions.
#[derive(Default)]
pub(super) struct EtcdReaders {
    users: EtcdUsers,
    versions: BTreeSet<CiliumVersion>,
}

impl EtcdReaders {
    /// Their users, without those that are the etcd's own.
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        named_in(&self.users)
    }

    /// Adds users of earlier generations.
    pub(super) fn keep(&mut self, users: &[KeptRecord]) {
        self.users.extend(users.iter().map(|record| Arc::from(record.name.as_str())));
    }
}

/// The readers of each etcd.
pub(super) fn readers(mesh: &CheckedMesh, agents: &BTreeMap<ClusterName, AgentsPlan>) -> BTreeMap<ClusterName, EtcdReaders> {
    let clusters = mesh.clusters();
    let mut issued = BTreeMap::new();
    agents.values().for_each(|AgentsPlan { links, nodes }| add_users(links, nodes, &mut issued));
    let with_users = |(etcd, users): (&ClusterName, EtcdUsers)| (etcd.clone(), EtcdReaders { users, ..EtcdReaders::default() });
    let mut readers: BTreeMap<ClusterName, EtcdReaders> = issued.into_iter().map(with_users).collect();
    for (name, AgentsPlan { links, .. }) in agents {
        for link in links {
            let of_remote = readers.entry(link.remote.clone()).or_default();
            of_remote.versions.extend(clusters.get(name).map(|cluster| cluster.cilium.version));
            if let ClientPlan::Given(given) = &link.client {
                let name = mesh.client(&given.certificate).first().and_then(|leaf| leaf.common_name());
                // One without a name, or with one of several lines, is no user to etcdctl.
                of_remote.users.extend(name.filter(|name| !name.is_empty() && !name.contains(char::is_control)).map(Arc::from));
            }
        }
    }
    readers
}

/// Users and roles of the etcd of `cluster`; nothing where no client has rights that are given from here.
pub(super) fn plan(
    cluster: &Cluster,
    readers: EtcdReaders,
    administrator: Option<CredentialKey>,
    inventory: &Inventory,
) -> Option<Authorisation> {
    if cluster.runtime.has_foreign_etcd() {
        return None;
    }
    let EtcdReaders { users, versions } = readers;
    let (etcd, name) = (&cluster.etcd, &cluster.name);
    let mut roles = BTreeMap::new();
    let versions: Vec<_> = versions.into_iter().collect();
    let mut add = |role: EtcdRole, users: EtcdUsers| {
        if !users.is_empty() {
            roles.insert(role, RolePlan { grants: role.grants(name, &versions), users });
        }
    };
    add(EtcdRole::Reader, users);
    let revoked = inventory.revocations.users();
    let own = |user: OwnUser| EtcdUsers::from_iter([Arc::from(revoked.own(user, name))]);
    if etcd.local_clients {
        add(EtcdRole::Agent, own(OwnUser::Agent));
        add(EtcdRole::Root, own(OwnUser::Administrator));
    }
    if etcd.announce {
        add(EtcdRole::Announcer, own(OwnUser::Announcer));
    }
    let endpoints = etcd.dialled_by(name).iter().map(|dialled| dialled.endpoint.clone()).collect();
    let has_list = !inventory.revocations.is_empty();
    let (retired, none) = (BTreeSet::new(), BTreeSet::new());
    let mut authorisation = Authorisation { endpoints, roles, retired, revoked: none, has_list, administrator };
    authorisation.retired = self::retired(|| named(Some(&authorisation)).collect(), inventory, name.as_str());
    authorisation.revoked = revoked.among(&authorisation.retired);
    let needed = !authorisation.roles.is_empty() || !authorisation.retired.is_empty();
    needed.then_some(authorisation)
}

/// The readers that a cluster's script names, for its record: who reads no longer is taken out by a later one. Clients of the own
/// cluster are not among them. A line that leaves the mesh must not stop its agents, nor take away the administrator.
pub(super) fn named(authorisation: Option<&Authorisation>) -> impl Iterator<Item = &str> {
    let readers = authorisation.and_then(|plan| plan.roles.get(&EtcdRole::Reader));
    readers.into_iter().flat_map(|role| named_in(&role.users))
}

fn named_in(users: &EtcdUsers) -> impl Iterator<Item = &str> {
    users.iter().filter(|user| !OwnUser::is_owners(user))
}

/// The users that some script of `cluster` named before, and that are not among those `named` now; and those of its local clients that
/// were revoked.
pub(super) fn retired<'a>(named: impl FnOnce() -> BTreeSet<&'a str>, inventory: &Inventory, cluster: &str) -> BTreeSet<String> {
    let before: Option<&ClusterRecord> = inventory.cluster(cluster);
    let readers = before.into_iter().flat_map(|before| before.users.iter().chain(&before.retired_users).map(String::as_str));
    let mut all = readers.chain(inventory.revocations.own_users(cluster)).peekable();
    // A new etcd has none: those that are named need not be sorted.
    let named = if all.peek().is_some() { named() } else { BTreeSet::new() };
    all.filter(|user| !named.contains(user)).map(str::to_owned).collect()
}
