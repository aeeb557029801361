//! A wave: what is shipped together, and what people do themselves beside it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::bundle_id::BundleKind;
use super::user_list::UserList;

/// What must be shipped together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Wave {
    /// Its place in the order.
    pub wave: WaveName,
    /// What to ship: paths below `bundles/`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ship: Vec<String>,
    /// By cluster: users that its etcd must know before its new readers come, or no longer needs. Those of the last run come first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, UserList>,
    /// What people do themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// The waves, in order: a server that does not yet know a reader refuses it, so readers come after it. Members come before users:
/// `etcd-auth.sh` may dial a name that only the new certificates have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaveName {
    /// Server certificates, and what the servers trust.
    Members,
    /// Users of the etcds.
    Users,
    /// Names and ids of the operators.
    Operators,
    /// The agents' nodes, and the Secrets of Helm clusters.
    Nodes,
    /// Users of the etcds that no agent presents any more, once the nodes present others.
    Withdrawal,
}

/// Something that no file brings about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What to do.
    pub step: StepName,
    /// Whose.
    pub cluster: String,
    /// Names of the machines, in order; none for a cluster's etcd as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<String>,
    /// The CAs that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
    /// The command, for each of these machines; or the one that records what was done, of the mesh `MESH`.
    pub command: String,
}

/// What people do themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepName {
    /// Start the members of a new etcd without waiting for one before the next: none is ready before a majority runs.
    StartTogether,
    /// Install at one member after another, each with its restart, if one is due: an etcd needs a majority of its members.
    OneByOne,
    /// Restart members that have what was written, and still use what was there before.
    Restart,
    /// Let the members of an etcd that gets no files from here trust these CAs for clients as well, and restart them one after another.
    TrustAuthorities,
    /// Replace the certificates of the members of an etcd that gets none from here, as long as they have some of these CAs.
    ReplaceCertificates,
    /// See that KVStoreMesh has read every remote cluster, before agents read it.
    ReadRemotes,
    /// Restart every member, also if it is not due: whoever had a revoked user keeps what is open until then.
    EndConnections,
    /// Turn authentication on, once its users and the administrator exist.
    EnableAuthentication,
    /// Remove what is installed on machines that left the mesh.
    Uninstall,
}

impl WaveName {
    /// The wave that ships bundles of `kind`.
    pub const fn of(kind: &BundleKind) -> Self {
        match kind {
            BundleKind::Member(_) => Self::Members,
            BundleKind::Etcd => Self::Users,
            BundleKind::Operator => Self::Operators,
            BundleKind::Node(_) | BundleKind::Helm => Self::Nodes,
        }
    }
}

impl fmt::Display for WaveName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Users => "users",
            Self::Members => "members",
            Self::Operators => "operators",
            Self::Nodes => "nodes",
            Self::Withdrawal => "withdrawal",
        })
    }
}
