//! What `generate` reports to people.

use std::io::{self, Write};

use crate::generate::Summary;

use super::generate::{GenerateReport, NothingDue};
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
    if let Some(first) = &report.nothing_due {
        nothing_due(out, first)?;
    }
    if report.rekeyed {
        writeln!(out, "{REKEYED}")?;
    }
    if *left > 0 {
        writeln!(out, "{} left for a run without --cluster and --node", plural(left, "archive is", "archives are"))?;
    }
    let waiting = [(report.next_signers, "a new CA does not sign yet"), (report.kept, "something old is kept")];
    let waiting: Vec<&str> = waiting.iter().filter(|(count, _)| *count > 0).map(|(_, what)| *what).collect();
    if !waiting.is_empty() {
        writeln!(out, "{}: `meshbundle rollout status` shows what that waits for", waiting.join(", and "))?;
    }
    if *authorities > 0 {
        writeln!(out, "the state now holds CA keys: back it up, and never ship it")?;
    }
    if report.ships {
        writeln!(out, "what changed, and in which order to ship it: {}", report.out.join("index.json").display())?;
    }
    Ok(())
}

/// Says so, and until when that is good.
fn nothing_due(out: &mut dyn Write, first: &NothingDue) -> io::Result<()> {
    let NothingDue { expires, unit, undetermined } = first;
    let date = expires.date();
    let Some(unit) = unit else { return writeln!(out, "nothing to renew: the first certificate expires on {date}") };
    let at_most = if *undetermined { " at most" } else { "" };
    writeln!(out, "nothing to renew, but {unit} may still have an earlier certificate, valid until {date}{at_most}")?;
    writeln!(out, "  ship its bundle, or record what is installed: `meshbundle rollout status` lists what is left")
}
