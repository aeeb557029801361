//! The inventory that follows from a plan that was carried out.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::CheckedMesh;
use crate::mesh::{ClusterName, Label};

use super::authorisation;
use super::authority_record::AuthorityRecord;
use super::branch::BranchRecord;
use super::bundle_digest;
use super::bundles;
use super::cluster::ClusterPlan;
use super::credential::{CredentialAction, CredentialKey, CredentialPlan};
use super::credential_record::CredentialRecord;
use super::decide::Plan;
use super::facts_digest;
use super::former;
use super::inventory::{ClusterRecord, FORMAT, Inventory, ValuesRecord};

/// What carrying out a plan has yielded.
pub struct Outcome {
    /// Random name of the state, for a new one.
    pub id: String,
    /// Each authority of the plan.
    pub authorities: BTreeMap<Label, AuthorityRecord>,
    /// Each leaf that was issued.
    pub issued: BTreeMap<CredentialKey, CredentialRecord>,
    /// Name of the file with the leaves of each cluster that has any.
    pub leaf_files: BTreeMap<ClusterName, String>,
    /// The revocation lists, by fingerprint of the CA that signed them, if something was revoked.
    pub lists: BTreeMap<String, String>,
}

/// What is known after everything was issued.
struct IssuedPlan<'a> {
    mesh: &'a CheckedMesh,
    plan: &'a Plan,
    outcome: &'a Outcome,
}

impl bundle_digest::Resolve for IssuedPlan<'_> {
    fn leaf(&self, key: &CredentialKey) -> Option<(&str, Option<&[String]>)> {
        let plan = self.plan.credentials.get(key)?;
        let serial = match self.outcome.issued.get(key) {
            Some(record) => &record.serial,
            None => plan.serial()?,
        };
        Some((serial, self.plan.authorities.get(&plan.signer)?.changed_chain()))
    }

    fn fingerprint(&self, authority: &Label) -> Option<&str> {
        self.outcome.authorities.get(authority).map(|record| record.fingerprint.as_str())
    }

    fn given(&self, certificate: &str) -> Option<String> {
        bundle_digest::given(self.mesh, certificate)
    }
}

