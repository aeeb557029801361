//! What `certs list` reports: each certificate, until when it is valid where it is used, and what stops then.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::certs::{CertEntry, CertKind, CertList, InstalledBundle, Issued};
use crate::plan::{BundleId, BundleKind};

use super::findings::FORMAT;
use super::value::Timestamp;

/// The report of `certs list`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "certs")]
pub struct CertsReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// Name of the mesh, if the certificates are those of a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mesh: Option<&'a str>,
    /// The paths that were read, if they are not.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub(super) files: &'a [String],
    /// The time at which certificates were judged.
    pub(super) at: Timestamp,
    /// The end of `--within`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Timestamp>,
    /// How many may expire by then, or cannot be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expiring: Option<usize>,
    /// Each certificate, the first to expire first, and those that are used nowhere last; with `--within` only those that may expire by then.
    pub(super) certificates: Vec<CertView<'a>>,
    /// The bundles of the nodes of clusters that `nodesOf` names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    nodes: BTreeMap<&'a str, Vec<String>>,
    /// The bundles that are installed on this machine, if a path is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) installed: Vec<InstalledView<'a>>,
}

/// A certificate.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ListedCertificate")]
pub(super) struct CertView<'a> {
    /// What it is for: `client/CLUSTER/CA/COMMON-NAME`, `server/CLUSTER/MEMBER`, `ca/NAME` and so on; of one in a file, its subject.
    pub(super) name: &'a str,
    /// What presents it.
    pub(super) kind: CertKind,
    /// Its cluster, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<&'a str>,
    /// The member that presents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member: Option<&'a str>,
    /// The node whose agents present it, if they alone do.
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    /// The client of the local etcd that presents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// The CA that signed it, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<&'a str>,
    /// The one that expires first of those that may be in use; none if it is used nowhere.
    #[serde(flatten)]
    pub(super) in_use: CertTimes<'a>,
    /// Whether something else may be in use, so that it cannot be told when it expires.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) undetermined: bool,
    /// The unit that may have it, if it is not the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
    /// The one that was issued last, unless the mesh needs none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<CertTimes<'a>>,
    /// When it is due: `renewBefore` before its end. Of a CA, when it is time for a successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renew_at: Option<Timestamp>,
    /// The units that carry it, besides `nodesOf`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    carried_by: Vec<String>,
    /// The cluster whose nodes all carry it: `nodes` lists them.
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes_of: Option<&'a str>,
    /// How many of these units may have an earlier one.
    pub(super) behind: usize,
    /// The files that it is in. Of agents, their configs that lead to it.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    files: &'a [String],
    /// The links that use it: by cluster, whose etcds its agents read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) links: BTreeMap<&'a str, Vec<&'a str>>,
    /// Whether these links stop when it expires. They go on if another member, or another CA, is left.
    pub(super) stops: bool,
}

/// A number and an end.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CertificateTimes")]
pub(super) struct CertTimes<'a> {
    /// Its serial number in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial: Option<&'a str>,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    /// How many whole days that leaves; negative if it has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days_left: Option<i64>,
}

/// A bundle that is installed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "InstalledBundle")]
pub(super) struct InstalledView<'a> {
    /// Its unit.
    pub(super) unit: String,
    /// Its generation.
    pub(super) generation: u64,
    /// What has to be restarted before all of it is in use.
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    pub(super) due: &'a [&'static str],
}

/// Where the certificates are from.
#[derive(Clone, Copy)]
pub enum CertsOf<'a> {
    /// A state of this mesh.
    Mesh(&'a str),
    /// These paths, and bundles that are installed there.
    Files(&'a [String], &'a [InstalledBundle]),
}

