//! The plan as a whole: each part is decided in a file of its own, here they are put in order.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::Diagnostic;
use crate::lint::CheckedMesh;
use crate::mesh::{ClusterName, Label};

use super::agents::{self, AgentsPlan};
use super::authorisation;
use super::authority::{self, AuthorityPlan};
use super::branch::BranchRecord;
use super::bundle_digest;
use super::bundle_id::BundleId;
use super::bundles::{self, BundlePlan};
use super::ca_life;
use super::change_record::LastChange;
use super::changes::changes;
use super::cluster::{self, ClusterPlan};
use super::credential::{CredentialAction, CredentialKey, CredentialPlan, Reason};
use super::facts::StateFacts;
use super::floors::Floors;
use super::inventory::Inventory;
use super::issue;
use super::keep::Keeping;
use super::kept::{Kept, kept, kept_kvstoremesh};
use super::next_signers::{NextSigner, next_signers};
use super::renewal;
use super::request::Request;
use super::rotation::{Rotating, successions};
use super::rotation_gate::Gate;
use super::rotation_record::RotationRecord;
use super::safeguards;
use super::selector::{self, selects_nothing};
use super::steps::RECORD;
use super::trust::TrustPlan;
use super::trust_phases::Phases;
use super::unusable;
use super::wave::Wave;
use super::waves::Waves;

/// Everything that will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Name of the mesh.
    pub mesh: Label,
    /// What becomes of each authority.
    pub authorities: BTreeMap<Label, AuthorityPlan>,
    /// What becomes of each leaf.
    pub credentials: BTreeMap<CredentialKey, CredentialPlan>,
    /// Each cluster, in order of name.
    pub clusters: Vec<ClusterPlan>,
    /// Each bundle.
    pub bundles: BTreeMap<BundleId, BundlePlan>,
    /// What changes against the run before.
    pub change: LastChange,
    /// Whether people are asked for something that they were not asked for before, and that changes no file.
    pub asks: bool,
    /// What is left to ship and to do, in order.
    pub waves: Vec<Wave>,
    /// What is kept for bundles that may still be installed.
    pub kept: Vec<Kept>,
    /// The CAs that are to sign once they are trusted everywhere.
    pub next: Vec<NextSigner>,
    /// The CAs that are replaced, or were, by their name in the mesh.
    pub rotations: BTreeMap<String, RotationRecord>,
    /// Whether a step of a rotation is taken.
    pub turns: bool,
    /// The branch of the state, if it was restored from a backup.
    pub branch: Option<BranchRecord>,
}

/// A plan, or what keeps it from being made; and findings that do not stop it.
pub struct Planned {
    /// The plan, if no promise would be broken.
    pub plan: Option<Plan>,
    /// Findings about the mesh against what was issued before.
    pub findings: Vec<Diagnostic>,
}

/// Decides everything.
pub fn plan(
    mesh: &CheckedMesh,
    inventory: &Inventory,
    floors: &Floors,
    facts: &StateFacts,
    request: &Request,
    now: OffsetDateTime,
) -> Planned {
    let rotating = Rotating { mesh, inventory, rotation: request.rotation.as_ref() };
    let (rotations, mut findings) = rotating.plan();
    if !findings.is_empty() {
        return Planned { plan: None, findings };
    }
    let rotated = (!rotations.is_empty()).then(|| mesh.rotated(&successions(&rotations)));
    let mesh = rotated.as_ref().unwrap_or(mesh);
    let mut authorities = authority::plan(mesh, inventory, facts, request, now);
    let safeguards =
        safeguards::Safeguards { mesh, inventory, floors, request, authorities: &authorities, rotations: &rotations, now };
    findings.extend(safeguards.broken());
    let asked = request.rotation.as_ref().and_then(|rotation| rotations.get(&rotation.ca));
    let left_behind = asked.map(|record| &record.left_behind).filter(|bundles| !bundles.is_empty());
    let reached = left_behind.map(|bundles| floors.leaving_behind(bundles));
    let reached = reached.as_ref().unwrap_or(floors);
    let (trust, unsafe_steps) =
        Phases { mesh, inventory, floors: reached, authorities: &authorities, rotations: &rotations, now }.plan();
    if !findings.iter().any(Diagnostic::is_error) {
        findings.extend(unsafe_steps);
    }
    authority::add_kept(&mut authorities, trust.values().flat_map(TrustPlan::authorities), inventory);
    let gate = Gate { inventory, floors: reached, request, rotations: &rotations, trust: &trust, authorities: &authorities };
    findings.extend(gate.findings());
    findings.extend(ca_life::findings(mesh, &trust, &authorities, request, &rotations, now));
    if findings.iter().any(Diagnostic::is_error) {
        return Planned { plan: None, findings };
    }
    let clusters = clusters(mesh, &trust, &Keeping::new(mesh, inventory, floors, now));
    let selected = match selector::select(&request.renewal.only, &clusters, |selector| selects_nothing(selector, "--only ")) {
        Ok(selected) => selected,
        Err(nothing) => return Planned { plan: None, findings: nothing },
    };
    let selected = selected.as_ref();
    let issuing = issue::Issuing { mesh, authorities: &authorities, inventory, facts, now, renewal: &request.renewal, selected };
    let credentials = issuing.plan(&clusters);
    let unusable = unusable::Unusable { authorities: &authorities, credentials: &credentials, facts, request, now };
    findings.extend(unusable.findings());
    if findings.iter().any(Diagnostic::is_error) {
        return Planned { plan: None, findings };
    }
    findings.extend(renewal::warning(mesh, &request.command, &credentials));
    findings.extend(renewal::short_of_horizon(mesh, request, &credentials, selected, now));
    let name = mesh.mesh().name.clone();
    let known = Requirements { mesh, authorities: &authorities, credentials: &credentials };
    let branch = inventory.branch.map(|branch| branch.seeing(floors.highest()));
    let bundles = bundles::plan(&bundles::digests(&name, &clusters, &known), inventory, floors, branch);
    let change = changes(&clusters, &bundles, inventory);
    let values = clusters.iter().filter_map(|cluster| Some((&cluster.name, bundle_digest::values(cluster, &known)?))).collect();
    let waves = Waves { clusters: &clusters, bundles: &bundles, inventory, floors, values: &values }.plan();
    let kept = clusters.iter().flat_map(|cluster| {
        let name = cluster.name.as_str();
        let kvstoremesh = cluster.kvstoremesh.and_then(|now| kept_kvstoremesh(inventory, floors, name, now));
        kept(inventory, floors, name, &cluster.keeps()).into_iter().chain(kvstoremesh)
    });
    let kept = kept.collect();
    let next = clusters.iter().flat_map(|cluster| next_signers(inventory, floors, &authorities, cluster)).collect();
    let asks = clusters.iter().any(|cluster| asks(cluster, inventory, &authorities));
    let turns = rotations != inventory.rotations;
    let plan = Plan {
        mesh: name,
        authorities,
        credentials,
        clusters,
        bundles,
        change,
        asks,
        waves,
        kept,
        next,
        rotations,
        turns,
        branch,
    };
    Planned { plan: Some(plan), findings }
}

