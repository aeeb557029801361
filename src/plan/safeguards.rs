//! The three promises: no CA is created, no link removed and no identity changed unless the user asks for it.
//!
//! Input: the mesh, what was issued before, what the user said on the command line. Output: findings that stop the run.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, ClusterName, Label, OwnUser, Runtime};
use crate::values::{ReleaseValues, chart};

use super::authority::AuthorityPlan;
use super::credential::CredentialKey;
use super::floors::Floors;
use super::identities::Identities;
use super::inventory::{ClusterRecord, Inventory};
use super::request::{Removal, Request};
use super::restored;
use super::rotation::Rotations;

pub(super) struct Safeguards<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    pub(super) request: &'a Request,
    pub(super) authorities: &'a BTreeMap<Label, AuthorityPlan>,
    pub(super) rotations: &'a Rotations,
    pub(super) now: OffsetDateTime,
}

impl Safeguards<'_> {
    pub(super) fn broken(&self) -> Vec<Diagnostic> {
        if !self.inventory.is_empty() && self.inventory.mesh != self.mesh.mesh().name.as_str() {
            let message = format!("the state belongs to the mesh `{}`, this is `{}`", self.inventory.mesh, self.mesh.mesh().name);
            let finding = Diagnostic::new(Code::OtherMesh, FieldPath::root().field("mesh"), message);
            return vec![finding.help("give each mesh a state of its own: `--state DIR`")];
        }
        let mut findings = Vec::new();
        self.authorities_made(&mut findings);
        self.authorities_replaced(&mut findings);
        let identities = Identities { mesh: self.mesh, inventory: self.inventory, floors: self.floors, request: self.request };
        let renamed = identities.check(&mut findings);
        self.clusters_leaving(&renamed, &mut findings);
        self.links_lost(&mut findings);
        self.links_in_values(&mut findings);
        self.check_handover(&mut findings);
        self.forgotten(&mut findings);
        self.removals(&mut findings);
        findings.extend(restored::findings(self.inventory, self.floors, self.request));
        findings
    }

    fn authorities_made(&self, findings: &mut Vec<Diagnostic>) {
        if self.request.create_authorities {
            return;
        }
        // Who asks for the first step of a rotation asks for the CA that follows.
        let follows = |name: &str| self.rotations.values().any(|one| one.new == name && one.since > self.inventory.revision);
        let made =
            self.authorities.iter().filter(|(name, plan)| matches!(plan, AuthorityPlan::Create(_)) && !follows(name.as_str()));
        for (name, _) in made {
            let message = format!("refusing to create CA `{name}`: it is neither in the state nor provided in the mesh");
            findings.push(
                Diagnostic::new(Code::AuthorityMissing, FieldPath::root().field("trust"), message)
                    .help(format!(
                        "to create it, pass `--create-authorities`; if it exists, use the state that has it (`--state DIR`), or provide it: `trust.authorities.{name}`"
                    )),
            );
        }
    }

    fn authorities_replaced(&self, findings: &mut Vec<Diagnostic>) {
        for (name, plan) in self.authorities {
            let Some(before) = self.inventory.authorities.get(name.as_str()) else { continue };
            if plan.fingerprint().is_some_and(|now| now != before.fingerprint)
                && !self.inventory.is_useless(&before.fingerprint, self.now)
            {
                let message = format!("refusing to replace CA `{name}`: an earlier run had another certificate under this name");
                findings.push(
                    Diagnostic::new(Code::AuthorityChanged, FieldPath::root().field("trust").field("authorities").field(name.as_str()), message)
                        .help("provide the new one under another name, and set `authority` to it where this one signs: meshbundle makes the steps"),
                );
            }
        }
    }

    fn clusters_leaving(&self, renamed: &BTreeSet<String>, findings: &mut Vec<Diagnostic>) {
        let clusters = self.mesh.clusters();
        for name in self.inventory.clusters.keys() {
            let there = clusters.keys().any(|cluster| cluster.as_str() == name);
            if there || renamed.contains(name) || self.request.removes_cluster(name) {
                continue;
            }
            let message = format!("refusing to remove `{name}`: an earlier run included it, and it is no longer in the mesh");
            let finding = Diagnostic::new(Code::ClusterLeaves, FieldPath::root().field("clusters"), message);
            findings.push(finding.help(format!("if it leaves, pass `--remove {name}`; otherwise put it back")));
        }
    }

    fn links_lost(&self, findings: &mut Vec<Diagnostic>) {
        let clusters = self.mesh.clusters();
        let mut reported = BTreeSet::new();
        for (name, before) in &self.inventory.clusters {
            let Some(cluster) = clusters.keys().find(|cluster| cluster.as_str() == name) else { continue };
            for remote in &before.links {
                let here = clusters.keys().any(|cluster| cluster.as_str() == remote);
                let kept = self.mesh.links(cluster).iter().any(|link| link.as_str() == remote);
                let pair = if name < remote { (name, remote) } else { (remote, name) };
                let by_name = self.request.remove.contains(&Removal::Link(pair.0.clone(), pair.1.clone()));
                if here && !kept && !by_name && reported.insert(pair) {
                    let message =
                        format!("refusing to remove the link between `{}` and `{}`: an earlier run set it up", pair.0, pair.1);
                    let finding = Diagnostic::new(Code::LinkLost, FieldPath::root().field("links"), message);
                    findings.push(
                        finding.help(format!("to end the link, pass `--remove {}/{}`; otherwise put it back", pair.0, pair.1)),
                    );
                }
            }
        }
    }

    /// The links that a release has by its values, and that end with the merged ones, because the mesh does not have them.
    fn links_in_values(&self, findings: &mut Vec<Diagnostic>) {
        for (name, cluster) in self.mesh.clusters() {
            for remote in self.only_in_values(name) {
                let removal = Removal::new(&format!("{name}/{remote}"));
                if self.request.remove.contains(&removal) {
                    continue;
                }
                let message = format!("refusing to remove the link of `{name}` to `{remote}`: the values of its release have it");
                let finding = Diagnostic::new(Code::LinkLost, cluster.path.field("runtime").field("values"), message);
                findings.push(finding.help(format!("to end the link, pass `--remove {removal}`; otherwise add `{remote}` to the mesh. Once the merged values are in use, name them")));
            }
        }
    }

    /// The clusters that the release of `cluster` is linked with, as long as the chart writes its Secrets, and the mesh does not.
    fn only_in_values(&self, cluster: &ClusterName) -> Vec<String> {
        let values = self.mesh.release_values(cluster).filter(|values| values.flag(chart::CONFIG_ENABLED) == Some(true));
        let listed = values.map(ReleaseValues::clusters).unwrap_or_default().into_iter().filter(|listed| listed.is_enabled);
        let here = |name: &str| self.mesh.links(cluster).iter().any(|link| link.as_str() == name) || name == cluster.as_str();
        listed.map(|listed| listed.name).filter(|name| !here(name)).collect()
    }

    /// Whether a run before has removed the cluster: one that was stopped after its commit is run again with the same words.
    fn left(&self, cluster: &str) -> bool {
        self.inventory.clusters.values().any(|record| record.removed.contains(cluster))
    }

    /// A cluster that is external now keeps its links, but its agents' certificates would no longer be renewed.
    fn check_handover(&self, findings: &mut Vec<Diagnostic>) {
        for cluster in self.mesh.clusters().into_values().filter(|cluster| cluster.runtime == Runtime::External) {
            let before = self.inventory.clusters.get(cluster.name.as_str());
            if before.is_some_and(|record| !record.links.is_empty()) {
                let message = format!(
                    "refusing to stop generating bundles for `{}`: its nodes got theirs from this state, and it is external now",
                    cluster.name
                );
                let finding = Diagnostic::new(Code::LinkLost, cluster.path.field("runtime"), message);
                findings.push(finding.cause("its agents' certificates would expire, and meshbundle would not renew them").help(format!(
                    "set the runtime back; to hand it over for good, take it out with `--remove {}`, then add it again as external",
                    cluster.name
                )));
            }
        }
    }

    /// Which of the fields of `cluster`'s etcd have brought credentials before, and bring none now. No one would renew these, and
    /// the administrator's key would be gone from the state.
    fn dropped(&self, cluster: &Cluster) -> Vec<&'static str> {
        let name = &cluster.name;
        let own = |user: OwnUser| CredentialKey::Own { cluster: name.clone(), user }.to_string();
        let held = |field: &str| {
            let key = match field {
                "localClients" => own(OwnUser::Agent),
                "announce" => own(OwnUser::Announcer),
                _ => format!("peer/{name}/"),
            };
            self.inventory.leaves(&key).next().is_some()
        };
        fields(cluster).into_iter().filter(|(field, wanted)| !wanted && held(field)).map(|(field, _)| field).collect()
    }

    fn forgotten(&self, findings: &mut Vec<Diagnostic>) {
        for cluster in self.mesh.clusters().into_values() {
            for field in self.dropped(cluster) {
                if self.request.remove.contains(&Removal::Field(cluster.name.to_string(), field.to_owned())) {
                    continue;
                }
                let message = format!("refusing to discard the credentials that were issued for `{field}` of `{}`", cluster.name);
                let finding = Diagnostic::new(Code::CredentialsForgotten, cluster.path.field("etcd").field(field), message);
                findings.push(finding.help(format!(
                    "set it back to `true`; `--remove {}:{field}` if no agent depends on it any more",
                    cluster.name
                )));
            }
        }
    }

    /// `--remove` must mean something: a typo would otherwise go unnoticed until it matches something.
    fn removals(&self, findings: &mut Vec<Diagnostic>) {
        let clusters = self.mesh.clusters();
        let in_mesh = |name: &str| clusters.keys().any(|cluster| cluster.as_str() == name);
        for removal in &self.request.remove {
            let problem = match removal {
                Removal::Cluster(name) if in_mesh(name) => Some("it is still in the mesh; take it out of `clusters` as well"),
                Removal::Cluster(name) if !self.inventory.clusters.contains_key(name) && !self.left(name) => {
                    Some("no earlier run included that cluster")
                }
                Removal::Link(a, b) => {
                    let linked =
                        |record: &ClusterRecord, other: &str| record.links.contains(other) || record.removed.contains(other);
                    let before = self.inventory.clusters.get(a).is_some_and(|record| linked(record, b))
                        || self.inventory.clusters.get(b).is_some_and(|record| linked(record, a));
                    let now =
                        clusters.keys().any(|from| from.as_str() == a && self.mesh.links(from).iter().any(|to| to.as_str() == b));
                    let listed = |one: &str, other: &str| {
                        ClusterName::new(one).is_ok_and(|one| self.only_in_values(&one).iter().any(|name| name == other))
                    };
                    match (before || listed(a, b) || listed(b, a), now) {
                        (_, true) => Some("it is still in the mesh; take it out of `links` as well"),
                        (false, false) => Some("there was no such link"),
                        (true, false) => None,
                    }
                }
                Removal::Field(name, field) => {
                    let cluster = clusters.iter().find(|(cluster, _)| cluster.as_str() == name).map(|(_, cluster)| *cluster);
                    let wanted = cluster.and_then(|cluster| fields(cluster).into_iter().find(|(known, _)| known == field));
                    // A run that was stopped after its commit is run again with the same words.
                    match wanted {
                        None => {
                            Some("there is no such cluster, or the field is not one of `localClients`, `announce` and `peers`")
                        }
                        Some((_, true)) => Some("it is still `true` in the mesh; take it out there as well"),
                        Some((_, false)) => None,
                    }
                }
                Removal::Cluster(_) => None,
            };
            if let Some(problem) = problem {
                let message = format!("`--remove {removal}` removes nothing: {problem}");
                findings.push(Diagnostic::new(Code::RemovesNothing, FieldPath::root(), message));
            }
        }
    }
}

/// Fields of an etcd that bring credentials for others than readers, and whether the mesh asks for them.
fn fields(cluster: &Cluster) -> [(&'static str, bool); 3] {
    let etcd = &cluster.etcd;
    [("localClients", etcd.local_clients), ("announce", etcd.announce), ("peers", etcd.peers)]
}