impl<'a> CertsReport<'a> {
    /// What is said of `list` at `now`; of those only that may expire by `until`, if that was asked.
    pub fn of(of: CertsOf<'a>, list: &'a CertList, now: OffsetDateTime, until: Option<OffsetDateTime>) -> Self {
        let entries: Vec<&CertEntry> = match until {
            Some(until) => list.expiring(until.unix_timestamp()).collect(),
            None => list.entries.iter().collect(),
        };
        let mut nodes: BTreeMap<&str, BTreeSet<&BundleId>> = BTreeMap::new();
        for entry in &entries {
            if let (true, Some(cluster)) = (entry.is_shared, &entry.cluster) {
                nodes.entry(cluster).or_default().extend(entry.carried_by.iter().filter(|bundle| is_node(bundle)));
            }
        }
        nodes.retain(|_, bundles| !bundles.is_empty());
        let units = |bundles: BTreeSet<&BundleId>| bundles.into_iter().map(BundleId::unit).collect();
        let (mesh, files, installed) = match of {
            CertsOf::Mesh(mesh) => (Some(mesh), [].as_slice(), [].as_slice()),
            CertsOf::Files(files, installed) => (None, files, installed),
        };
        Self {
            format: FORMAT,
            mesh,
            files,
            at: now.into(),
            until: until.map(Timestamp::from),
            expiring: until.map(|_| entries.len()),
            certificates: entries.into_iter().map(|entry| CertView::of(entry, now)).collect(),
            nodes: nodes.into_iter().map(|(cluster, bundles)| (cluster, units(bundles))).collect(),
            installed: installed.iter().map(InstalledView::of).collect(),
        }
    }

    /// Whether any certificate may expire within the time that was asked for.
    pub fn has_expiring(&self) -> bool {
        self.expiring.is_some_and(|count| count > 0)
    }
}

fn is_node(bundle: &BundleId) -> bool {
    matches!(bundle.kind(), BundleKind::Node(_))
}

impl<'a> CertView<'a> {
    fn of(entry: &'a CertEntry, now: OffsetDateTime) -> Self {
        let part = entry.part.as_deref();
        let of = |kinds: &[CertKind]| part.filter(|_| kinds.contains(&entry.kind));
        let mut links: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (reader, remote) in &entry.links {
            links.entry(reader).or_default().push(remote);
        }
        let has_nodes = entry.is_shared && entry.carried_by.iter().any(is_node);
        let carried_by = entry.carried_by.iter().filter(|bundle| !(has_nodes && is_node(bundle)));
        Self {
            name: &entry.name,
            kind: entry.kind,
            cluster: entry.cluster.as_deref(),
            member: of(&[CertKind::Server, CertKind::Peer]),
            node: of(&[CertKind::Client]),
            user: of(&[CertKind::Local]),
            signer: entry.signer.as_deref(),
            in_use: entry.in_use.as_ref().map(|in_use| CertTimes::of(&in_use.issued, now)).unwrap_or_default(),
            undetermined: entry.is_unsure(),
            unit: entry.in_use.as_ref().and_then(|in_use| in_use.at.as_ref()).map(BundleId::unit),
            newest: entry.newest.as_ref().map(|newest| CertTimes::of(newest, now)),
            renew_at: entry.renew_at.map(Timestamp::from_unix),
            carried_by: carried_by.map(BundleId::unit).collect(),
            nodes_of: entry.cluster.as_deref().filter(|_| has_nodes),
            behind: entry.behind,
            files: &entry.files,
            links,
            stops: entry.stops,
        }
    }

    /// Its links, one by one.
    pub(super) fn each_link(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.links.iter().flat_map(|(reader, remotes)| remotes.iter().map(|remote| (*reader, *remote)))
    }
}

impl<'a> CertTimes<'a> {
    fn of(issued: &'a Issued, now: OffsetDateTime) -> Self {
        let left = issued.not_after.saturating_sub(now.unix_timestamp());
        Self {
            serial: issued.serial.as_deref(),
            expires: Some(Timestamp::from_unix(issued.not_after)),
            days_left: Some(left.div_euclid(24 * 60 * 60)),
        }
    }
}

impl<'a> InstalledView<'a> {
    fn of(installed: &'a InstalledBundle) -> Self {
        Self { unit: installed.bundle.unit(), generation: installed.generation, due: &installed.due }
    }
}
