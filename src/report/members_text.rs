//! Ports of members as text for people: a table, then what is left to do.

use std::io::{self, Write};

use super::members::{AskView, CasView, HolderView, MembersReport, PortView};
use super::table;

const HEAD: [&str; 5] = ["member", "port", "certificate", "days left", "CAs loaded"];

/// Prints the table with the ports that are not as they should be first, how many are, and what to do; quietly only what to do.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &MembersReport<'_>, quiet: bool) -> io::Result<()> {
    let (done, open): (Vec<_>, Vec<_>) = report.ports.iter().partition(|port| port.done);
    if !quiet {
        let rows = std::iter::once(HEAD.map(str::to_owned)).chain(open.iter().chain(&done).map(|port| row(port)));
        table::print(out, "", &rows.collect::<Vec<_>>())?;
        let all = report.ports.len();
        writeln!(out, "\nmesh {}: {} of {all} ports of members are as the newest bundles want them", report.mesh, done.len())?;
    }
    for (position, port) in open.iter().enumerate() {
        if position > 0 || !quiet {
            writeln!(out)?;
        }
        let at = port.address.map_or_else(|| port.number.to_string(), |address| address.to_string());
        writeln!(out, "{}, {} port {at}", port.unit, port.port)?;
        for step in &port.steps {
            writeln!(out, "  {}\n    help: {}", step.message, step.help)?;
        }
    }
    for unit in report.unissued {
        writeln!(out, "\n{unit}\n  it has no certificate yet\n    help: run `meshbundle generate`, and install its bundle")?;
    }
    Ok(())
}

fn row(port: &PortView<'_>) -> [String; 5] {
    let none = || "-".to_owned();
    let leaf = port.certificate.as_ref();
    let holder = leaf.map(|leaf| match leaf.holder {
        HolderView::Newest => "newest",
        HolderView::Earlier => "earlier",
        HolderView::Other => "of another",
        HolderView::Unknown => "unknown",
    });
    let days = leaf.and_then(|leaf| leaf.expiry.days_left);
    let fault = port.code.map(|code| format!("{} {}", code.0, code.0.entry().title));
    [
        port.unit.clone(),
        format!("{} {}", port.port, port.number),
        fault.or(holder.map(str::to_owned)).unwrap_or_else(none),
        days.map_or_else(none, |days| days.to_string()),
        cas(port).unwrap_or_else(none),
    ]
}

/// The CAs in a few words: `old; missing: new`.
fn cas(port: &PortView<'_>) -> Option<String> {
    let CasView { loaded, missing, left, strangers, undecided } = match (port.asks?, port.cas.as_ref()) {
        (AskView::Listed, cas) => cas?,
        (AskView::Any, _) => return Some("any".to_owned()),
        (AskView::Nobody, _) => return Some("asks for no certificate".to_owned()),
        (AskView::Unproven, _) => return Some("cannot tell".to_owned()),
    };
    let lists = [("", loaded), ("missing: ", missing), ("still: ", left), ("unknown: ", strangers), ("cannot tell: ", undecided)];
    let named = lists.into_iter().filter(|(_, names)| !names.is_empty());
    Some(named.map(|(word, names)| format!("{word}{}", names.join(", "))).collect::<Vec<_>>().join("; "))
}
