//! What it means to revoke what units carry: each credential, who accepts it where, and what shuts it out there.
//!
//! It decides from a plan as it would be without the revocation. What follows from it is in the records, which the next plan obeys.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Label, OwnUser, Runtime};

use super::bundle_id::BundleId;
use super::carriers::carries;
use super::cluster::ClusterPlan;
use super::credential::CredentialKey;
use super::credential_record::CredentialRecord;
use super::decide::Plan;
use super::inventory::Inventory;
use super::revocations::{RevokedCertificate, RevokedRecord, UserChange, can_change_own};
use super::selector::{self, Selector, selects_nothing};

/// A credential that is revoked, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoking {
    /// Its record.
    pub record: RevokedRecord,
    /// The CA that signed the newest certificate of it.
    pub signer: Label,
    /// The bundles that carry it, in order.
    pub carried: Vec<BundleId>,
    /// Where it is accepted.
    pub accepted: Vec<Accepting>,
    /// When a credential of that name was revoked before, Unix seconds.
    pub before: Option<i64>,
}

/// An etcd that accepts a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepting {
    /// The etcd's cluster.
    pub cluster: String,
    /// The user that it is there; none where it is nobody.
    pub user: Option<String>,
    /// What shuts it out.
    pub remedy: Remedy,
}

/// What shuts a credential out of an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Its user goes, and its holders get another one.
    User {
        /// The other one.
        to: String,
    },
    /// The user has to stay: a revocation list, or another CA.
    List,
    /// A member's server certificate: as a client it is nobody. Whoever poses as a member with it is believed until another CA signs.
    Server,
    /// A member's certificate towards the others: a revocation list for peers keeps it out. A member that dials looks at no list.
    Peer,
    /// The etcd of a chart knows its users by name, and reads no list: another CA.
    Chart,
    /// The etcd is somebody else's: what its operator does.
    Operator,
}

/// What revoking `selectors` at `now` would mean for the mesh of `plan`, which is the plan without it.
///
/// # Errors
/// If there is nothing to revoke: why.
pub fn revoking(
    mesh: &CheckedMesh,
    plan: &Plan,
    inventory: &Inventory,
    selectors: &[Selector],
    now: OffsetDateTime,
) -> Result<Vec<Revoking>, Vec<Diagnostic>> {
    let nothing = |selector: &Selector| {
        if has_left(selector, plan, inventory) { report_gone(selector, plan) } else { selects_nothing(selector, "") }
    };
    let selected = selector::select(selectors, &plan.clusters, nothing)?.unwrap_or_default();
    let mut revoked: Vec<Revoking> = selected.into_iter().filter_map(|key| one(mesh, plan, inventory, key, now)).collect();
    if revoked.is_empty() {
        let message = "nothing of what is selected was ever issued".to_owned();
        let finding = Diagnostic::new(Code::SelectsNothing, FieldPath::root(), message);
        return Err(vec![finding.help("`meshbundle plan` shows what is new: it was not issued yet")]);
    }
    name_successors(inventory, &mut revoked);
    Ok(revoked)
}

/// Whether a `selector` that selects nothing is about units that the state has, or had, and the mesh has not.
fn has_left(selector: &Selector, plan: &Plan, inventory: &Inventory) -> bool {
    let mut known = inventory.bundles.keys().chain(inventory.retired.keys());
    known.any(|bundle| selector.covers(bundle) && !plan.bundles.contains_key(bundle))
}

/// What shuts out units that left the mesh.
fn report_gone(selector: &Selector, plan: &Plan) -> Diagnostic {
    let cluster = selector.cluster();
    let is_part = plan.clusters.iter().any(|plan| plan.name.as_str() == cluster);
    let help = if is_part {
        format!(
            "users that only it had go with the next `etcd-auth.sh`; what it shares with others, `meshbundle certs revoke {cluster}` revokes"
        )
    } else {
        "users that only it had go with the next `etcd-auth.sh` of each etcd that it read; a user that it shares with clusters of the mesh goes \
         when one of these is revoked"
            .to_owned()
    };
    let message = format!("`{selector}` selects nothing: it has left the mesh");
    Diagnostic::new(Code::SelectsNothing, FieldPath::root(), message).help(help)
}

