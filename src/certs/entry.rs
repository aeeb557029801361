//! One certificate: for whom, until when, where, and what it is used for.

use std::sync::Arc;

use crate::plan::BundleId;

/// What a certificate is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CertKind {
    /// It signs others.
    Ca,
    /// A member presents it to clients.
    Server,
    /// A member presents it to other members.
    Peer,
    /// Agents present it to the etcds of other clusters.
    Client,
    /// Clients of the local etcd present it: agents, the operator, the announcer, the administrator.
    Local,
    /// A leaf in a file of which nothing says who presents it.
    #[default]
    Leaf,
}

impl CertKind {
    /// Its word, as reports have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ca => "ca",
            Self::Server => "server",
            Self::Peer => "peer",
            Self::Client => "client",
            Self::Local => "local",
            Self::Leaf => "leaf",
        }
    }
}

/// A certificate with a number and an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Serial number in hex; not known of CAs in a state.
    pub serial: Option<String>,
    /// Its last instant, Unix seconds.
    pub not_after: i64,
}

/// The certificate that expires first of those that may be in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// That certificate.
    pub issued: Issued,
    /// Whether it is known that no other one is in use.
    pub is_sure: bool,
    /// A bundle whose target may have it, if it is not the newest.
    pub at: Option<BundleId>,
}

/// Agents of a cluster, and the cluster whose etcd they read.
pub type CertLink = (Arc<str>, Arc<str>);

/// A certificate, and what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertEntry {
    /// What it is called: as `plan` calls it, `ca/NAME`, or its subject.
    pub name: String,
    /// What it is for.
    pub kind: CertKind,
    /// The cluster that presents it, if one does and that is known.
    pub cluster: Option<Arc<str>>,
    /// Its member, node or local user, where it is of one alone.
    pub part: Option<String>,
    /// The CA that signed it, if that is known.
    pub signer: Option<Arc<str>>,
    /// The one that was issued last; none of what the mesh needs no longer.
    pub newest: Option<Issued>,
    /// The one that counts; none if no target can have any.
    pub in_use: Option<InUse>,
    /// When it is due to be replaced, Unix seconds, if that is known.
    pub renew_at: Option<i64>,
    /// The bundles that carry it.
    pub carried_by: Vec<BundleId>,
    /// Whether all nodes of its cluster carry it.
    pub is_shared: bool,
    /// How many of these bundles may have an earlier one at their targets.
    pub behind: usize,
    /// The files that it was found in, where files were read.
    pub files: Vec<String>,
    /// The links that use it.
    pub links: Vec<CertLink>,
    /// Whether these links stop when it expires: no other certificate does its work then.
    pub stops: bool,
}

impl CertEntry {
    /// When what may be in use expires, Unix seconds.
    pub fn expires(&self) -> Option<i64> {
        self.in_use.as_ref().map(|in_use| in_use.issued.not_after)
    }

    /// Whether it is a CA beside which another one is trusted that lasts longer: nothing stops when it expires.
    pub fn is_spare_ca(&self) -> bool {
        self.kind == CertKind::Ca && !self.stops
    }

    /// Whether it is not known what is in use: it may expire before what is known.
    pub fn is_unsure(&self) -> bool {
        self.in_use.as_ref().is_some_and(|in_use| !in_use.is_sure)
    }
}
