//! What `smoke` reports: the two clusters, and what was written.

use std::io::{self, Write};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::smoke::{PolicyMeans, Side, SideKind};

use super::findings::FindingsReport;

/// The report of `smoke`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "smoke")]
pub struct SmokeReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    mesh: &'a str,
    /// The two clusters, in the order that they were named.
    clusters: Vec<SideView<'a>>,
    /// The folder of the kit.
    #[schemars(with = "String")]
    out: &'a Path,
    /// Files that were written.
    written: usize,
    /// Files that were right already.
    unchanged: usize,
}

/// A cluster of the kit.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SmokeSide")]
struct SideView<'a> {
    /// Its name.
    name: &'a str,
    /// What its workloads are.
    workloads: Workloads,
    /// Whether the mesh does not say that its agents have Kubernetes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    assumed: bool,
    /// How its agents get the policy.
    policy: PolicyBy,
}

/// What the workloads of a cluster are.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Workloads {
    /// Pods of Kubernetes.
    Pods,
    /// Processes that CNI attaches.
    Containers,
}

/// How agents get a policy.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum PolicyBy {
    /// As an object of Kubernetes.
    Kubernetes,
    /// `policy import`.
    Import,
    /// `static-cnp-path`.
    StaticFiles,
}

impl<'a> SmokeReport<'a> {
    /// The report of a kit for `sides` in the folder `out`, of which `written` files were written and `unchanged` were right already.
    pub fn of(
        findings: FindingsReport<'a>,
        mesh: &'a str,
        sides: &'a [Side; 2],
        out: &'a Path,
        (written, unchanged): (usize, usize),
    ) -> Self {
        Self { findings, mesh, clusters: sides.iter().map(SideView::of).collect(), out, written, unchanged }
    }
}

impl<'a> SideView<'a> {
    fn of(side: &'a Side) -> Self {
        let (workloads, assumed, policy) = match side.kind {
            SideKind::Kubernetes { assumed } => (Workloads::Pods, assumed, PolicyBy::Kubernetes),
            SideKind::Containers(PolicyMeans::Import) => (Workloads::Containers, false, PolicyBy::Import),
            SideKind::Containers(PolicyMeans::Files) => (Workloads::Containers, false, PolicyBy::StaticFiles),
        };
        Self { name: side.name.as_str(), workloads, assumed, policy }
    }
}

/// Prints `smoke`; what is wrong was printed before it.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &SmokeReport<'_>) -> io::Result<()> {
    writeln!(out, "mesh {}: {} files written, {} unchanged", report.mesh, report.written, report.unchanged)?;
    for side in &report.clusters {
        let workloads = match (side.workloads, side.assumed) {
            (Workloads::Pods, false) => "pods",
            (Workloads::Pods, true) => "pods; the mesh does not say whether it has Kubernetes (`cilium.kubernetes`)",
            (Workloads::Containers, _) => "processes that CNI attaches, without Kubernetes",
        };
        writeln!(out, "  {}: {workloads}", side.name)?;
    }
    writeln!(out, "the commands and the expected answers: {}", report.out.join("README.md").display())
}
