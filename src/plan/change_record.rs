//! The record of what a run changed, and of the order in which to ship it.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bundle_id::BundleId;

/// What the last run changed that changed anything. It is kept with the state, so that the index of an output folder can
/// always be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LastChange {
    /// What happened to links, by cluster.
    pub clusters: BTreeMap<String, LinkChange>,
    /// Archives and folders that are new, have changed, or are gone.
    pub bundles: BTreeMap<BundleId, BundleChange>,
    /// In which order to ship them.
    pub waves: Vec<Wave>,
}

/// What happened to the links of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkChange {
    /// Clusters that its agents read from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// Clusters that they read no longer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
}

/// What happened to an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BundleChange {
    /// There was none.
    New,
    /// Its content has changed.
    Changed,
    /// It is no longer part of the mesh.
    Gone,
}

/// What must be shipped together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wave {
    /// Its place in the order.
    pub wave: WaveName,
    /// What to ship: paths below `bundles/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ship: Vec<String>,
    /// By cluster: users that its etcd must know before its new readers come, or no longer needs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, Vec<String>>,
}

/// The waves, in order: a server that does not yet know a reader refuses it, so readers come after it. Members come before users:
/// `etcd-auth.sh` may dial a name that only the new certificates have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaveName {
    /// Server certificates, and what the servers trust.
    Members,
    /// Users of the etcds. Called `authorisation` in format 1 of the records.
    #[serde(alias = "authorisation")]
    Users,
    /// Names and ids of the operators.
    Operators,
    /// The agents' nodes. Called `consumers` in format 1 of the records.
    #[serde(alias = "consumers")]
    Nodes,
    /// Users of the etcds that no agent presents any more, once the nodes present others.
    Withdrawal,
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
