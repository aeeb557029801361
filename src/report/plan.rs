//! What `plan` reports: the findings, and all that is in a plan, each file of each cluster included. Lists are made while they are
//! printed, so a plan of a large mesh is never in memory twice.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{
    Authorisation, AuthorityPlan, BundleChange, BundleId, ClusterPlan, CredentialAction, CredentialKey, CredentialPlan, FilePlan,
    LeafUsage, LinkChange, Plan, Reason, Wave, member_files, node_files,
};

use super::findings::FindingsReport;
use super::kept::KeptView;
use super::list::List;
use super::next_signers::NextSignerView;
use super::value::Timestamp;

/// The report of `plan`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "plan")]
pub struct PlanReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// Whether `generate` would do anything.
    pub(super) pending: bool,
    /// What becomes of each CA.
    pub(super) authorities: List<'a, AuthorityView<'a>>,
    /// What becomes of each certificate.
    pub(super) certificates: List<'a, CertificateView<'a>>,
    /// Each cluster.
    pub(super) clusters: List<'a, ClusterView<'a>>,
    /// By cluster: which remotes its agents begin or stop to read.
    pub(super) link_changes: &'a BTreeMap<String, LinkChange>,
    /// Each bundle, and each that is no longer part of the mesh.
    pub(super) bundles: List<'a, BundleView<'a>>,
    /// Bundles that have not changed, but are missing in the output folder or differ there.
    pub(super) overdue: &'a BTreeSet<BundleId>,
    /// Files that will be removed from the output folder.
    pub(super) removed: &'a BTreeSet<String>,
    /// What is left to ship and to do, in order: what targets are not known to have.
    pub(super) waves: &'a [Wave],
    /// What the mesh no longer has, and stays for bundles that may still be installed.
    pub(super) kept: Vec<KeptView<'a>>,
    /// The CAs that are to sign once they are trusted everywhere.
    pub(super) next_signers: Vec<NextSignerView<'a>>,
}

/// A CA.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Authority")]
pub(super) struct AuthorityView<'a> {
    /// Its name in `mesh.yaml`.
    pub(super) name: &'a str,
    /// What becomes of it.
    pub(super) action: AuthorityAction,
    /// The file of its certificate, if the user provides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<&'a str>,
    /// SHA-256 of its certificate, if it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
    /// When its certificate expires.
    pub(super) expires: Timestamp,
}

/// What becomes of a CA.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AuthorityAction {
    /// It is made.
    Create,
    /// It was made here before.
    Keep,
    /// The user provides it, with its key.
    Provided,
    /// The user provides it without a key: it is only trusted.
    Trust,
}

/// A certificate.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Certificate")]
pub(super) struct CertificateView<'a> {
    /// What it is for: `client/CLUSTER/CA/COMMON-NAME`, `server/CLUSTER/MEMBER` and so on.
    pub(super) name: String,
    /// What becomes of it.
    pub(super) action: CertificateAction,
    /// Why it is issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
    /// The CA that signs it.
    pub(super) signer: &'a str,
    /// What a new one is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<LeafUsage>,
    /// Common name of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) common_name: Option<&'a str>,
    /// DNS names in the SAN of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dns_names: Option<&'a [String]>,
    /// Addresses in the SAN of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ip_addresses: Option<&'a [IpAddr]>,
    /// Serial number of one that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<&'a str>,
    /// Whether a new one has the key of the one before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) keeps_key: bool,
    /// Start of the validity of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    /// When it expires.
    pub(super) expires: Timestamp,
}

/// What becomes of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CertificateAction {
    /// It is issued.
    Issue,
    /// It stays as it is.
    Keep,
}

/// A cluster.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Cluster")]
pub(super) struct ClusterView<'a> {
    /// Its name.
    name: &'a str,
    /// Its `cluster-id`.
    id: i64,
    /// The remotes whose etcds its agents read.
    pub(super) reads: Vec<&'a str>,
    /// Its nodes; one bundle each.
    nodes: Vec<&'a str>,
    /// The members of its etcd that get a bundle.
    members: Vec<&'a str>,
    /// The files of each node's bundle, in the order of the archive.
    files: List<'a, FileView>,
    /// The files of each member's bundle, in the order of the archive.
    member_files: List<'a, FileView>,
    /// Users and roles of its etcd, if meshbundle writes a script for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorisation: Option<AuthorisationView<'a>>,
}

/// A file in a bundle.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub(super) struct FileView {
    /// Path in the bundle.
    path: String,
    /// Mode, in octal.
    mode: String,
}

/// Users and roles of a cluster's etcd.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Authorisation")]
struct AuthorisationView<'a> {
    /// Each role.
    roles: Vec<RoleView<'a>>,
    /// Users of earlier runs, which the script removes.
    retired: &'a BTreeSet<String>,
}

/// A role.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Role")]
struct RoleView<'a> {
    /// Its name in etcd.
    name: &'static str,
    /// What it may do.
    grants: Vec<GrantView<'a>>,
    /// Users that have it.
    users: Vec<&'a str>,
}

/// A permission on keys.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Grant")]
struct GrantView<'a> {
    /// `read` or `readwrite`.
    access: &'static str,
    /// The key, or the first part of keys.
    key: &'a str,
    /// Whether it is for all keys that begin with `key`.
    prefix: bool,
}

