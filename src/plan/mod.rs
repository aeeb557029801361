//! Decides everything: each authority, certificate, SAN, file, mode, name and wave. What executes a plan makes no choice.
//!
//! Input: a checked mesh, the inventory of what was issued before, what is wrong with the state's files, what the user asked for, now. Output: a [`Plan`], which can
//! be compared and printed; after its execution, the inventory that follows from it. It opens no file, holds no key, and knows
//! no template. What a cluster's nodes share is in it once, and files are listed by an iterator, not kept.

mod authorisation;
mod authority;
mod bundles;
mod change;
mod cluster;
mod credential;
mod digest;
mod facts;
mod files;
mod inventory;
mod issue;
mod leaf;
mod local_etcd;
mod loose;
mod options;
mod request;
mod safeguards;
mod trust;
mod unusable;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::hex::hex;
use crate::lint::CheckedMesh;
use crate::mesh::Label;

pub use authorisation::{Access, Authorisation, EtcdRole, Grant, RolePlan};
pub use authority::AuthorityPlan;
pub use bundles::BundlePlan;
pub use change::{BundleChange, LastChange, LinkChange, Wave, WaveName};
pub use cluster::{ANY, ClientPlan, ClusterPlan, HostCertificate, LinkPlan, MemberPlan, NodePlan};
pub use credential::{CredentialAction, CredentialKey, CredentialPlan, Reason};
pub use facts::{AuthorityFaults, StateFacts};
pub use files::{ANNOUNCER, ANNOUNCER_CONFIG, ETCD_CONFIG, ETCD_SECRETS, FilePlan, Source, member_files, node_files};
pub use inventory::{AuthorityRecord, BundleRecord, ClusterRecord, CredentialRecord, FORMAT, Inventory, TrustRecord};
pub use leaf::{AuthorityRequest, LeafRequest, Usage};
pub use local_etcd::LocalEtcdPlan;
pub use loose::loose_names;
pub use request::{Removal, Request};

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
    /// Each bundle, by path below `bundles/`.
    pub bundles: BTreeMap<String, BundlePlan>,
    /// What changes against the run before.
    pub change: LastChange,
}

/// A plan, or what keeps it from being made; and findings that do not stop it.
pub struct Planned {
    /// The plan, if no promise would be broken.
    pub plan: Option<Plan>,
    /// Findings about the mesh against what was issued before.
    pub findings: Vec<Diagnostic>,
}

/// Decides everything.
pub fn plan(mesh: &CheckedMesh, inventory: &Inventory, facts: &StateFacts, request: &Request, now: OffsetDateTime) -> Planned {
    let authorities = authority::plan(mesh, inventory, request, now);
    let fingerprint = |name: &Label| authorities.get(name).and_then(AuthorityPlan::fingerprint);
    let promises = safeguards::Safeguards {
        mesh,
        inventory,
        request,
        authorities: &authorities,
        trust: &|cluster| trust::view(mesh, cluster, fingerprint),
        now,
    };
    let mut findings = promises.broken();
    if findings.iter().any(Diagnostic::is_error) {
        return Planned { plan: None, findings };
    }
    let mut clusters: Vec<ClusterPlan> = mesh
        .clusters()
        .into_values()
        .map(|cluster| cluster::plan(mesh, cluster, inventory.clusters.get(cluster.name.as_str())))
        .collect();
    authorisation::decide(mesh, &mut clusters, inventory);
    let issuing = issue::Issuing { mesh, authorities: &authorities, inventory, facts, now, renew: request.renew };
    let credentials = issuing.plan(&clusters);
    let unusable = unusable::Unusable { authorities: &authorities, credentials: &credentials, facts, request, now };
    findings.extend(unusable.findings());
    if findings.iter().any(Diagnostic::is_error) {
        return Planned { plan: None, findings };
    }
    findings.extend(renewal_due(mesh, &request.command, &credentials, now));
    let name = mesh.mesh().name.clone();
    let known = Known { mesh, authorities: &authorities, credentials: &credentials };
    let bundles = bundles::plan(&bundles::digests(&name, &clusters, &known), inventory);
    let change =
        bundles::changes(&clusters, &bundles, inventory, new_users(&clusters, inventory), gone_users(&clusters, inventory));
    Planned { plan: Some(Plan { mesh: name, authorities, credentials, clusters, bundles, change }), findings }
}

