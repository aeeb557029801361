//! What `state check` reports: what is wrong with a state, and how much there is in it.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::audit::AuditCounts;
use crate::diag::{Count, Report, print_open};
use crate::plan::Inventory;

use super::findings::FindingsReport;

/// The report of `state check`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "stateCheck")]
pub struct StateCheckReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    mesh: &'a str,
    /// Number of changes in the state.
    revision: u64,
    /// What there is.
    #[serde(flatten)]
    counts: AuditCounts,
}

impl<'a> StateCheckReport<'a> {
    /// The report of `findings` about the state with `inventory`.
    pub fn of(findings: FindingsReport<'a>, inventory: &'a Inventory, counts: AuditCounts) -> Self {
        Self { findings, mesh: &inventory.mesh, revision: inventory.revision, counts }
    }
}

/// Prints findings, then what was checked; nothing but findings if `quiet`.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(
    out: &mut dyn Write,
    report: &StateCheckReport<'_>,
    findings: &Report<'_>,
    open: &str,
    (quiet, colour): (bool, bool),
) -> io::Result<()> {
    print_open(out, findings, colour)?;
    if quiet {
        return Ok(());
    }
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let AuditCounts { authorities, certificates, receipts, encrypted_keys, opened_keys } = report.counts;
    let Count { errors, warnings, .. } = Count::of(findings.findings);
    let verdict = match (errors, warnings) {
        (0, 0) => "whole".to_owned(),
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    };
    writeln!(
        out,
        "{}: mesh {}, {}, {}, {}: {verdict}",
        findings.file,
        report.mesh,
        plural(authorities, "CA"),
        plural(certificates, "certificate"),
        plural(receipts, "receipt"),
    )?;
    match (encrypted_keys, opened_keys) {
        (0, _) => Ok(()),
        (encrypted, 0) => writeln!(out, "{} encrypted and not opened: `{open}` tries it", are(encrypted)),
        (encrypted, _) => writeln!(out, "{} encrypted, and was opened", are(encrypted)),
    }
}

fn are(keys: usize) -> String {
    if keys == 1 { "the key of 1 CA is".to_owned() } else { format!("each of {keys} CA keys is") }
}
