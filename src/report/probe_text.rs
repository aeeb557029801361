//! Links as text for people: a table, then the findings.

use std::io::{self, Write};

use time::OffsetDateTime;

use crate::diag::{Diagnostic, Nowhere, Report, print as print_findings, print_open};
use crate::probe::LinkProbe;

use super::round::Round;
use super::table;

/// The verdict of a link that works.
pub const READY: &str = "ready";

const HEAD: [&str; 6] = ["cluster", "endpoints", "verdict", "etcd", "round trip", "days left"];

/// `ready`, or the code and the title of the cause.
pub fn verdict(link: &LinkProbe) -> String {
    link.cause().map_or_else(|| READY.to_owned(), |cause| format!("{} {}", cause.code, cause.code.entry().title))
}

/// A link whose verdict is another than before, in a line.
pub fn change(link: &LinkProbe) -> String {
    let away = link.findings.iter().find(|finding| finding.code == crate::diag::Code::LinkWentAway);
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

/// How many endpoints work.
pub fn working(link: &LinkProbe) -> usize {
    link.attempts.iter().filter(|attempt| attempt.fault.is_none()).count()
}

/// Prints the table with failures first, what causes them, and all findings. Quietly: only the
/// findings.
pub fn print(
    out: &mut dyn Write,
    path: &str,
    round: &Round,
    only_failed: bool,
    colour: bool,
    now: OffsetDateTime,
    quiet: bool,
) -> io::Result<()> {
    let (ready, failed): (Vec<&LinkProbe>, Vec<&LinkProbe>) = round.links.iter().partition(|link| link.ready());
    let links: Vec<&LinkProbe> = failed.into_iter().chain(ready.into_iter().filter(|_| !only_failed)).collect();
    let findings: Vec<Diagnostic> = links.iter().flat_map(|link| &link.findings).chain(&round.beside.findings).cloned().collect();
    let report = Report { file: path, source: "", places: &Nowhere, findings: &findings, unchecked: &[] };
    if quiet {
        return print_open(out, &report, colour);
    }
    if !links.is_empty() {
        let rows: Vec<[String; 6]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(links.iter().map(|link| row(link, now))).collect();
        table::print(out, "", &rows)?;
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(round))?;
    writeln!(out)?;
    print_findings(out, &report, colour)
}

/// How many links are ready, and how many are not by each cause.
fn summary(round: &Round) -> String {
    let causes = round.causes();
    let all = round.links.len() + round.beside.missing.len();
    let ready = round.links.iter().filter(|link| link.ready()).count();
    let head = format!("{ready} of {all} links ready");
    let causes = causes.iter().map(|(code, count)| format!("; {count} × {code} {}", code.entry().title));
    head + &causes.collect::<String>()
}

fn row(link: &LinkProbe, now: OffsetDateTime) -> [String; 6] {
    let none = || "-".to_owned();
    let working = working(link);
    let version = link.attempts.iter().find_map(|attempt| attempt.etcd_version.clone());
    let time = link.attempts.iter().filter(|attempt| attempt.fault.is_none()).filter_map(|attempt| attempt.round_trip).max();
    [
        link.cluster.clone(),
        format!("{working}/{}", link.attempts.len()),
        verdict(link),
        version.unwrap_or_else(none),
        time.map_or_else(none, |time| format!("{} ms", time.as_millis())),
        link.expiry.as_ref().map_or_else(none, |expiry| expiry.days_left(now).to_string()),
    ]
}
