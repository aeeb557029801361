//! A plan as JSON, written as a stream: the findings, and everything that is in it, each file of each cluster included.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::findings::JsonReport;
use crate::plan::{
    Authorisation, AuthorityPlan, BundleChange, BundleId, ClusterPlan, CredentialAction, LastChange, MemberPlan, Plan, Reason,
    Usage, Wave, member_files, node_files,
};

pub fn print(
    out: &mut dyn Write,
    findings: JsonReport<'_>,
    plan: &Plan,
    overdue: &BTreeSet<BundleId>,
    removed: &BTreeSet<String>,
) -> io::Result<()> {
    let LastChange { clusters, bundles: _, waves } = &plan.change;
    let report = Report {
        findings,
        mesh: plan.mesh.as_str(),
        pending: plan.is_change() || !overdue.is_empty() || !removed.is_empty(),
        authorities: Authorities(plan),
        certificates: Certificates(plan),
        clusters: Clusters(plan),
        links: clusters,
        bundles: Bundles(plan),
        overdue,
        removed,
        waves,
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    #[serde(flatten)]
    findings: JsonReport<'a>,
    mesh: &'a str,
    pending: bool,
    authorities: Authorities<'a>,
    certificates: Certificates<'a>,
    clusters: Clusters<'a>,
    links: &'a std::collections::BTreeMap<String, crate::plan::LinkChange>,
    bundles: Bundles<'a>,
    overdue: &'a BTreeSet<BundleId>,
    removed: &'a BTreeSet<String>,
    waves: &'a [Wave],
}

struct Authorities<'a>(&'a Plan);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authority<'a> {
    name: &'a str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
}

impl Serialize for Authorities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.authorities.iter().map(|(name, authority)| Authority {
            name: name.as_str(),
            action: match authority {
                AuthorityPlan::Create(_) => "create",
                AuthorityPlan::Kept(_) => "keep",
                AuthorityPlan::Provided { key: Some(_), .. } => "brought",
                AuthorityPlan::Provided { key: None, .. } => "trust",
            },
            fingerprint: authority.fingerprint(),
        }))
    }
}

struct Certificates<'a>(&'a Plan);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate<'a> {
    name: String,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    signer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_names: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_addresses: Option<&'a [std::net::IpAddr]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    not_after: String,
}

impl Serialize for Certificates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.credentials.iter().map(|(key, plan)| {
            let request = match &plan.action {
                CredentialAction::Issue { request, reason } => Some((request, *reason)),
                CredentialAction::Keep { .. } => None,
            };
            Certificate {
                name: key.to_string(),
                action: if request.is_some() { "issue" } else { "keep" },
                reason: request.map(|(_, reason)| reason),
                signer: plan.signer.as_str(),
                usage: request.map(|(request, _)| request.usage),
                common_name: request.map(|(request, _)| request.common_name.as_str()),
                dns_names: request.map(|(request, _)| request.dns_names.as_slice()),
                ip_addresses: request.map(|(request, _)| request.ip_addresses.as_slice()),
                serial: plan.serial(),
                not_before: request.map(|(request, _)| rfc3339(request.not_before)),
                not_after: rfc3339(plan.not_after()),
            }
        }))
    }
}

fn rfc3339(time: time::OffsetDateTime) -> String {
    time.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

struct Clusters<'a>(&'a Plan);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cluster<'a> {
    name: &'a str,
    id: i64,
    reads: Vec<&'a str>,
    nodes: Vec<&'a str>,
    members: Vec<&'a str>,
    files: Files<'a>,
    member_files: Vec<FileEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorisation: Option<Rights<'a>>,
}

/// Users and roles of the cluster's etcd.
#[derive(Serialize)]
struct Rights<'a> {
    roles: Vec<Role<'a>>,
    retired: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct Role<'a> {
    name: &'static str,
    grants: Vec<Grant<'a>>,
    users: Vec<&'a str>,
}

#[derive(Serialize)]
struct Grant<'a> {
    access: &'static str,
    key: &'a str,
    prefix: bool,
}

impl<'a> Rights<'a> {
    fn of(plan: &'a Authorisation) -> Self {
        let roles = plan.roles.iter().map(|(role, plan)| Role {
            name: role.name(),
            grants: plan
                .grants
                .iter()
                .map(|grant| Grant { access: grant.access.name(), key: &grant.range.key, prefix: grant.range.prefix })
                .collect(),
            users: plan.users.iter().map(AsRef::as_ref).collect(),
        });
        Self { roles: roles.collect(), retired: &plan.retired }
    }
}

impl Serialize for Clusters<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clusters.iter().map(|cluster| Cluster {
            name: cluster.name.as_str(),
            id: cluster.id,
            reads: cluster.links.iter().map(|link| link.remote.as_str()).collect(),
            nodes: cluster.nodes.iter().map(|node| node.name.as_str()).collect(),
            authorisation: cluster.authorisation.as_ref().map(Rights::of),
            members: cluster.members.iter().map(|member: &MemberPlan| member.name.as_str()).collect(),
            files: Files(cluster),
            // The same for each of them.
            member_files: cluster.members.iter().take(1).flat_map(member_files).map(|file| entry(file.path, file.mode)).collect(),
        }))
    }
}

/// The files of each of the cluster's node bundles, in the order of the archive.
struct Files<'a>(&'a ClusterPlan);

#[derive(Serialize)]
struct FileEntry {
    path: String,
    mode: String,
}

fn entry(path: String, mode: u32) -> FileEntry {
    FileEntry { path, mode: format!("{mode:04o}") }
}

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let files = node_files(self.0).filter(|_| !self.0.nodes.is_empty());
        serializer.collect_seq(files.map(|file| entry(file.path, file.mode)))
    }
}

struct Bundles<'a>(&'a Plan);

#[derive(Serialize)]
struct Bundle<'a> {
    path: &'a BundleId,
    generation: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<BundleChange>,
}

impl Serialize for Bundles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let gone = self.0.change.bundles.iter().filter(|(_, change)| **change == BundleChange::Gone);
        let gone = gone.map(|(path, change)| Bundle { path, generation: 0, change: Some(*change) });
        let there = self.0.bundles.iter().map(|(path, plan)| Bundle { path, generation: plan.generation, change: plan.change });
        serializer.collect_seq(there.chain(gone))
    }
}
