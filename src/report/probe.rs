//! What `probe` reports: each link with its cause, what was tried, and the findings.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

use crate::diag::{Code, Count, Diagnostic, Nowhere, Report};
use crate::probe::{Attempt, LinkProbe};

use super::findings::{FindingView, FindingsReport};
use super::overlap::OverlapView;
use super::round::RoundReport;
use super::value::{CodeView, Timestamp};
use super::verify::ExpiryView;

/// The report of `probe`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "probe")]
pub struct ProbeReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// When the probe ended.
    pub(super) at: Timestamp,
    /// The cluster whose agents read these files, if anything says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    /// Whether agents on this node would be ready with all links.
    ready: bool,
    /// The sum of all links, listed or not.
    pub(super) summary: ProbeSummary,
    /// Links; with `--only-failed` those that are not ready.
    pub(super) links: Vec<LinkView<'a>>,
    /// Remotes that the mesh has a link to, or that `--remote` names, and the directory has no config of.
    pub(super) missing: &'a [String],
}

/// The sum of all links.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProbeSummary {
    /// How many there should be.
    pub(super) links: usize,
    /// How many are ready.
    pub(super) ready: usize,
    /// How many are not ready, by the code of the cause.
    #[serde(serialize_with = "by_code")]
    #[schemars(with = "std::collections::BTreeMap<String, usize>")]
    pub(super) causes: Vec<(Code, usize)>,
}

/// A link from this node to a remote.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ProbedLink")]
pub(super) struct LinkView<'a> {
    /// The remote.
    pub(super) cluster: &'a str,
    /// Its config.
    file: &'a str,
    /// Whether an agent would be ready with it.
    pub(super) ready: bool,
    /// The code of the cause, if it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<CodeView>,
    /// What is wrong, if it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    /// How to fix it, if it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// All findings about it; the first error is the cause.
    findings: Vec<FindingView<'a>>,
    /// What was tried: each address of each endpoint.
    pub(super) attempts: Vec<AttemptView<'a>>,
    /// The id in the cluster-config of the remote.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u32>,
    /// The heartbeat of the remote.
    pub(super) heartbeat: HeartbeatView,
    /// When the first certificate of the link expires.
    #[serde(flatten)]
    pub(super) expiry: ExpiryView,
    /// How far the replacement of a CA has come, if agents trust two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotation: Option<OverlapView>,
}

/// One address of an endpoint.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Attempt")]
pub(super) struct AttemptView<'a> {
    /// The endpoint, as it is in the config.
    pub(super) endpoint: &'a str,
    /// Address and port that were dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(super) address: Option<SocketAddr>,
    /// The version that etcd reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etcd_version: Option<&'a str>,
    /// The id of the etcd cluster: hexadecimal, as `etcdctl` and agents print it.
    #[serde(skip_serializing_if = "Option::is_none")]
    etcd_cluster_id: Option<String>,
    /// How many milliseconds one answer took.
    #[serde(skip_serializing_if = "Option::is_none")]
    round_trip_ms: Option<u64>,
    /// The same, as metrics have it.
    #[serde(skip)]
    pub(super) round_trip: Option<Duration>,
    /// Why it does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<FaultView<'a>>,
}

/// Why an address does not work.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fault")]
pub(super) struct FaultView<'a> {
    /// Its code.
    code: CodeView,
    /// What is wrong.
    message: &'a str,
    /// How to fix it.
    help: &'a str,
}

/// The heartbeat of a remote.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Heartbeat")]
pub(super) struct HeartbeatView {
    /// The time in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Timestamp>,
    /// How old that is by this node's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_seconds: Option<i64>,
}

fn by_code<S: Serializer>(causes: &[(Code, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(causes.iter().map(|(code, count)| (code.as_str(), count)))
}

impl<'a> ProbeReport<'a> {
    /// The report of a round of `path` that ended at `now`. With `only_failed` without the links that are ready.
    pub fn of(path: &'a str, round: &'a RoundReport, only_failed: bool, now: OffsetDateTime) -> Self {
        let shown = round.links.iter().filter(|link| !only_failed || !link.ready());
        let count = Count::of(shown.clone().flat_map(|link| &link.findings).chain(&round.beside.findings));
        let findings = FindingsReport::of(&about(path, &round.beside.findings));
        Self {
            findings: FindingsReport { count, ..findings },
            at: now.into(),
            cluster: round.cluster.as_deref(),
            ready: round.ready(),
            summary: ProbeSummary {
                links: round.links.len() + round.beside.missing.len(),
                ready: round.links.iter().filter(|link| link.ready()).count(),
                causes: round.causes(),
            },
            links: shown.map(|link| LinkView::of(path, link, now)).collect(),
            missing: &round.beside.missing,
        }
    }
}

fn about<'a>(path: &'a str, findings: &'a [Diagnostic]) -> Report<'a> {
    Report { file: path, source: "", places: &Nowhere, findings, unchecked: &[] }
}

impl<'a> LinkView<'a> {
    fn of(path: &'a str, link: &'a LinkProbe, now: OffsetDateTime) -> Self {
        let cause = link.cause();
        Self {
            cluster: &link.cluster,
            file: &link.file,
            ready: link.ready(),
            code: cause.map(|cause| CodeView(cause.code)),
            message: cause.map(|cause| cause.message.as_str()),
            help: cause.and_then(|cause| cause.help.as_deref()),
            findings: FindingView::all(&about(path, &link.findings)),
            attempts: link.attempts.iter().map(AttemptView::of).collect(),
            id: link.announced,
            heartbeat: HeartbeatView { value: link.heartbeat.value.map(Timestamp::from), age_seconds: link.heartbeat.age },
            expiry: ExpiryView::of(link.expiry.as_ref(), now),
            rotation: link.overlap.clone().map(OverlapView::from),
        }
    }

    /// How many addresses work.
    pub(super) fn working(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.error.is_none()).count()
    }
}

impl<'a> AttemptView<'a> {
    fn of(attempt: &'a Attempt) -> Self {
        Self {
            endpoint: &attempt.endpoint,
            address: attempt.address,
            etcd_version: attempt.etcd_version.as_deref(),
            etcd_cluster_id: attempt.cluster_id.map(|id| format!("{id:x}")),
            round_trip_ms: attempt.round_trip.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            round_trip: attempt.round_trip,
            error: attempt.fault.as_ref().map(|fault| FaultView {
                code: CodeView(fault.code),
                message: &fault.message,
                help: &fault.help,
            }),
        }
    }
}