/// Whether the etcd of `cluster` gets no files from here and is to trust other CAs than before, or its KVStoreMesh begins to read anew.
fn asks(cluster: &ClusterPlan, inventory: &Inventory, authorities: &BTreeMap<Label, AuthorityPlan>) -> bool {
    let now = || cluster.trust.client_trust.iter().filter_map(|name| authorities.get(name)?.fingerprint());
    let known = inventory.clusters.get(cluster.name.as_str());
    let before = known.filter(|_| cluster.members.is_empty());
    let kvstoremesh = known.and_then(|before| before.kvstoremesh);
    let begins = kvstoremesh.is_some_and(|before| cluster.kvstoremesh != Some(before));
    begins
        || before.is_some_and(|before| {
            let before: BTreeSet<&str> = before.trust.client_trust.iter().map(String::as_str).collect();
            now().collect::<BTreeSet<&str>>() != before
        })
}

/// Each cluster, once the links of all are known: the users of an etcd are the clients of other clusters.
fn clusters(mesh: &CheckedMesh, trust: &BTreeMap<ClusterName, TrustPlan>, keeping: &Keeping<'_>) -> Vec<ClusterPlan> {
    let clusters = mesh.clusters();
    let revoked = keeping.inventory.revocations.users();
    let agents: BTreeMap<ClusterName, AgentsPlan> =
        clusters.values().map(|cluster| (cluster.name.clone(), agents::plan(mesh, trust, cluster, &revoked))).collect();
    let mut readers = authorisation::readers(mesh, &agents);
    let plans = agents.into_iter().filter_map(|(name, agents)| {
        let readers = readers.remove(&name).unwrap_or_default();
        Some(cluster::plan(mesh, clusters.get(&name)?, trust.get(&name)?.clone(), agents, readers, keeping))
    });
    plans.collect()
}

/// What is known before anything is issued.
struct Requirements<'a> {
    mesh: &'a CheckedMesh,
    authorities: &'a BTreeMap<Label, AuthorityPlan>,
    credentials: &'a BTreeMap<CredentialKey, CredentialPlan>,
}

impl bundle_digest::Resolve for Requirements<'_> {
    fn leaf(&self, key: &CredentialKey) -> Option<(&str, Option<&[String]>)> {
        let plan = self.credentials.get(key)?;
        Some((plan.serial()?, self.authorities.get(&plan.signer)?.changed_chain()))
    }

    fn fingerprint(&self, authority: &Label) -> Option<&str> {
        self.authorities.get(authority)?.fingerprint()
    }

    fn given(&self, certificate: &str) -> Option<String> {
        bundle_digest::given(self.mesh, certificate)
    }
}

impl Plan {
    /// Has commands record for the mesh by the command line `record`, for people who run them here.
    pub fn name_mesh(&mut self, record: &str) {
        for step in self.waves.iter_mut().flat_map(|wave| &mut wave.steps) {
            step.command = step.command.replace(RECORD, record);
        }
    }

    /// Whether carrying it out changes anything in the state.
    pub fn is_change(&self) -> bool {
        self.change != LastChange::default()
            || self.asks
            || self.turns
            || self.credentials.values().any(|credential| matches!(credential.action, CredentialAction::Issue { .. }))
            || self.authorities.values().any(|authority| matches!(authority, AuthorityPlan::Create(_)))
    }

    /// Whether carrying it out gives new keys to credentials because that was asked for.
    pub fn is_rekeying(&self) -> bool {
        let rekeyed = |plan: &CredentialPlan| matches!(plan.action, CredentialAction::Issue { reason: Reason::Rekeyed, .. });
        self.credentials.values().any(rekeyed)
    }
}