/// A bundle.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Bundle")]
pub(super) struct BundleView<'a> {
    /// Path below `bundles/`.
    pub(super) path: &'a BundleId,
    /// Generation of its content; 0 if it is no longer part of the mesh.
    pub(super) generation: u64,
    /// What happens to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) change: Option<BundleChange>,
}

impl<'a> PlanReport<'a> {
    /// The report of `plan`, and of what is `overdue` and will be `removed` in the output folder.
    pub fn of(
        findings: FindingsReport<'a>,
        plan: &'a Plan,
        overdue: &'a BTreeSet<BundleId>,
        removed: &'a BTreeSet<String>,
    ) -> Self {
        Self {
            findings,
            mesh: plan.mesh.as_str(),
            pending: plan.is_change() || !overdue.is_empty() || !removed.is_empty(),
            authorities: List::new(move || plan.authorities.iter().map(|(name, ca)| AuthorityView::of(name.as_str(), ca))),
            certificates: List::new(move || plan.credentials.iter().map(|(key, leaf)| CertificateView::of(key, leaf))),
            clusters: List::new(move || plan.clusters.iter().map(ClusterView::of)),
            link_changes: &plan.change.clusters,
            bundles: List::new(move || bundles(plan)),
            overdue,
            removed,
            waves: &plan.waves,
            kept: KeptView::all(&plan.kept),
            next_signers: NextSignerView::all(&plan.next),
        }
    }

    /// Whether `generate` would do anything.
    pub fn is_pending(&self) -> bool {
        self.pending
    }
}

impl<'a> AuthorityView<'a> {
    fn of(name: &'a str, plan: &'a AuthorityPlan) -> Self {
        let (action, certificate) = match plan {
            AuthorityPlan::Create(_) => (AuthorityAction::Create, None),
            AuthorityPlan::Kept(_) => (AuthorityAction::Keep, None),
            AuthorityPlan::Provided { key: Some(_), certificate, .. } => (AuthorityAction::Provided, Some(certificate.as_str())),
            AuthorityPlan::Provided { key: None, certificate, .. } => (AuthorityAction::Trust, Some(certificate.as_str())),
        };
        let expires = match plan {
            AuthorityPlan::Create(request) => request.not_after.into(),
            AuthorityPlan::Kept(record) | AuthorityPlan::Provided { record, .. } => Timestamp::from_unix(record.not_after),
        };
        Self { name, action, certificate, fingerprint: plan.fingerprint(), expires }
    }
}

impl<'a> CertificateView<'a> {
    fn of(key: &CredentialKey, plan: &'a CredentialPlan) -> Self {
        let request = match &plan.action {
            CredentialAction::Issue { request, reason, .. } => Some((request, *reason)),
            CredentialAction::Keep { .. } => None,
        };
        Self {
            name: key.to_string(),
            action: if request.is_some() { CertificateAction::Issue } else { CertificateAction::Keep },
            reason: request.map(|(_, reason)| reason),
            signer: plan.signer.as_str(),
            usage: request.map(|(request, _)| request.usage),
            common_name: request.map(|(request, _)| request.common_name.as_str()),
            dns_names: request.map(|(request, _)| request.dns_names.as_slice()),
            ip_addresses: request.map(|(request, _)| request.ip_addresses.as_slice()),
            serial: plan.serial(),
            keeps_key: request.is_some() && plan.stored().is_some(),
            not_before: request.map(|(request, _)| request.not_before.into()),
            expires: plan.not_after().into(),
        }
    }
}

impl<'a> ClusterView<'a> {
    fn of(cluster: &'a ClusterPlan) -> Self {
        Self {
            name: cluster.name.as_str(),
            id: cluster.id,
            reads: cluster.links.iter().map(|link| link.remote.as_str()).collect(),
            nodes: cluster.nodes.iter().filter(|_| cluster.has_node_archives()).map(|node| node.name.as_str()).collect(),
            members: cluster.archived_members().iter().map(|member| member.name.as_str()).collect(),
            files: List::new(move || node_files(cluster).filter(|_| cluster.has_node_archives()).map(FileView::of)),
            // The same for each of them.
            member_files: List::new(move || cluster.archived_members().iter().take(1).flat_map(member_files).map(FileView::of)),
            authorisation: cluster.authorisation.as_ref().map(AuthorisationView::of),
        }
    }
}

impl FileView {
    fn of(file: FilePlan<'_>) -> Self {
        Self { path: file.path, mode: format!("{:04o}", file.mode) }
    }
}

impl<'a> AuthorisationView<'a> {
    fn of(plan: &'a Authorisation) -> Self {
        let roles = plan.roles.iter().map(|(role, plan)| RoleView {
            name: role.name(),
            grants: plan
                .grants
                .iter()
                .map(|grant| GrantView { access: grant.access.name(), key: &grant.range.key, prefix: grant.range.prefix })
                .collect(),
            users: plan.users.iter().collect(),
        });
        Self { roles: roles.collect(), retired: &plan.retired }
    }
}

/// The bundles of the mesh, and those that are gone, in the order of their paths.
fn bundles(plan: &Plan) -> impl Iterator<Item = BundleView<'_>> {
    let paths: BTreeSet<&BundleId> = plan.bundles.keys().chain(plan.change.bundles.keys()).collect();
    paths.into_iter().map(|path| {
        let generation = plan.bundles.get(path).map_or(0, |bundle| bundle.generation);
        BundleView { path, generation, change: plan.change.bundles.get(path).copied() }
    })
}
