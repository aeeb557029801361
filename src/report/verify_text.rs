//! What `verify` says to people: what agents would connect to, then the findings.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::diag::{Nowhere, Report, print as print_report, print_open};
use crate::verify::{Proof, days_left};

use super::table;
use super::verify::{LinkReport, Looked, Verified};

/// Of more files than this only the sum is told.
pub const ALL_SHOWN: usize = 8;

pub fn print(out: &mut dyn Write, verified: &Verified, quiet: bool, colour: bool) -> io::Result<()> {
    if quiet {
        let report = Report { file: "", source: "", places: &Nowhere, findings: &verified.findings, unchecked: &[] };
        return print_open(out, &report, colour);
    }
    if verified.looked.len() <= ALL_SHOWN {
        verified.looked.iter().try_for_each(|looked| one(out, looked, verified))?;
    } else {
        all(out, verified)?;
    }
    let name = match verified.looked.as_slice() {
        [one] => one.file.clone(),
        several => format!("{} files and folders", several.len()),
    };
    let report = Report { file: &name, source: "", places: &Nowhere, findings: &verified.findings, unchecked: &[] };
    print_report(out, &report, colour)
}

/// What one is, and its links in a table.
fn one(out: &mut dyn Write, looked: &Looked, verified: &Verified) -> io::Result<()> {
    let own = looked.own.name.as_deref().map(|name| format!(" of `{}`", name.escape_debug())).unwrap_or_default();
    if let Some((member, ends)) = &looked.member {
        let days = days(*ends, verified);
        let member = member.escape_debug();
        return writeln!(out, "{}: etcd member `{member}`{own}; its certificate has {days} days left\n", looked.file);
    }
    writeln!(out, "{}: agents{own}, Cilium {}", looked.file, looked.version)?;
    if looked.links.is_empty() {
        return writeln!(out, "  no cluster\n");
    }
    let head = ["cluster", "endpoints", "user", "days", "proven"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(looked.links.iter().map(|link| row(link, verified))).collect();
    table::print(out, "  ", &rows)?;
    writeln!(out)
}

fn row(link: &LinkReport, verified: &Verified) -> [String; 5] {
    let endpoints = match link.endpoints.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [one, more @ ..] => format!("{one} +{}", more.len()),
    };
    let user = link.user.clone().unwrap_or_else(|| "-".to_owned());
    [link.cluster.clone(), endpoints, user, days(link.ends, verified), words(link.proof).to_owned()]
}

fn words(proof: Proof) -> &'static str {
    match proof {
        Proof::None => "-",
        Proof::Servers => "servers",
        Proof::Both => "both ends",
        Proof::Refuted => "refuted",
    }
}

fn days(end: Option<time::OffsetDateTime>, verified: &Verified) -> String {
    end.map_or_else(|| "-".to_owned(), |end| days_left(end, verified.now).to_string())
}

/// Only how many there are of each.
fn all(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    let members = verified.looked.iter().filter(|looked| looked.member.is_some()).count();
    let links: usize = verified.looked.iter().map(|looked| looked.proofs.len()).sum();
    let count =
        |wanted: Proof| verified.looked.iter().flat_map(|looked| &looked.proofs).filter(|proof| **proof == wanted).count();
    let nodes = verified.looked.len() - members;
    let versions: BTreeSet<_> =
        verified.looked.iter().filter(|looked| looked.member.is_none()).map(|looked| looked.version).collect();
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    writeln!(out, "{nodes} for agents (Cilium {}), {members} for etcd members", versions.join(", "))?;
    let (both, servers, refuted) = (count(Proof::Both), count(Proof::Servers), count(Proof::Refuted));
    writeln!(out, "{links} links: {both} proven at both ends, {servers} at the servers' end, {refuted} refuted\n")
}
