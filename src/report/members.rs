//! What `probe --members` reports: for each port of each member what it presents, which CAs it has loaded, and what is left to do.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::probe::{AskedCas, LeafHolder, LoadedCas, MemberProbe, PortKind, SeenPort};
use crate::verify::Expiry;

use super::findings::FORMAT;
use super::member_steps::{StepView, steps};
use super::value::{CodeView, Timestamp};
use super::verify::ExpiryView;

/// The report of `probe --members`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "members")]
pub struct MembersReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// When the probe ended.
    at: Timestamp,
    /// Whether every port is as the newest bundles want it, and every member has a certificate.
    done: bool,
    /// Each port of each member.
    pub(super) ports: Vec<PortView<'a>>,
    /// Members of the mesh that have no certificate yet.
    pub(super) unissued: &'a [String],
}

/// One port of one member.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MemberPort")]
pub(super) struct PortView<'a> {
    /// The member: `CLUSTER/member/NAME`.
    pub(super) unit: String,
    /// Who connects to the port.
    pub(super) port: PortKind,
    /// The TCP port.
    pub(super) number: u16,
    /// Address and port that the result is from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub(super) address: Option<SocketAddr>,
    /// Whether it is as the newest bundle wants it.
    pub(super) done: bool,
    /// The code of why nothing was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<CodeView>,
    /// The certificate that was presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) certificate: Option<LeafView<'a>>,
    /// Whom it asks for certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asks: Option<AskView>,
    /// The CAs that it has loaded, compared with those of its newest bundle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cas: Option<CasView<'a>>,
    /// What is wrong or not known, and what to do.
    pub(super) steps: Vec<StepView>,
}

/// The certificate that a port presents.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PresentedCertificate")]
pub(super) struct LeafView<'a> {
    /// Its serial number, in hexadecimal digits.
    pub(super) serial: String,
    /// Whose it is.
    pub(super) holder: HolderView,
    /// Of another port or member: its name in the state, `server/CLUSTER/MEMBER` or `peer/CLUSTER/MEMBER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'a str>,
    /// When it expires.
    #[serde(flatten)]
    pub(super) expiry: ExpiryView,
}

/// Whose certificate a port presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Holder")]
pub(super) enum HolderView {
    /// The one that was issued last for it.
    Newest,
    /// An earlier one with its key.
    Earlier,
    /// That of another port or member: another machine answers.
    Other,
    /// One with a key that the state does not have.
    Unknown,
}

/// Whom a port asks for certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Asks")]
pub(super) enum AskView {
    /// Those with a certificate of the CAs in `cas`.
    Listed,
    /// Those with a certificate of any CA.
    Any,
    /// Nobody: it accepts everyone.
    Nobody,
    /// That is undetermined.
    Unproven,
}

/// CAs that a member has loaded, by their names in the mesh or the state. Each is in one list.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "LoadedCas")]
pub(super) struct CasView<'a> {
    /// Loaded, and in the newest bundle.
    pub(super) loaded: &'a [String],
    /// In the newest bundle, and not loaded.
    pub(super) missing: &'a [String],
    /// Loaded, and no longer in the newest bundle.
    pub(super) left: &'a [String],
    /// Subjects of loaded CAs that neither the mesh nor the state knows.
    pub(super) strangers: &'a [String],
    /// Whether these are loaded is undetermined, because several CAs have the subject.
    pub(super) undecided: &'a [String],
}

impl<'a> MembersReport<'a> {
    /// The report of `probes` of the mesh with this name, which ended at `now`.
    pub fn of(mesh: &'a str, probes: &'a [MemberProbe], unissued: &'a [String], now: OffsetDateTime) -> Self {
        let ports: Vec<PortView<'a>> = probes.iter().map(|probe| PortView::of(probe, now)).collect();
        let done = unissued.is_empty() && ports.iter().all(|port| port.done);
        Self { format: FORMAT, mesh, at: now.into(), done, ports, unissued }
    }

    /// Whether nothing is left to do, and nothing is in doubt.
    pub const fn is_done(&self) -> bool {
        self.done
    }
}

impl<'a> PortView<'a> {
    fn of(probe: &'a MemberProbe, now: OffsetDateTime) -> Self {
        let port = &probe.port;
        let seen = probe.seen.as_ref().ok();
        Self {
            unit: format!("{}/member/{}", port.cluster, port.member),
            port: port.kind,
            number: port.number,
            address: probe.address,
            done: probe.is_done(),
            code: probe.seen.as_ref().err().map(|fault| CodeView(fault.code)),
            certificate: seen.map(|seen| LeafView::of(seen, now)),
            asks: seen.and_then(|seen| AskView::of(&seen.asks)),
            cas: seen.and_then(|seen| CasView::of(&seen.asks)),
            steps: steps(probe),
        }
    }
}

impl<'a> LeafView<'a> {
    fn of(seen: &'a SeenPort, now: OffsetDateTime) -> Self {
        let (holder, of) = match &seen.holder {
            LeafHolder::Newest => (HolderView::Newest, None),
            LeafHolder::Earlier => (HolderView::Earlier, None),
            LeafHolder::Other(name) => (HolderView::Other, Some(name.as_str())),
            LeafHolder::Unknown => (HolderView::Unknown, None),
        };
        let expiry = Expiry::of_presented(std::slice::from_ref(&seen.leaf));
        Self { serial: seen.leaf.serial_hex(), holder, of, expiry: ExpiryView::of(expiry.as_ref(), now) }
    }
}

impl AskView {
    const fn of(asks: &AskedCas) -> Option<Self> {
        Some(match asks {
            AskedCas::Listed(_) => Self::Listed,
            AskedCas::Any => Self::Any,
            AskedCas::Nobody => Self::Nobody,
            AskedCas::Unproven(_) => Self::Unproven,
            AskedCas::NotThisMember => return None,
        })
    }
}

impl<'a> CasView<'a> {
    fn of(asks: &'a AskedCas) -> Option<Self> {
        let AskedCas::Listed(LoadedCas { loaded, missing, left, strangers, undecided }) = asks else { return None };
        Some(Self { loaded, missing, left, strangers, undecided })
    }
}
