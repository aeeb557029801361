//! What `generate` reports: the findings, and what was done.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;

use crate::certs::{CertKind, CertList};
use crate::generate::Summary;
use crate::plan::{BundleId, Plan, Selector};

use super::findings::FindingsReport;
use super::value::Timestamp;

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
    /// What is in use, if a renewal was asked for and nothing was due.
    #[serde(rename = "nothingDue", skip_serializing_if = "Option::is_none")]
    pub(super) nothing_due: Option<NothingDue>,
    /// Whether certificates got new keys because that was asked for.
    #[serde(skip)]
    pub(super) rekeyed: bool,
    /// Whether there is something new to ship.
    #[serde(skip)]
    pub(super) ships: bool,
}

/// The certificate that expires first, after a renewal in which nothing was due. What was issued last need not be in use.
#[derive(Serialize, JsonSchema)]
pub(super) struct NothingDue {
    /// When it expires.
    pub(super) expires: Timestamp,
    /// The unit that may have it, if it is not the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
    /// Whether something else may be in use there, so that it cannot be told when it expires.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) undetermined: bool,
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
            nothing_due: None,
            rekeyed: plan.is_rekeying(),
            ships: summary.written > 0 || !plan.change.bundles.is_empty(),
        }
    }

    /// The same after a renewal in which nothing was due, with what may be in use of all that was issued, or at the units that were selected.
    #[must_use]
    pub fn with_nothing_due(self, list: &CertList, only: &[Selector]) -> Self {
        let is_selected = |bundle: &BundleId| only.iter().any(|selector| selector.covers(bundle));
        let mut leaves = list.entries.iter().filter(|entry| entry.kind != CertKind::Ca && entry.newest.is_some());
        let first = leaves.find(|entry| only.is_empty() || entry.carried_by.iter().any(is_selected));
        let nothing_due = first.and_then(|entry| {
            let in_use = entry.in_use.as_ref()?;
            Some(NothingDue {
                expires: Timestamp::from_unix(in_use.issued.not_after),
                unit: in_use.at.as_ref().map(BundleId::unit),
                undetermined: entry.is_unsure(),
            })
        });
        Self { nothing_due, ..self }
    }
}
