//! What `verify` says to programs: the report of `lint`, and what agents would connect to.

use std::io::{self, Write};

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diag::{Diagnostic, Nowhere, Report};
use crate::mesh::CiliumVersion;
use crate::verify::{Own, Proof};

use super::findings::JsonReport;

/// What is told of one subject.
pub struct Looked {
    pub file: String,
    pub version: CiliumVersion,
    pub own: Own,
    /// The member's name, and the end of its certificate.
    pub member: Option<(String, Option<OffsetDateTime>)>,
    /// One for each link.
    pub proofs: Vec<Proof>,
    /// The links themselves, where they are shown: of very many bundles only their number is.
    pub links: Vec<LinkReport>,
}

/// What is told of a link.
pub struct LinkReport {
    pub cluster: String,
    pub endpoints: Vec<String>,
    pub user: Option<String>,
    /// When the first of its certificates ends.
    pub ends: Option<OffsetDateTime>,
    pub proof: Proof,
}

/// All that is to be reported.
pub struct Verified {
    pub looked: Vec<Looked>,
    pub findings: Vec<Diagnostic>,
    pub now: OffsetDateTime,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    #[serde(flatten)]
    report: JsonReport<'a>,
    subjects: Vec<Subject<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subject<'a> {
    file: &'a str,
    /// The version through whose eyes it was read.
    cilium: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    links: Vec<JsonLink<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonLink<'a> {
    cluster: &'a str,
    endpoints: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// When the first of its certificates expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
    proven: &'static str,
}

pub fn print(out: &mut dyn Write, verified: &Verified) -> io::Result<()> {
    let files: Vec<&str> = verified.looked.iter().map(|looked| looked.file.as_str()).collect();
    let file = files.join(" ");
    let report = Report { file: &file, source: "", places: &Nowhere, findings: &verified.findings, unchecked: &[] };
    let subjects = verified.looked.iter().map(|looked| Subject {
        file: &looked.file,
        cilium: looked.version.to_string(),
        cluster: looked.own.name.as_deref(),
        member: looked.member.as_ref().map(|(member, _)| member.as_str()),
        links: looked.links.iter().map(of_link).collect(),
    });
    let json = Json { report: JsonReport::new(&report), subjects: subjects.collect() };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn of_link(link: &LinkReport) -> JsonLink<'_> {
    JsonLink {
        cluster: &link.cluster,
        endpoints: &link.endpoints,
        user: link.user.as_deref(),
        expires: link.ends.and_then(|end| end.format(&Rfc3339).ok()),
        proven: match link.proof {
            Proof::None => "unknown",
            Proof::Servers => "servers",
            Proof::Both => "both",
            Proof::Refuted => "refuted",
        },
    }
}
