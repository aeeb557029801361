//! What `verify` reports: the findings, and what agents would connect to.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::diag::{Diagnostic, Nowhere, Report};
use crate::mesh::CiliumVersion;
use crate::verify::{Container, Expiry, Proof};

use super::findings::FindingsReport;
use super::overlap::OverlapView;
use super::value::{Timestamp, as_text};

/// The report of `verify`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "verify")]
pub struct VerifyReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// The time at which certificates were judged.
    at: Timestamp,
    /// Each bundle and each directory that was read.
    subjects: &'a [SubjectView],
    /// Revocation lists that were read.
    #[serde(rename = "revocationLists", skip_serializing_if = "<[_]>::is_empty")]
    lists: &'a [RevocationListView],
}

/// A revocation list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RevocationList")]
pub struct RevocationListView {
    /// Its path.
    pub file: String,
    /// The CA that signed it; etcd does not look at that.
    pub signer: String,
    /// How many certificates it names.
    pub revoked: usize,
}

/// A bundle or a directory.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Subject")]
pub struct SubjectView {
    /// Its path.
    pub file: String,
    /// What reads it.
    #[serde(skip)]
    pub container: Container,
    /// Whether nothing of it can be read, because it is sealed or encrypted.
    #[serde(skip)]
    pub is_sealed: bool,
    /// The version of Cilium by whose rules it was read.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub cilium: CiliumVersion,
    /// The cluster that it is for, if anything says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The etcd member that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Of a member: when its certificate expires.
    #[serde(flatten)]
    pub expiry: ExpiryView,
    /// Of a member: how far the replacement of a CA has come, if it trusts two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<OverlapView>,
    /// The links of agents. In text they are only counted if there are very many subjects.
    pub links: Vec<VerifiedLink>,
    /// What was proven of each link.
    #[serde(skip)]
    pub proofs: Vec<Proven>,
}

/// When something expires.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpiryView {
    /// When its first certificate expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// How many whole days that leaves; negative if it has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days_left: Option<i64>,
}

/// A link from agents to a remote.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedLink {
    /// The remote.
    pub cluster: String,
    /// Its endpoints, as they are in the config.
    pub endpoints: Vec<String>,
    /// The etcd user: the common name of the client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When the first certificate that the link uses expires.
    #[serde(flatten)]
    pub expiry: ExpiryView,
    /// What was proven of it.
    pub proven: Proven,
    /// How far the replacement of a CA has come, if the agents trust two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<OverlapView>,
}

/// What was proven of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Proven {
    /// Nothing: no server certificate was given.
    Unknown,
    /// The agents accept the servers.
    Servers,
    /// The servers accept the agents as well.
    Both,
    /// The link cannot work.
    Refuted,
}

impl From<Proof> for Proven {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::None => Self::Unknown,
            Proof::Servers => Self::Servers,
            Proof::Both => Self::Both,
            Proof::Refuted => Self::Refuted,
        }
    }
}

impl ExpiryView {
    /// The view of `expiry` at `now`, if it is known.
    pub fn of(expiry: Option<&Expiry>, now: OffsetDateTime) -> Self {
        Self { expires: expiry.map(|expiry| expiry.at.into()), days_left: expiry.map(|expiry| expiry.days_left(now)) }
    }
}

impl<'a> VerifyReport<'a> {
    /// The report of what was read for `paths`, the words of the command line, and judged at `now`.
    pub fn of(
        paths: &'a [String],
        (subjects, lists): (&'a [SubjectView], &'a [RevocationListView]),
        findings: &'a [Diagnostic],
        now: OffsetDateTime,
    ) -> Self {
        let file = paths.first().map_or("", String::as_str);
        let report = Report { file, source: "", places: &Nowhere, findings, unchecked: &[] };
        Self {
            findings: FindingsReport { files: paths.to_vec(), ..FindingsReport::of(&report) },
            at: now.into(),
            subjects,
            lists,
        }
    }
}