fn one(mesh: &CheckedMesh, plan: &Plan, inventory: &Inventory, key: &CredentialKey, now: OffsetDateTime) -> Option<Revoking> {
    let (credential, seconds) = (key.to_string(), now.unix_timestamp());
    let known = inventory.credentials.get(&credential)?;
    let accepted = accepting(mesh, &plan.clusters, inventory, key);
    let user = accepted.iter().find(|one| matches!(one.remedy, Remedy::User { .. })).and_then(|one| one.user.clone());
    let record = RevokedRecord {
        certificates: certificates(known).filter(|leaf| leaf.not_after > seconds).collect(),
        credential,
        user,
        at: seconds,
        below: inventory.revision + 1,
    };
    Some(Revoking {
        signer: plan.credentials.get(key)?.signer.clone(),
        carried: inventory.bundles.keys().filter(|bundle| carries(&record.credential, bundle)).cloned().collect(),
        before: inventory.revocations.last(&record.credential),
        record,
        accepted,
    })
}

/// Every certificate that was issued for it, as far as they are known: renewed ones have the same key.
fn certificates(known: &CredentialRecord) -> impl Iterator<Item = RevokedCertificate> {
    let newest = RevokedCertificate { serial: known.serial.clone(), not_after: known.not_after };
    let earlier =
        known.earlier.iter().rev().map(|leaf| RevokedCertificate { serial: leaf.serial.clone(), not_after: leaf.not_after });
    std::iter::once(newest).chain(earlier)
}

/// The etcds where `key` is somebody, or a member.
fn accepting(mesh: &CheckedMesh, clusters: &[ClusterPlan], inventory: &Inventory, key: &CredentialKey) -> Vec<Accepting> {
    let named = inventory.revocations.users();
    let at = |cluster: &str, user: Option<String>, remedy| Accepting { cluster: cluster.to_owned(), user, remedy };
    let unnamed = || Remedy::User { to: String::new() };
    match key {
        CredentialKey::Server { cluster, .. } => vec![at(cluster.as_str(), None, Remedy::Server)],
        CredentialKey::Peer { cluster, .. } => vec![at(cluster.as_str(), None, Remedy::Peer)],
        CredentialKey::Own { cluster, user } => {
            let remedy = match user {
                user if can_change_own(*user) => unnamed(),
                OwnUser::ChartAdmin | OwnUser::ChartLocal | OwnUser::ChartRemote | OwnUser::ChartRemoteOfCluster => Remedy::Chart,
                OwnUser::Agent | OwnUser::Announcer | OwnUser::Administrator => Remedy::List,
            };
            vec![at(cluster.as_str(), Some(named.own(*user, cluster)), remedy)]
        }
        CredentialKey::Client { cluster, signer, common_name, node: _ } => {
            let reader = clusters.iter().find(|plan| plan.name == *cluster);
            let presents = |plan: &&ClusterPlan, remote: &str| {
                plan.links.iter().any(|link| link.remote.as_str() == remote && plan.clients(link).contains(&key))
            };
            // A name that readers share is a user also where this one does not read.
            let is_user = |remote: &Cluster| {
                let plan = clusters.iter().find(|plan| plan.name == remote.name);
                plan.is_some_and(|plan| plan.named_users().contains(&**common_name) && plan.trust.client_trust.contains(signer))
            };
            let remotes = mesh.clusters();
            let remotes = remotes
                .values()
                .filter(|remote| is_user(remote) || reader.as_ref().is_some_and(|plan| presents(plan, remote.name.as_str())));
            let remedy = |remote: &Cluster| match &remote.runtime {
                _ if UserChange::of(remote).is_possible(common_name) => unnamed(),
                Runtime::Helm(_) => Remedy::Chart,
                Runtime::External => Remedy::Operator,
                Runtime::Compose { .. } | Runtime::Systemd { .. } => Remedy::List,
            };
            remotes.map(|remote| at(remote.name.as_str(), Some(common_name.to_string()), remedy(remote))).collect()
        }
    }
}

/// Names the users that follow those that are revoked, once all of these are known.
fn name_successors(inventory: &Inventory, revoked: &mut [Revoking]) {
    let now: BTreeSet<String> = revoked.iter().filter_map(|one| one.record.user.clone()).collect();
    let users = inventory.revocations.users_with(&now);
    for accepting in revoked.iter_mut().flat_map(|one| &mut one.accepted) {
        if let (Remedy::User { to }, Some(user)) = (&mut accepting.remedy, &accepting.user) {
            *to = users.successor(user);
        }
    }
}

impl Inventory {
    /// The same, with everything revoked that `revoked` has.
    #[must_use]
    pub(crate) fn revoking(mut self, revoked: &[Revoking]) -> Self {
        self.revocations.records.extend(revoked.iter().map(|one| one.record.clone()));
        self
    }

    /// Whether something is revoked in the run that it is for.
    pub(crate) fn is_revoking(&self) -> bool {
        self.revocations.records.last().is_some_and(|last| last.below > self.revision)
    }
}
