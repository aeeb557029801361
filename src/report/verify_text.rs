//! What `verify` says to people: what agents would connect to, then the findings.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::diag::{Diagnostic, Nowhere, Report, print as print_report, print_open};
use crate::verify::Container;

use super::overlap;
use super::table;
use super::verify::{ExpiryView, Proven, RevocationListView, SubjectView, VerifiedLink};

/// Of more subjects than this, text has only the sums.
pub const ALL_SHOWN: usize = 8;

/// Prints the subjects and the revocation lists, then the findings; quietly only the findings.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(
    out: &mut dyn Write,
    (subjects, lists): (&[SubjectView], &[RevocationListView]),
    findings: &[Diagnostic],
    quiet: bool,
    colour: bool,
) -> io::Result<()> {
    let name = match (subjects, lists) {
        ([one], []) => one.file.clone(),
        ([], [one]) => one.file.clone(),
        _ => format!("{} files and folders", subjects.len() + lists.len()),
    };
    let report = Report { file: &name, source: "", places: &Nowhere, findings, unchecked: &[] };
    if quiet {
        return print_open(out, &report, colour);
    }
    if subjects.len() <= ALL_SHOWN {
        subjects.iter().try_for_each(|subject| one(out, subject))?;
    } else {
        all(out, subjects)?;
    }
    for RevocationListView { file, signer, revoked } in lists {
        let certificates = if *revoked == 1 { "certificate" } else { "certificates" };
        writeln!(out, "{file}: a revocation list of `{signer}`, with {revoked} {certificates}\n")?;
    }
    print_report(out, &report, colour)
}

/// What one is, and its links in a table.
fn one(out: &mut dyn Write, subject: &SubjectView) -> io::Result<()> {
    let of = subject.cluster.as_deref().map(|name| format!(" of `{}`", name.escape_debug())).unwrap_or_default();
    if let Some(member) = &subject.member {
        let (member, days) = (member.escape_debug(), days(subject.expiry));
        writeln!(out, "{}: etcd member `{member}`{of}; its certificate has {days} days left", subject.file)?;
        overlap::print(out, subject.rotation.iter().map(|view| ("clients and this member", view)))?;
        return writeln!(out);
    }
    if subject.is_sealed {
        return writeln!(out, "{}: sealed or encrypted Secrets\n", subject.file);
    }
    let reader = match subject.container {
        Container::Agents => "agents",
        Container::KvStoreMesh => "KVStoreMesh",
        Container::Apiserver => return writeln!(out, "{}: client certificates{of}\n", subject.file),
    };
    writeln!(out, "{}: {reader}{of}, Cilium {}", subject.file, subject.cilium)?;
    if subject.links.is_empty() {
        return writeln!(out, "  no cluster\n");
    }
    let head = ["cluster", "endpoints", "user", "days", "proven"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(subject.links.iter().map(row)).collect();
    table::print(out, "  ", &rows)?;
    overlap::print(out, subject.links.iter().filter_map(|link| Some((link.cluster.as_str(), link.rotation.as_ref()?))))?;
    writeln!(out)
}

fn row(link: &VerifiedLink) -> [String; 5] {
    let endpoints = match link.endpoints.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [one, more @ ..] => format!("{one} +{}", more.len()),
    };
    let user = link.user.clone().unwrap_or_else(|| "-".to_owned());
    [link.cluster.clone(), endpoints, user, days(link.expiry), words(link.proven).to_owned()]
}

fn words(proven: Proven) -> &'static str {
    match proven {
        Proven::Unknown => "-",
        Proven::Servers => "servers",
        Proven::Both => "both ends",
        Proven::Refuted => "refuted",
    }
}

fn days(expiry: ExpiryView) -> String {
    expiry.days_left.map_or_else(|| "-".to_owned(), |days| days.to_string())
}

/// Only how many there are of each.
fn all(out: &mut dyn Write, subjects: &[SubjectView]) -> io::Result<()> {
    let members = subjects.iter().filter(|subject| subject.member.is_some()).count();
    let proofs = || subjects.iter().flat_map(|subject| &subject.proofs);
    let count = |wanted: Proven| proofs().filter(|proof| **proof == wanted).count();
    let nodes = subjects.len() - members;
    let versions: BTreeSet<_> =
        subjects.iter().filter(|subject| subject.member.is_none()).map(|subject| subject.cilium).collect();
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    writeln!(out, "{nodes} for agents (Cilium {}), {members} for etcd members", versions.join(", "))?;
    let (links, both, servers, refuted) = (proofs().count(), count(Proven::Both), count(Proven::Servers), count(Proven::Refuted));
    writeln!(out, "{links} links: {both} proven at both ends, {servers} at the servers' end, {refuted} refuted\n")
}
