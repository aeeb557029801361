//! CAs that are trusted at an etcd and are to sign there, and the bundles that they wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::mesh::Label;

use super::authority::AuthorityPlan;
use super::behind::{Behind, Proof, members, readers, reading};
use super::bundle_id::BundleId;
use super::cluster::ClusterPlan;
use super::floors::Floors;
use super::inventory::{ClusterRecord, Inventory};
use super::step_unit::{StepUnit, StepUnitName};
use super::trust::TrustPlan;

/// What a CA signs at an etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Its members' certificates.
    Servers,
    /// Those of its readers.
    Clients,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Servers => "servers",
            Self::Clients => "clients",
        })
    }
}

/// A CA that is trusted at an etcd, and is to sign there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextSigner {
    /// The etcd's cluster.
    pub cluster: String,
    /// What it is to sign.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// The bundles whose targets may not trust it yet.
    pub waiting: Vec<BundleId>,
    /// How many bundles have to.
    pub bundles: usize,
    /// What the operator of an etcd that gets no files from here has yet to say.
    pub step: Option<StepUnit>,
}

impl Inventory {
    /// The CAs that are to sign once everything that verifies them is known to trust them.
    pub fn next_signers(&self, floors: &Floors) -> Vec<NextSigner> {
        let next = self.clusters.iter().flat_map(|(cluster, record)| {
            let (servers, clients) = (&record.trust.next_server_signer, &record.trust.next_client_signer);
            let next = [(Role::Servers, servers), (Role::Clients, clients)];
            next.into_iter().filter_map(move |(role, name)| Some((cluster, role, name.as_deref()?)))
        });
        let view = |(cluster, role, name): (&String, Role, &str)| {
            let new = self.authorities.get(name).map(|record| record.fingerprint.as_str());
            let foreign = self.clusters.get(cluster).is_some_and(ClusterRecord::has_foreign_etcd);
            next_signer(self, floors, (cluster, foreign), role, name, new)
        };
        next.map(view).collect()
    }
}

/// The CAs that are to sign at the etcd of `cluster` after this run.
pub(super) fn next_signers(
    inventory: &Inventory,
    floors: &Floors,
    authorities: &BTreeMap<Label, AuthorityPlan>,
    cluster: &ClusterPlan,
) -> Vec<NextSigner> {
    let etcd = (cluster.name.as_str(), cluster.members.is_empty());
    of_etcd(inventory, floors, authorities, etcd, &cluster.trust)
}

/// The CAs that are to sign at the etcd of `cluster` after a run with `trust`.
pub(super) fn signers_of(
    inventory: &Inventory,
    floors: &Floors,
    authorities: &BTreeMap<Label, AuthorityPlan>,
    cluster: &str,
    trust: &TrustPlan,
) -> Vec<NextSigner> {
    let foreign = inventory.clusters.get(cluster).is_some_and(ClusterRecord::has_foreign_etcd);
    of_etcd(inventory, floors, authorities, (cluster, foreign), trust)
}

fn of_etcd(
    inventory: &Inventory,
    floors: &Floors,
    authorities: &BTreeMap<Label, AuthorityPlan>,
    etcd: (&str, bool),
    trust: &TrustPlan,
) -> Vec<NextSigner> {
    let TrustPlan { next_server_signer, next_client_signer, .. } = trust;
    let next = [(Role::Servers, next_server_signer), (Role::Clients, next_client_signer)];
    let view = |(role, name): (Role, &Option<Label>)| {
        let name = name.as_ref()?;
        let new = authorities.get(name).and_then(AuthorityPlan::fingerprint);
        Some(next_signer(inventory, floors, etcd, role, name.as_str(), new))
    };
    next.into_iter().filter_map(view).collect()
}

/// The CA `name` as the one that is to sign next at the etcd of a cluster, which is foreign or not. All wait for it while it is not yet
/// in their trust.
fn next_signer(
    inventory: &Inventory,
    floors: &Floors,
    (cluster, foreign): (&str, bool),
    role: Role,
    name: &str,
    new: Option<&str>,
) -> NextSigner {
    let all: Vec<BundleId> = verifying(inventory, cluster, role, new).cloned().collect();
    let bundles = all.len();
    let waiting =
        new.and_then(|new| waiting_for(inventory, floors, cluster, role, new, peers(inventory, cluster) > 1)).unwrap_or(all);
    let step = (foreign && role == Role::Clients).then(|| StepUnit::new(cluster, StepUnitName::ClientTrust));
    let step = step.filter(|step| !inventory.is_step_done(floors, step));
    NextSigner { cluster: cluster.to_owned(), role, name: name.to_owned(), waiting, bundles, step }
}

/// The bundles whose targets verify what the CA `new` is to sign at the etcd of `cluster`.
fn verifying<'a>(
    inventory: &'a Inventory,
    cluster: &'a str,
    role: Role,
    new: Option<&str>,
) -> impl Iterator<Item = &'a BundleId> {
    let agents = (role == Role::Servers).then(|| readers(inventory, cluster));
    let agents = agents.into_iter().flatten().flat_map(move |reader| reading(inventory, cluster, reader));
    let with_members =
        role == Role::Clients || peers(inventory, cluster) > 1 || new.is_none_or(|new| dials_itself(inventory, cluster, new));
    let members = with_members.then(|| members(inventory, cluster)).into_iter().flatten();
    agents.chain(members).map(|(bundle, _)| bundle)
}

/// The bundles whose targets may not trust the CA `new` yet for what it is to sign; none if it was not added to their trust.
pub(super) fn waiting_for(
    inventory: &Inventory,
    floors: &Floors,
    cluster: &str,
    role: Role,
    new: &str,
    peers: bool,
) -> Option<Vec<BundleId>> {
    let trust = &inventory.clusters.get(cluster)?.trust;
    let added = |trusted: &BTreeSet<String>, since: &BTreeMap<String, u64>| {
        let below = trusted.contains(new).then(|| since.get(new).copied().unwrap_or_default())?;
        Some(Behind { inventory, floors, below, proof: Proof::Word })
    };
    let mut waiting = BTreeSet::new();
    match role {
        Role::Servers => {
            let behind = added(&trust.server_trust, &trust.server_trust_since)?;
            waiting.extend(readers(inventory, cluster).flat_map(|reader| behind.readers(cluster, reader)).cloned());
            if dials_itself(inventory, cluster, new) {
                waiting.extend(added(&trust.client_trust, &trust.client_trust_since)?.members(cluster, true).cloned());
            }
            if peers {
                waiting.extend(added(&trust.peer_trust, &trust.peer_trust_since)?.members(cluster, true).cloned());
            }
        }
        Role::Clients => {
            waiting.extend(added(&trust.client_trust, &trust.client_trust_since)?.members(cluster, true).cloned());
        }
    }
    Some(waiting.into_iter().collect())
}

/// Whether members accept, or will accept, what they present when they dial themselves: their server certificates, if `new` signs them.
fn dials_itself(inventory: &Inventory, cluster: &str, new: &str) -> bool {
    inventory.clusters.get(cluster).is_some_and(|record| record.trust.client_trust_since.contains_key(new))
}

/// How many members of the etcd of `cluster` have certificates for each other. One alone has no peer.
pub(super) fn peers(inventory: &Inventory, cluster: &str) -> usize {
    inventory.leaves(&format!("peer/{cluster}/")).count()
}