/// What is known before anything is issued.
struct Known<'a> {
    mesh: &'a CheckedMesh,
    authorities: &'a BTreeMap<Label, AuthorityPlan>,
    credentials: &'a BTreeMap<CredentialKey, CredentialPlan>,
}

impl digest::Resolve for Known<'_> {
    fn serial(&self, key: &CredentialKey) -> Option<&str> {
        self.credentials.get(key)?.serial()
    }

    fn fingerprint(&self, authority: &Label) -> Option<&str> {
        self.authorities.get(authority)?.fingerprint()
    }

    fn given(&self, certificate: &str) -> Option<String> {
        given(self.mesh, certificate)
    }
}

/// What is presented. Since it is written anew, and not copied, it is called `pem`: its bytes are others than before.
fn given(mesh: &CheckedMesh, certificate: &str) -> Option<String> {
    let chain = mesh.client(certificate);
    let presented = chain.iter().map(|certificate| hex(&certificate.fingerprint()));
    (!chain.is_empty()).then(|| ["pem".to_owned()].into_iter().chain(presented).collect::<Vec<_>>().join(" "))
}

/// What carrying out a plan has yielded.
pub struct Outcome {
    /// Random name of the state, for a new one.
    pub id: String,
    /// Each authority of the plan.
    pub authorities: BTreeMap<Label, AuthorityRecord>,
    /// Each leaf that was issued.
    pub issued: BTreeMap<CredentialKey, CredentialRecord>,
}

/// What is known after everything was issued.
struct IssuedPlan<'a> {
    mesh: &'a CheckedMesh,
    plan: &'a Plan,
    outcome: &'a Outcome,
}

impl digest::Resolve for IssuedPlan<'_> {
    fn serial(&self, key: &CredentialKey) -> Option<&str> {
        match self.outcome.issued.get(key) {
            Some(record) => Some(&record.serial),
            None => self.plan.credentials.get(key)?.serial(),
        }
    }

    fn fingerprint(&self, authority: &Label) -> Option<&str> {
        self.outcome.authorities.get(authority).map(|record| record.fingerprint.as_str())
    }

    fn given(&self, certificate: &str) -> Option<String> {
        given(self.mesh, certificate)
    }
}

impl Plan {
    /// Whether carrying it out changes anything in the state.
    pub fn is_change(&self) -> bool {
        self.change != LastChange::default()
            || self.credentials.values().any(|credential| matches!(credential.action, CredentialAction::Issue { .. }))
            || self.authorities.values().any(|authority| matches!(authority, AuthorityPlan::Create(_)))
    }

    /// The inventory after the plan has been carried out. What the mesh no longer needs is forgotten.
    pub fn commit(&self, mesh: &CheckedMesh, before: &Inventory, outcome: &Outcome) -> Inventory {
        let fingerprints: BTreeMap<Label, String> =
            outcome.authorities.iter().map(|(name, record)| (name.clone(), record.fingerprint.clone())).collect();
        let resolved = IssuedPlan { mesh, plan: self, outcome };
        let digests = bundles::digests(&self.mesh, &self.clusters, &resolved);
        // An authority that is not needed now stays known: its key is still in the state.
        let mut authorities = before.authorities.clone();
        authorities.extend(outcome.authorities.iter().map(|(name, record)| (name.to_string(), record.clone())));
        let clusters = mesh.clusters();
        let record = |cluster: &ClusterPlan| {
            let trust = clusters.get(&cluster.name).map(|spec| trust::record(mesh, spec, &fingerprints));
            let links = cluster.links.iter().map(|link| link.remote.to_string()).collect();
            let users = authorisation::named(cluster.authorisation.as_ref());
            // Told of for ever: whoever missed a generation of the script must still remove them.
            let retired_users = before.clusters.get(cluster.name.as_str()).map(|before| authorisation::retired(&users, before));
            let record = ClusterRecord {
                id: cluster.id,
                links,
                removed: cluster.removed.clone(),
                trust: trust.unwrap_or_default(),
                users,
                retired_users: retired_users.unwrap_or_default(),
            };
            (cluster.name.to_string(), record)
        };
        let credential = |(key, plan): (&CredentialKey, &CredentialPlan)| {
            let record = match &plan.action {
                CredentialAction::Keep { .. } => before.credentials.get(&key.to_string())?.clone(),
                CredentialAction::Issue { .. } => outcome.issued.get(key)?.clone(),
            };
            Some((key.to_string(), record))
        };
        Inventory {
            format: FORMAT,
            mesh: self.mesh.to_string(),
            id: if before.is_empty() { outcome.id.clone() } else { before.id.clone() },
            revision: before.revision + u64::from(self.is_change()),
            authorities,
            clusters: self.clusters.iter().map(record).collect(),
            credentials: self.credentials.iter().filter_map(credential).collect(),
            bundles: bundles::records(digests, &self.bundles),
            retired: bundles::retired(before, &self.bundles),
            last_change: if self.is_change() { self.change.clone() } else { before.last_change.clone() },
        }
    }
}

