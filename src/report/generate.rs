//! What `generate` reports: the findings, and what was done.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::generate::Summary;
use crate::plan::Plan;

use super::findings::FindingsReport;

/// The report of `generate`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "generate")]
pub struct GenerateReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// The output folder.
    pub(super) out: &'a Path,
    /// What was done.
    pub(super) done: &'a Summary,
    /// How many CAs are trusted already, and wait for evidence before they sign.
    pub(super) next_signers: usize,
    /// How many things are kept for bundles that may still be installed.
    pub(super) kept: usize,
    /// Whether certificates got new keys because that was asked for.
    #[serde(skip)]
    pub(super) rekeyed: bool,
    /// Whether there is something new to ship.
    #[serde(skip)]
    pub(super) ships: bool,
}

impl<'a> GenerateReport<'a> {
    /// The report of `summary`: `plan` was carried out, and `out` was written.
    pub fn of(findings: FindingsReport<'a>, plan: &'a Plan, out: &'a Path, summary: &'a Summary) -> Self {
        let (next_signers, kept) = (plan.next.len(), plan.kept.len());
        Self {
            findings,
            mesh: plan.mesh.as_str(),
            out,
            done: summary,
            next_signers,
            kept,
            rekeyed: plan.is_rekeying(),
            ships: summary.written > 0 || !plan.change.bundles.is_empty(),
        }
    }
}
