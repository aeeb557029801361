//! What `generate` reports to people.

use std::io::{self, Write};

use crate::generate::Summary;

use super::generate::GenerateReport;
use super::plan_text::REKEYED;

/// Prints what was done.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &GenerateReport<'_>) -> io::Result<()> {
    let Summary { authorities, certificates, written, unchanged, left } = report.done;
    let plural = |n: &usize, one: &str, many: &str| format!("{n} {}", if *n == 1 { one } else { many });
    writeln!(
        out,
        "mesh {}: {} created, {} issued, {} written, {unchanged} unchanged",
        report.mesh,
        plural(authorities, "CA", "CAs"),
        plural(certificates, "certificate", "certificates"),
        plural(written, "archive", "archives"),
    )?;
    if report.rekeyed {
        writeln!(out, "{REKEYED}")?;
    }
    if *left > 0 {
        writeln!(out, "{} left for a run without --cluster and --node", plural(left, "archive is", "archives are"))?;
    }
    if *authorities > 0 {
        writeln!(out, "the state now holds CA keys: back it up, and never ship it")?;
    }
    if *written > 0 {
        writeln!(out, "what changed, and in which order to ship it: {}", report.out.join("index.json").display())?;
    }
    Ok(())
}
