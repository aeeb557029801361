//! What `certs revoke` reports: each credential, who accepts it where, what shuts it out there, and what people do in which order.

use schemars::JsonSchema;
use serde::Serialize;

use crate::generate::Summary;
use crate::plan::{Accepting, BundleId, Plan, Remedy, Revoking};

use super::findings::FindingsReport;
use super::revoke_steps::{self, RevokeStep, Words};
use super::value::Timestamp;

/// The report of `certs revoke`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "revoke")]
pub struct RevokeReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// Each credential that is revoked, or would be.
    pub(super) credentials: Vec<RevokedView<'a>>,
    /// What people do, in order.
    pub(super) steps: Vec<RevokeStep>,
    /// What was done; none if nothing was asked for but to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) done: Option<&'a Summary>,
}

/// A credential.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Revoked")]
pub(super) struct RevokedView<'a> {
    /// What it is for: `client/CLUSTER/CA/COMMON-NAME`, `server/CLUSTER/MEMBER` and so on.
    pub(super) name: &'a str,
    /// The CA that signs it.
    pub(super) signer: &'a str,
    /// Its certificates that have not expired, the newest first.
    pub(super) certificates: Vec<CertificateView<'a>>,
    /// The bundles that carry it.
    pub(super) carried: &'a [BundleId],
    /// The etcds that accept it.
    pub(super) accepted: Vec<AcceptedView<'a>>,
    /// When a credential of this name was revoked before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revoked_before: Option<Timestamp>,
}

/// A certificate.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RevokedCertificate")]
pub(super) struct CertificateView<'a> {
    /// Its serial number.
    pub(super) serial: &'a str,
    /// When it expires.
    pub(super) expires: Timestamp,
}

/// An etcd that accepts a credential.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Accepted")]
pub(super) struct AcceptedView<'a> {
    /// The etcd's cluster.
    pub(super) cluster: &'a str,
    /// The user that it is there; none of a member's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<&'a str>,
    /// What shuts it out.
    pub(super) remedy: RemedyName,
    /// The user that its holders become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) becomes: Option<&'a str>,
}

/// What shuts a credential out of an etcd.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum RemedyName {
    /// Its user goes, and its holders become another one.
    User,
    /// The user has to stay: a revocation list, or another CA.
    List,
    /// A server certificate: agents look at no revocation list, so another CA.
    Server,
    /// A member's certificate towards the others: a revocation list for peers; what dials looks at none, so another CA.
    Peer,
    /// The etcd of a chart reads no revocation list: another CA.
    Chart,
    /// The etcd is somebody else's: what its operator does.
    Operator,
}

impl<'a> RevokeReport<'a> {
    /// The report on what is `revoked` in the mesh of `plan`, the plan that follows from it. `done` is what was done, if it was.
    pub fn of(
        findings: FindingsReport<'a>,
        plan: &'a Plan,
        revoked: &'a [Revoking],
        words: &Words<'_>,
        done: Option<&'a Summary>,
    ) -> Self {
        let steps = revoke_steps::steps(plan, revoked, words, done.is_some());
        Self { findings, mesh: plan.mesh.as_str(), credentials: revoked.iter().map(RevokedView::of).collect(), steps, done }
    }
}

impl<'a> RevokedView<'a> {
    fn of(revoked: &'a Revoking) -> Self {
        let certificate = |leaf: &'a crate::plan::RevokedCertificate| CertificateView {
            serial: &leaf.serial,
            expires: Timestamp::from_unix(leaf.not_after),
        };
        Self {
            name: &revoked.record.credential,
            signer: revoked.signer.as_str(),
            certificates: revoked.record.certificates.iter().map(certificate).collect(),
            carried: &revoked.carried,
            accepted: revoked.accepted.iter().map(AcceptedView::of).collect(),
            revoked_before: revoked.before.map(Timestamp::from_unix),
        }
    }
}

impl<'a> AcceptedView<'a> {
    fn of(accepting: &'a Accepting) -> Self {
        let (remedy, becomes) = match &accepting.remedy {
            Remedy::User { to } => (RemedyName::User, Some(to.as_str())),
            Remedy::List => (RemedyName::List, None),
            Remedy::Server => (RemedyName::Server, None),
            Remedy::Peer => (RemedyName::Peer, None),
            Remedy::Chart => (RemedyName::Chart, None),
            Remedy::Operator => (RemedyName::Operator, None),
        };
        Self { cluster: &accepting.cluster, user: accepting.user.as_deref(), remedy, becomes }
    }
}
