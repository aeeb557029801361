//! Links as JSON for programs, in a shape with a version.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use time::OffsetDateTime;

use crate::diag::{Diagnostic, Severity};
use crate::probe::{Attempt, LinkProbe};

use super::round::Round;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    /// Version of this shape; a new field does not raise it, a changed one does.
    format: u32,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    ready: bool,
    summary: Summary,
    links: Vec<JsonLink<'a>>,
    /// What belongs to no link that is there: what the mesh says otherwise, and errors of the folder or the archive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<JsonFinding<'a>>,
}

/// Of all links, whichever are listed.
#[derive(Serialize)]
struct Summary {
    links: usize,
    ready: usize,
    /// How many links are not ready by each cause.
    causes: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonLink<'a> {
    cluster: &'a str,
    file: &'a str,
    ready: bool,
    /// The cause, where it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'a str>,
    findings: Vec<JsonFinding<'a>>,
    endpoints: Vec<JsonEndpoint<'a>>,
    /// The id that the cluster announces.
    id: Option<u32>,
    heartbeat: JsonHeartbeat,
    /// When the first certificate of the link ends.
    #[serde(with = "time::serde::rfc3339::option")]
    expires: Option<OffsetDateTime>,
    days_left: Option<i64>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    code: &'static str,
    severity: Severity,
    message: &'a str,
    cause: Option<&'a str>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonEndpoint<'a> {
    endpoint: &'a str,
    address: Option<String>,
    etcd_version: Option<&'a str>,
    /// Hexadecimal, as `etcdctl` and agents print it.
    cluster_id: Option<String>,
    round_trip_ms: Option<u64>,
    error: Option<JsonError<'a>>,
}

#[derive(Serialize)]
struct JsonError<'a> {
    code: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonHeartbeat {
    #[serde(with = "time::serde::rfc3339::option")]
    value: Option<OffsetDateTime>,
    age_seconds: Option<i64>,
}

/// Prints one document.
pub fn print(out: &mut dyn Write, round: &Round, only_failed: bool, now: OffsetDateTime) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(round, only_failed, now)).map_err(io::Error::from)?;
    writeln!(out)
}

/// Prints one document in one line.
pub fn line(out: &mut dyn Write, round: &Round, only_failed: bool, now: OffsetDateTime) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &document(round, only_failed, now)).map_err(io::Error::from)?;
    writeln!(out)
}

fn document(round: &Round, only_failed: bool, now: OffsetDateTime) -> Document<'_> {
    let shown = round.links.iter().filter(|link| !only_failed || !link.ready());
    Document {
        format: 1,
        at: now.replace_nanosecond(0).unwrap_or(now),
        ready: round.ready(),
        summary: Summary {
            links: round.links.len() + round.beside.missing.len(),
            ready: round.links.iter().filter(|link| link.ready()).count(),
            causes: round.causes().into_iter().map(|(code, count)| (code.as_str(), count)).collect(),
        },
        links: shown.map(|link| json(link, now)).collect(),
        findings: round.beside.findings.iter().map(finding).collect(),
    }
}

fn json(link: &LinkProbe, now: OffsetDateTime) -> JsonLink<'_> {
    let cause = link.cause();
    JsonLink {
        cluster: &link.cluster,
        file: &link.file,
        ready: link.ready(),
        code: cause.map(|cause| cause.code.as_str()),
        message: cause.map(|cause| cause.message.as_str()),
        cure: cause.and_then(|cause| cause.help.as_deref()),
        findings: link.findings.iter().map(finding).collect(),
        endpoints: link.attempts.iter().map(endpoint).collect(),
        id: link.announced,
        heartbeat: JsonHeartbeat { value: link.heartbeat.value, age_seconds: link.heartbeat.age },
        expires: link.expiry.as_ref().map(|expiry| expiry.at),
        days_left: link.expiry.as_ref().map(|expiry| expiry.days_left(now)),
    }
}

fn finding(finding: &Diagnostic) -> JsonFinding<'_> {
    JsonFinding {
        code: finding.code.as_str(),
        severity: finding.severity,
        message: &finding.message,
        cause: finding.cause.as_deref(),
        help: finding.help.as_deref(),
    }
}

fn endpoint(attempt: &Attempt) -> JsonEndpoint<'_> {
    JsonEndpoint {
        endpoint: &attempt.endpoint,
        address: attempt.address.map(|address| address.to_string()),
        etcd_version: attempt.etcd_version.as_deref(),
        cluster_id: attempt.cluster_id.map(|id| format!("{id:x}")),
        round_trip_ms: attempt.round_trip.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
        error: attempt.fault.as_ref().map(|fault| JsonError { code: fault.code.as_str(), message: &fault.message }),
    }
}
