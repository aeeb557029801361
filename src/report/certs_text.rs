//! Certificates for people: those that expire on one day, and are of one kind, share a line. A mesh may have 65,000.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::certs::CertKind;
use crate::diag::plural;
use crate::verify::{moment, time_left};

use super::certs::{CertView, CertsReport};
use super::rest;
use super::table;
use super::value::Timestamp;

/// Lines that are printed, the first to expire first.
const NAMED: usize = 24;
/// Links of a line that are named one by one.
const LINKS: usize = 3;

/// Certificates of one kind, with the same days.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    /// Those that are used nowhere come last.
    is_unused: bool,
    expires: Option<time::Date>,
    is_known: bool,
    kind: CertKind,
    newest: Option<time::Date>,
    renew_at: Option<time::Date>,
    stops: bool,
}

/// Prints `certs list`.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &CertsReport<'_>) -> io::Result<()> {
    writeln!(out, "{}", heading(report))?;
    let mut groups: BTreeMap<GroupKey, Vec<&CertView<'_>>> = BTreeMap::new();
    for view in &report.certificates {
        groups.entry(key(view)).or_default().push(view);
    }
    let rows: Vec<[String; 6]> = groups.iter().take(NAMED).map(|(key, views)| row(report, key, views)).collect();
    if !rows.is_empty() {
        let head = ["expires", "days left", "newest", "renew at", "certificate", "links that stop then"].map(str::to_owned);
        writeln!(out)?;
        table::print(out, "", &[vec![head], rows].concat())?;
        rest::print(out, "", groups.len(), NAMED)?;
    }
    behind(out, report)?;
    for installed in &report.installed {
        let due = if installed.due.is_empty() { String::new() } else { format!("; restart due: {}", installed.due.join(", ")) };
        writeln!(out, "\ninstalled: {}, generation {}{due}", installed.unit, installed.generation)?;
    }
    Ok(())
}

fn heading(report: &CertsReport<'_>) -> String {
    let all = &report.certificates;
    let of = report.mesh.map_or_else(|| report.files.join(", "), |mesh| format!("mesh {mesh}"));
    let cas = all.iter().filter(|view| view.kind == CertKind::Ca).count();
    let counts = format!("{}, {}", plural(cas, "CA"), plural(all.len() - cas, "certificate"));
    if let Some(until) = report.until {
        return match all.len() {
            0 => format!("{of}: nothing expires until {}", until.date()),
            _ => format!("{of}: {counts} may expire until {}", until.date()),
        };
    }
    let first = all.iter().find_map(|view| view.in_use.expires.zip(view.in_use.days_left));
    match first {
        Some((expires, days)) => {
            let (at, now) = (expires.time(), report.at.time());
            match days {
                ..0 => format!("{of}: {counts}; the first expired on {}", moment(at, now)),
                _ => format!("{of}: {counts}; the first expires on {}, {}", moment(at, now), time_left(at, now)),
            }
        }
        None => format!("{of}: {counts}"),
    }
}

fn key(view: &CertView<'_>) -> GroupKey {
    let day = |time: Option<Timestamp>| time.map(Timestamp::date);
    GroupKey {
        is_unused: view.in_use.expires.is_none(),
        expires: day(view.in_use.expires),
        is_known: !view.undetermined,
        kind: view.kind,
        newest: day(view.newest.as_ref().and_then(|newest| newest.expires)),
        renew_at: day(view.renew_at),
        stops: view.stops,
    }
}

fn row(report: &CertsReport<'_>, key: &GroupKey, views: &[&CertView<'_>]) -> [String; 6] {
    let date = |date: Option<time::Date>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let days = views.iter().filter_map(|view| view.in_use.days_left).min();
    let first = views.iter().filter_map(|view| view.in_use.expires).min();
    let date_in_use = first.map(|first| moment(first.time(), report.at.time())).unwrap_or_default();
    let (expires, left) = match days {
        None => ("not in use".to_owned(), "-".to_owned()),
        Some(days) if key.is_known || days < 0 => (date_in_use, days_or_expired(days)),
        Some(days) => (date_in_use, format!("cannot tell, at most {days}")),
    };
    let newest = views.iter().filter_map(|view| view.newest.as_ref()?.days_left).min();
    let newest = newest.filter(|_| report.mesh.is_some()).map_or_else(|| "-".to_owned(), days_or_expired);
    [expires, left, newest, date(key.renew_at), words(key.kind, views), links(key, views)]
}

fn days_or_expired(days: i64) -> String {
    if days < 0 { "expired".to_owned() } else { days.to_string() }
}

/// Which certificates they are.
fn words(kind: CertKind, views: &[&CertView<'_>]) -> String {
    if let [view] = views {
        let one = if kind == CertKind::Ca { view.name.to_owned() } else { format!("{}: {}", kind.word(), view.name) };
        return if view.name.contains('/') { view.name.to_owned() } else { one };
    }
    let clusters: BTreeSet<&str> = views.iter().filter_map(|view| view.cluster).collect();
    let of = match clusters.len() {
        0 => String::new(),
        1 => format!(" of {}", clusters.first().copied().unwrap_or_default()),
        count => format!(" of {count} clusters"),
    };
    match kind {
        CertKind::Ca => format!("{} CAs", views.len()),
        CertKind::Local => format!("{} local clients{of}", views.len()),
        CertKind::Leaf => format!("{} leaves", views.len()),
        CertKind::Server | CertKind::Peer | CertKind::Client => format!("{} {}s{of}", views.len(), kind.word()),
    }
}

/// The links that stop with them.
fn links(key: &GroupKey, views: &[&CertView<'_>]) -> String {
    let links: BTreeSet<(&str, &str)> = views.iter().flat_map(|view| view.each_link()).collect();
    match key.kind {
        _ if key.is_unused => "-".to_owned(),
        CertKind::Peer => "members among each other".to_owned(),
        CertKind::Local => "at their own etcd".to_owned(),
        _ if links.is_empty() => "-".to_owned(),
        _ if !key.stops => format!("none: others are left for {}", plural(links.len(), "link")),
        _ => {
            let named: Vec<String> = links.iter().take(LINKS).map(|(reader, remote)| format!("{reader} → {remote}")).collect();
            match links.len().saturating_sub(LINKS) {
                0 => named.join(", "),
                more => format!("{}, and {more} more", named.join(", ")),
            }
        }
    }
}

/// What may be older than what was issued last.
fn behind(out: &mut dyn Write, report: &CertsReport<'_>) -> io::Result<()> {
    let late = || report.certificates.iter().filter(|view| view.behind > 0);
    let Some(unit) = late().find_map(|view| view.unit.as_deref()) else { return Ok(()) };
    let count = late().count();
    let (what, have) = if count == 1 { ("1 certificate", "was") } else { (&*format!("{count} certificates"), "were") };
    writeln!(out, "\n{what} {have} issued anew, and units may still have earlier ones: {unit}{}", more_units(late()))?;
    writeln!(out, "  ship their bundles, or record what is installed: `meshbundle rollout status` lists them")
}

fn more_units<'a>(late: impl Iterator<Item = &'a CertView<'a>>) -> String {
    let units: BTreeSet<&str> = late.filter_map(|view| view.unit.as_deref()).collect();
    if units.len() > 1 { format!(" and {} more", units.len() - 1) } else { String::new() }
}
