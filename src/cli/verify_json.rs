//! What `verify` says to programs: the report of `lint`, and what agents would connect to.

use std::io::{self, Write};

use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use crate::diag::{JsonReport, Nowhere, Report};
use crate::verify::{Certificate, Peer, Proof};

use super::verify::Verified;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    #[serde(flatten)]
    report: JsonReport<'a>,
    /// The version through whose eyes it was read.
    cilium: String,
    subjects: Vec<Subject<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subject<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    links: Vec<Link<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Link<'a> {
    cluster: &'a str,
    endpoints: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// When the first of its certificates ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    proven: &'static str,
}

pub(super) fn print(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    let files: Vec<&str> = verified.seen.iter().map(|seen| seen.file.as_str()).collect();
    let file = files.join(" ");
    let report = Report { file: &file, source: "", places: &Nowhere, findings: &verified.findings, unchecked: &[] };
    let subjects = verified.seen.iter().zip(&verified.proofs).map(|(seen, proofs)| Subject {
        file: &seen.file,
        cluster: seen.own.name.as_deref(),
        member: seen.member.as_ref().map(|member| member.name.as_str()),
        links: seen.peers.iter().zip(proofs).map(|(peer, proof)| link(peer, *proof)).collect(),
    });
    let json = Json { report: JsonReport::new(&report), cilium: verified.version.to_string(), subjects: subjects.collect() };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn link(peer: &Peer, proof: Proof) -> Link<'_> {
    let ends = peer.chain.iter().chain(&peer.anchors).map(Certificate::not_after).min();
    Link {
        cluster: &peer.name,
        endpoints: &peer.config.endpoints,
        user: peer.chain.first().and_then(Certificate::common_name),
        ends: ends.and_then(|end| end.format(&Rfc3339).ok()),
        proven: match proof {
            Proof::None => "unknown",
            Proof::Servers => "servers",
            Proof::Both => "both",
            Proof::Refuted => "refuted",
        },
    }
}
