//! The record of what a run changed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bundle_id::BundleId;

/// What the last run changed that changed anything. It is kept with the state, so that the index of an output folder can
/// always be made again. Records of earlier formats have waves in it, which are passed over: they follow from the state now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastChange {
    /// What happened to links, by cluster.
    pub clusters: BTreeMap<String, LinkChange>,
    /// Archives and folders that are new, have changed, or are gone.
    pub bundles: BTreeMap<BundleId, BundleChange>,
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
