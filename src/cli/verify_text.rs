//! What `verify` says to people: what agents would connect to, then the findings.

use std::io::{self, Write};

use crate::diag::{Nowhere, Report, print as print_report};
use crate::verify::{Certificate, Peer, Proof, Seen};

use super::terminal::colour_on;
use super::verify::Verified;

/// Of more files than this only the sum is told.
const ALL_SHOWN: usize = 8;

pub(super) fn print(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    if verified.seen.len() <= ALL_SHOWN {
        for (seen, proofs) in verified.seen.iter().zip(&verified.proofs) {
            one(out, seen, proofs, verified)?;
        }
    } else {
        all(out, verified)?;
    }
    let name = match verified.seen.as_slice() {
        [one] => one.file.clone(),
        several => format!("{} files and folders", several.len()),
    };
    let report = Report { file: &name, source: "", places: &Nowhere, findings: &verified.findings, unchecked: &[] };
    print_report(out, &report, colour_on(&io::stdout()))
}

/// What one is, and its links in a table.
fn one(out: &mut dyn Write, seen: &Seen, proofs: &[Proof], verified: &Verified) -> io::Result<()> {
    let own = seen.own.name.as_deref().map(|name| format!(" of `{}`", name.escape_debug())).unwrap_or_default();
    if let Some(member) = &seen.member {
        let days = days(member.chain.first().map(Certificate::not_after), verified);
        return writeln!(
            out,
            "{}: etcd member `{}`{own}; its certificate has {days} days left\n",
            seen.file,
            member.name.escape_debug()
        );
    }
    writeln!(out, "{}: agents{own}, Cilium {}", seen.file, verified.version)?;
    let head = ["cluster", "endpoints", "user", "days", "proven"].map(str::to_owned);
    let rows: Vec<[String; 5]> = seen.peers.iter().zip(proofs).map(|(peer, proof)| row(peer, *proof, verified)).collect();
    if rows.is_empty() {
        return writeln!(out, "  no cluster\n");
    }
    let lines: Vec<&[String; 5]> = std::iter::once(&head).chain(&rows).collect();
    let width =
        |column: usize| lines.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    for line in &lines {
        let cells = line.iter().enumerate().map(|(column, cell)| format!("{cell:<width$}", width = width(column)));
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    writeln!(out)
}

fn row(peer: &Peer, proof: Proof, verified: &Verified) -> [String; 5] {
    let endpoints = match peer.config.endpoints.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [one, more @ ..] => format!("{one} +{}", more.len()),
    };
    let leaf = peer.chain.first();
    let user = leaf.and_then(Certificate::common_name).unwrap_or("-").to_owned();
    // Whichever ends first ends the link.
    let ends = peer.chain.iter().chain(&peer.anchors).map(Certificate::not_after).min();
    [peer.name.clone(), endpoints, user, days(ends, verified), words(proof).to_owned()].map(|cell| printable(&cell))
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
    end.map_or_else(|| "-".to_owned(), |end| (end - verified.now).whole_days().to_string())
}

/// Only how many there are of each.
fn all(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    let members = verified.seen.iter().filter(|seen| seen.member.is_some()).count();
    let links: usize = verified.seen.iter().map(|seen| seen.peers.len()).sum();
    let count = |wanted: Proof| verified.proofs.iter().flatten().filter(|proof| **proof == wanted).count();
    let nodes = verified.seen.len() - members;
    writeln!(out, "{nodes} for agents (Cilium {}), {members} for etcd members", verified.version)?;
    writeln!(
        out,
        "{links} links: {} proven at both ends, {} at the servers' end, {} refuted\n",
        count(Proof::Both),
        count(Proof::Servers),
        count(Proof::Refuted)
    )
}

/// Foreign words do not turn the terminal's colours.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
