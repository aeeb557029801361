//! Links as text for people: a table, then the findings.

use std::io::{self, Write};

use crate::diag::{Code, Diagnostic, Nowhere, Report, print as print_findings, print_open};
use crate::probe::LinkProbe;

use super::overlap;
use super::probe::{LinkView, ProbeReport};
use super::table;
use super::verdict::{READY, verdict, working};

const HEAD: [&str; 6] = ["cluster", "endpoints", "verdict", "etcd", "round trip", "days left"];

/// A link whose verdict is another than before, in a line.
pub fn change(link: &LinkProbe) -> String {
    let away = link.findings.iter().find(|finding| finding.code == Code::LinkWentAway);
    match away.or(link.cause()) {
        Some(finding) => format!("{}: {} {}", link.cluster, finding.code, finding.message),
        None => format!("{}: {READY}{}", link.cluster, beside(link)),
    }
}

/// What is to be said of a link that is ready: endpoints that do not work, and warnings.
fn beside(link: &LinkProbe) -> String {
    let (working, all) = (working(link), link.attempts.len());
    let endpoints = if working < all { format!(", {working}/{all} endpoints") } else { String::new() };
    let mut codes: Vec<_> = link.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    let warnings = codes.iter().map(|code| format!(", {code} {}", code.entry().title));
    endpoints + &warnings.collect::<String>()
}

/// Prints the table with failures first, what causes them, and all `findings` of the round; quietly only the findings.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(
    out: &mut dyn Write,
    path: &str,
    report: &ProbeReport<'_>,
    findings: &[Diagnostic],
    quiet: bool,
    colour: bool,
) -> io::Result<()> {
    let found = Report { file: path, source: "", places: &Nowhere, findings, unchecked: &[] };
    if quiet {
        return print_open(out, &found, colour);
    }
    if !report.links.is_empty() {
        let (ready, failed): (Vec<&LinkView<'_>>, Vec<&LinkView<'_>>) = report.links.iter().partition(|link| link.ready);
        let rows = std::iter::once(HEAD.map(str::to_owned)).chain(failed.into_iter().chain(ready).map(row));
        table::print(out, "", &rows.collect::<Vec<_>>())?;
        overlap::print(out, report.links.iter().filter_map(|link| Some((link.cluster, link.rotation.as_ref()?))))?;
        writeln!(out)?;
    }
    writeln!(out, "{}\n", summary(report))?;
    print_findings(out, &found, colour)
}

/// How many links are ready, and how many are not by each cause.
fn summary(report: &ProbeReport<'_>) -> String {
    let sum = &report.summary;
    let head = format!("{} of {} links ready", sum.ready, sum.links);
    let causes = sum.causes.iter().map(|(code, count)| format!("; {count} × {code} {}", code.entry().title));
    head + &causes.collect::<String>()
}

fn row(link: &LinkView<'_>) -> [String; 6] {
    let none = || "-".to_owned();
    let version = link.attempts.iter().find_map(|attempt| attempt.etcd_version);
    let time = link.attempts.iter().filter(|attempt| attempt.error.is_none()).filter_map(|attempt| attempt.round_trip).max();
    [
        link.cluster.to_owned(),
        format!("{}/{}", link.working(), link.attempts.len()),
        verdict(link.code.map(|code| code.0)),
        version.map_or_else(none, str::to_owned),
        time.map_or_else(none, |time| format!("{} ms", time.as_millis())),
        link.expiry.days_left.map_or_else(none, |days| days.to_string()),
    ]
}
