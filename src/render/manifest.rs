//! The description of a bundle: `manifest.json` for installers, and `SHA256SUMS`.
//!
//! The manifest has no time and no version of meshbundle, so the same mesh and state always give the same bytes.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::mesh::Runtime;
use crate::plan::{BundleId, BundleRecord, ClusterPlan, Inventory, MemberPlan, NodePlan};

use super::RenderError;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    format: u32,
    kind: &'static str,
    mesh: &'a str,
    /// The random id of the state, which receipts repeat.
    state: &'a str,
    /// The branch of the state, if it was restored from a backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<u64>,
    cluster: ManifestCluster<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    generation: u64,
    /// No rollback goes behind this generation; none if nothing is known, or there is nothing behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<u64>,
    /// What decides the content, which receipts repeat.
    digest: &'a str,
    /// The version of the agents. A member has none: otherwise it would have to be shipped again when only the agents change.
    #[serde(skip_serializing_if = "Option::is_none")]
    cilium: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<RuntimeWords<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_dir: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Vec<ManifestCluster<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_links: Option<&'a BTreeSet<String>>,
}

#[derive(Serialize)]
struct ManifestCluster<'a> {
    name: &'a str,
    id: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuntimeWords<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_root: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
}

fn runtime(runtime: &Runtime) -> RuntimeWords<'_> {
    let words = RuntimeWords { kind: runtime.word(), service: None, host_root: None, unit: None };
    match runtime {
        Runtime::Compose { service, host_root, .. } => {
            RuntimeWords { service: Some(service), host_root: Some(host_root), ..words }
        }
        Runtime::Systemd { unit } => RuntimeWords { unit: Some(unit), ..words },
        Runtime::Helm(_) | Runtime::External => words,
    }
}

fn json(manifest: &Manifest<'_>, path: &str) -> Result<String, RenderError> {
    let text = serde_json::to_string_pretty(manifest);
    text.map(|text| text + "\n").map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })
}

pub(super) fn record<'a>(inventory: &'a Inventory, bundle: &BundleId) -> Result<&'a BundleRecord, RenderError> {
    inventory.bundles.get(bundle).ok_or_else(|| RenderError::Missing(bundle.to_string()))
}

fn floor(record: &BundleRecord) -> Option<u64> {
    record.floor.filter(|floor| *floor > 1)
}

pub(super) fn of_node(inventory: &Inventory, cluster: &ClusterPlan, node: &NodePlan, path: &str) -> Result<String, RenderError> {
    let record = record(inventory, &cluster.node_bundle(node))?;
    let links = cluster.links.iter().map(|link| ManifestCluster { name: link.remote.as_str(), id: link.remote_id });
    let manifest = Manifest {
        format: 1,
        kind: "node",
        mesh: &inventory.mesh,
        state: &inventory.id,
        branch: record.branch,
        cluster: ManifestCluster { name: cluster.name.as_str(), id: cluster.id },
        node: Some(&node.name),
        hostname: node.hostname.as_deref(),
        member: None,
        owner: None,
        generation: record.generation,
        floor: floor(record),
        digest: record.digest(),
        cilium: Some(cluster.version.to_string()),
        runtime: Some(runtime(&cluster.runtime)),
        config_dir: Some(&cluster.config_dir),
        links: Some(links.collect()),
        removed_links: Some(&cluster.removed),
    };
    json(&manifest, path)
}

pub(super) fn of_member(
    inventory: &Inventory,
    cluster: &ClusterPlan,
    member: &MemberPlan,
    path: &str,
) -> Result<String, RenderError> {
    let record = record(inventory, &cluster.member_bundle(member))?;
    let manifest = Manifest {
        format: 1,
        kind: "member",
        mesh: &inventory.mesh,
        state: &inventory.id,
        branch: record.branch,
        cluster: ManifestCluster { name: cluster.name.as_str(), id: cluster.id },
        node: None,
        hostname: None,
        member: Some(member.name.as_str()),
        owner: cluster.owner.as_deref(),
        generation: record.generation,
        floor: floor(record),
        digest: record.digest(),
        cilium: None,
        runtime: None,
        config_dir: None,
        links: None,
        removed_links: None,
    };
    json(&manifest, path)
}

/// What says on an object of Kubernetes which bundle it is of, and of how many objects that consists.
#[derive(Serialize)]
struct Annotation<'a> {
    mesh: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<u64>,
    unit: String,
    /// The cluster-id.
    id: i64,
    /// Where the pods are that mount them.
    namespace: &'a str,
    generation: u64,
    digest: &'a str,
    objects: usize,
}

/// The annotation of the objects of a Helm cluster, which are `objects`, in the namespace of the release.
pub(super) fn annotation(
    inventory: &Inventory,
    cluster: &ClusterPlan,
    namespace: &str,
    objects: usize,
) -> Result<String, RenderError> {
    let bundle = cluster.helm_bundle();
    let record = record(inventory, &bundle)?;
    let annotation = Annotation {
        mesh: &inventory.mesh,
        state: &inventory.id,
        branch: record.branch,
        unit: bundle.unit(),
        id: cluster.id,
        namespace,
        generation: record.generation,
        digest: record.digest(),
        objects,
    };
    serde_json::to_string(&annotation).map_err(|error| RenderError::Serialise { path: bundle.to_string(), source: error.into() })
}

/// The lines of `SHA256SUMS`, as sha256sum(1) reads them.
pub fn sums<'a>(files: impl Iterator<Item = (&'a str, &'a [u8; 32])>) -> String {
    let mut text = String::new();
    for (path, digest) in files {
        text.push_str(&hex::encode(digest));
        text.push_str("  ");
        text.push_str(path);
        text.push('\n');
    }
    text
}