impl Plan {
    /// The inventory after the plan has been carried out. What the mesh no longer needs is forgotten.
    pub fn commit(&self, mesh: &CheckedMesh, before: &Inventory, outcome: &Outcome) -> Inventory {
        let fingerprints: BTreeMap<Label, String> =
            outcome.authorities.iter().map(|(name, record)| (name.clone(), record.fingerprint.clone())).collect();
        let resolved = IssuedPlan { mesh, plan: self, outcome };
        let digests = bundles::digests(&self.mesh, &self.clusters, &resolved);
        let facts = facts_digest::digests(&self.clusters, before, &resolved);
        // An authority that is not needed now stays known: its key is still in the state.
        let mut authorities = before.authorities.clone();
        authorities.extend(outcome.authorities.iter().map(|(name, record)| {
            let same = before.authorities.get(name.as_str()).filter(|before| before.fingerprint == record.fingerprint);
            (name.to_string(), AuthorityRecord { last_expiry: same.and_then(|same| same.last_expiry), ..record.clone() })
        }));
        let clusters = mesh.clusters();
        // The revision that this run makes, if it changes anything.
        let now = before.revision + 1;
        let record = |cluster: &ClusterPlan| {
            let known = before.clusters.get(cluster.name.as_str()).map(|record| &record.trust);
            let trust = clusters.get(&cluster.name);
            let trust = trust.map(|wanted| cluster.trust.record(mesh, wanted, &fingerprints, known, now));
            let links = cluster.links.iter().map(|link| link.remote.to_string()).collect();
            let users: BTreeSet<String> = cluster.named_users().into_iter().map(str::to_owned).collect();
            let last = before.cluster(cluster.name.as_str());
            // Named forever: an operator who missed a generation of the script must still remove them.
            let retired = |_| authorisation::retired(|| cluster.named_users(), before, cluster.name.as_str());
            let retired_users = last.map(retired).unwrap_or_default();
            let (users_since, retired_since) = last.map_or_else(Default::default, |last| {
                let retired = since(&retired_users, &last.retired_users, &last.retired_since, now);
                (since(&users, &last.users, &last.users_since, now), retired)
            });
            let all: BTreeSet<&String> = cluster.dialled.values().flatten().collect();
            let dialled = cluster.dialled.iter().map(|(host, by)| {
                let by = if by.len() == all.len() { BTreeSet::new() } else { by.clone() };
                (host.clone(), by)
            });
            let record = ClusterRecord {
                id: cluster.id,
                leaves: outcome.leaf_files.get(&cluster.name).cloned(),
                left: None,
                links,
                removed: cluster.removed.clone(),
                trust: trust.unwrap_or_default(),
                values: bundle_digest::values(cluster, &resolved).map(|digest| {
                    let known = before.cluster(cluster.name.as_str()).and_then(|last| last.values.clone());
                    known.filter(|known| known.digest == digest).unwrap_or(ValuesRecord { digest, since: now })
                }),
                kvstoremesh: cluster.kvstoremesh,
                users,
                users_since,
                retired_users,
                retired_since,
                dialled: dialled.collect(),
                kept_hosts: cluster.kept_hosts.clone(),
                kept_users: cluster.kept_users.clone(),
                kept_server_authorities: cluster.trust.kept_server_authorities.clone(),
                kept_client_authorities: cluster.trust.kept_client_authorities.clone(),
            };
            (cluster.name.to_string(), record)
        };
        let credential = |(key, plan): (&CredentialKey, &CredentialPlan)| {
            let record = match &plan.action {
                CredentialAction::Keep { .. } => before.credentials.get(&key.to_string())?.clone(),
                CredentialAction::Issue { .. } => {
                    let issued = CredentialRecord { since: Some(now), ..outcome.issued.get(key)?.clone() };
                    let last = before.credentials.get(&key.to_string()).or_else(|| before.former.get(&key.to_string()));
                    match last {
                        Some(last) => last.replaced_by(issued, now),
                        None => issued,
                    }
                }
            };
            Some((key.to_string(), record))
        };
        let credentials: BTreeMap<String, CredentialRecord> = self.credentials.iter().filter_map(credential).collect();
        note_expiry(&mut authorities, credentials.values());
        let former = former::leaves(before, &credentials, now);
        let leaving = before.clusters.iter().map(|(name, record)| (name, ClusterRecord { left: Some(now), ..departed(record) }));
        let left = leaving.chain(before.departed.iter().map(|(name, record)| (name, record.clone())));
        let left = left.filter(|(name, _)| !self.clusters.iter().any(|cluster| cluster.name.as_str() == *name));
        let mut inventory = Inventory {
            format: FORMAT,
            mesh: self.mesh.to_string(),
            id: if before.is_empty() { outcome.id.clone() } else { before.id.clone() },
            revision: before.revision + u64::from(self.is_change()),
            authorities,
            clusters: self.clusters.iter().map(record).collect(),
            departed: left.map(|(name, record)| (name.clone(), record)).collect(),
            credentials,
            former,
            bundles: bundles::records(before, digests, &facts, &self.bundles, self.branch),
            retired: bundles::retired(before, &self.bundles),
            last_change: if self.is_change() { self.change.clone() } else { before.last_change.clone() },
            rotations: self.rotations.clone(),
            revocations: before.revocations.with_lists(&outcome.lists),
            branch: self.branch.map(BranchRecord::after_run),
        };
        inventory.forget_former();
        inventory
    }
}

/// The revision at which each of `users` came that was not in the set from the first: the one that is `known` of those it had
/// `before`, and `now` for the others.
fn since(users: &BTreeSet<String>, before: &BTreeSet<String>, known: &BTreeMap<String, u64>, now: u64) -> BTreeMap<String, u64> {
    let since = |user: &String| if before.contains(user) { known.get(user).copied() } else { Some(now) };
    users.iter().filter_map(|user| Some((user.clone(), since(user)?))).collect()
}

/// Notes with each CA when the last of `leaves` expires that it has signed.
fn note_expiry<'a>(authorities: &mut BTreeMap<String, AuthorityRecord>, leaves: impl Iterator<Item = &'a CredentialRecord>) {
    let mut last: BTreeMap<&str, i64> = BTreeMap::new();
    for leaf in leaves {
        let end = last.entry(&leaf.signer).or_insert(leaf.not_after);
        *end = leaf.not_after.max(*end);
    }
    for record in authorities.values_mut() {
        record.last_expiry = record.last_expiry.max(last.get(record.fingerprint.as_str()).copied());
    }
}

/// What is remembered of a cluster that has left: installers that missed it must still remove its links, and its etcd its users.
fn departed(record: &ClusterRecord) -> ClusterRecord {
    ClusterRecord {
        id: record.id,
        removed: record.links.union(&record.removed).cloned().collect(),
        users: record.users.clone(),
        users_since: record.users_since.clone(),
        retired_users: record.retired_users.clone(),
        retired_since: record.retired_since.clone(),
        ..ClusterRecord::default()
    }
}