/// Etcd users that an etcd has not seen, by common name: of readers that are new to it, and of leaves that nobody had before.
/// Who only gets another signer is told again: better twice than never.
fn new_users(clusters: &[ClusterPlan], inventory: &Inventory) -> BTreeMap<String, Vec<String>> {
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for cluster in clusters {
        let before = inventory.clusters.get(cluster.name.as_str());
        for link in &cluster.links {
            let read = before.is_some_and(|record| record.links.contains(link.remote.as_str()));
            let keys = cluster.clients(link).into_iter();
            for key in keys.filter(|key| !read || !inventory.credentials.contains_key(&key.to_string())) {
                if let CredentialKey::Client { common_name, .. } = key {
                    users.entry(link.remote.to_string()).or_default().insert(common_name.to_string());
                }
            }
        }
    }
    users.into_iter().map(|(cluster, names)| (cluster, names.into_iter().collect())).collect()
}

/// Etcd users that the run before has named, and that nobody is any more. They go when the nodes show others, not before.
fn gone_users(clusters: &[ClusterPlan], inventory: &Inventory) -> BTreeMap<String, Vec<String>> {
    let gone = clusters.iter().filter_map(|cluster| {
        let before = inventory.clusters.get(cluster.name.as_str())?;
        let named = authorisation::named(cluster.authorisation.as_ref());
        let gone: Vec<String> = before.users.difference(&named).cloned().collect();
        (!gone.is_empty()).then(|| (cluster.name.to_string(), gone))
    });
    gone.collect()
}

/// One warning for all leaves that end soon: 65,000 would hide everything else.
fn renewal_due(
    mesh: &CheckedMesh,
    command: &str,
    credentials: &BTreeMap<CredentialKey, CredentialPlan>,
    now: OffsetDateTime,
) -> Option<Diagnostic> {
    let before = mesh.mesh().trust.renew_before;
    let due = credentials.iter().filter_map(|(key, plan)| match &plan.action {
        CredentialAction::Keep { not_after, .. } if issue::due(before.as_duration(), *not_after, now) => {
            Some((plan.not_after(), key))
        }
        CredentialAction::Keep { .. } | CredentialAction::Issue { .. } => None,
    });
    let (count, first) =
        due.fold((0, None), |(count, first): (usize, Option<_>), next| (count + 1, first.into_iter().chain([next]).min()));
    let (not_after, key) = first?;
    let message = match count {
        1 => format!("1 certificate ends within {before}: {key}, on {}", not_after.date()),
        _ => format!("{count} certificates end within {before}, the first, {key}, on {}", not_after.date()),
    };
    let finding = Diagnostic::new(Code::RenewalDue, FieldPath::root().field("trust").field("renewBefore"), message);
    Some(
        finding
            .cause("they are kept as they are: a run changes nothing that it was not asked to")
            .help(format!("issue them again: `{command} --renew`")),
    )
}

/// X.509 dates have whole seconds.
fn seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}
