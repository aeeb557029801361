//! What `dns` reports: each name that must resolve, its addresses, and who needs it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mesh::CiliumVersion;
use crate::names::{AnswerSource, MeshName, NameAnswer, NameNeed, NameUser, NameWay};

use super::findings::FindingsReport;

/// The report of `dns`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "dns")]
pub struct NamesReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// Each name that must resolve, in alphabetical order.
    pub(super) names: Vec<NameView<'a>>,
}

/// A name.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MeshName")]
pub(super) struct NameView<'a> {
    /// The name.
    pub(super) name: &'a str,
    /// Its addresses; none where the mesh says none.
    pub(super) addresses: Vec<IpAddr>,
    /// Which clusters say so, and where.
    pub(super) answers: Vec<AnswerView<'a>>,
    /// Whether clusters give it different addresses.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) ambiguous: bool,
    /// Whether it is a Service that Kubernetes resolves.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) service: bool,
    /// Whether everyone who needs it finds it without a hosts file or DNS.
    pub(super) settled: bool,
    /// Who needs it.
    pub(super) needed_by: Vec<NeedView<'a>>,
}

/// What a cluster says of the addresses of a name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NameAnswer")]
pub(super) struct AnswerView<'a> {
    /// The cluster whose etcd has the name.
    pub(super) cluster: &'a str,
    /// Where in `mesh.yaml` the addresses are.
    pub(super) from: AnswerSource,
    /// The addresses.
    addresses: Vec<IpAddr>,
}

/// Programs that need a name, and find it in one way.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NameNeed")]
pub(super) struct NeedView<'a> {
    /// Which program.
    pub(super) program: NameUser,
    /// The minor of Cilium of their clusters.
    pub(super) cilium: String,
    /// Where they find the address.
    pub(super) by: NameWay,
    /// Their clusters.
    pub(super) clusters: Vec<&'a str>,
}

impl<'a> NamesReport<'a> {
    /// The report of `names`, which are of the mesh called `mesh`.
    pub fn of(findings: FindingsReport<'a>, mesh: &'a str, names: &'a [MeshName]) -> Self {
        Self { findings, mesh, names: names.iter().map(NameView::of).collect() }
    }

    /// The names that have an address here, and are no Service.
    pub(super) fn known(&self) -> impl Iterator<Item = &NameView<'a>> {
        self.names.iter().filter(|name| !name.service && !name.addresses.is_empty())
    }

    /// The names that have no address in the mesh.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &NameView<'a>> {
        self.names.iter().filter(|name| !name.service && name.addresses.is_empty())
    }
}

impl<'a> NameView<'a> {
    fn of(name: &'a MeshName) -> Self {
        let needs: Vec<&NameNeed> = name.needs.iter().collect();
        Self {
            name: &name.name,
            addresses: name.addresses().into_iter().collect(),
            answers: name.answers.iter().map(AnswerView::of).collect(),
            ambiguous: name.has_two_meanings(),
            service: name.is_service(),
            settled: name.needs.iter().all(|need| need.way.is_settled()),
            needed_by: needs.chunk_by(|one, next| key(one) == key(next)).filter_map(NeedView::of).collect(),
        }
    }
}

fn key(need: &NameNeed) -> (NameUser, CiliumVersion, NameWay) {
    (need.user, need.version, need.way)
}

impl<'a> AnswerView<'a> {
    fn of(answer: &'a NameAnswer) -> Self {
        Self { cluster: answer.cluster.as_str(), from: answer.source, addresses: answer.addresses.iter().copied().collect() }
    }
}

impl<'a> NeedView<'a> {
    /// Needs that differ in nothing but their clusters.
    fn of(needs: &[&'a NameNeed]) -> Option<Self> {
        let first = needs.first()?;
        let clusters = needs.iter().map(|need| need.cluster.as_str()).collect();
        Some(Self { program: first.user, cilium: first.version.to_string(), by: first.way, clusters })
    }
}
