//! `index.json`: the content of an output folder, the state that it was made from, its changes, and what to ship in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{BundleId, LastChange, LooseFile, Wave};

/// The format version of the index. Formats 1 and 2 had the waves in `lastChange`.
pub const FORMAT: u32 = 3;

/// The index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// The format version.
    pub format: u32,
    /// The mesh.
    pub mesh: String,
    /// The random id of the state that it was made from.
    pub state: String,
    /// The number of changes in the state.
    pub revision: u64,
    /// The branch of the state, if it was restored from a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<u64>,
    /// SHA-256 of each CA's certificate, by name.
    pub authorities: BTreeMap<String, String>,
    /// Each archive.
    pub archives: BTreeMap<BundleId, ArchiveEntry>,
    /// Each loose file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<LooseFile, FileEntry>,
    /// The changes of the last run that changed anything.
    pub last_change: LastChange,
    /// What was left to ship and to do after that run, in order. It is for people and programs that ship, and not read back.
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Wave>,
}

/// One archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveEntry {
    /// Generation of its content.
    pub generation: u64,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of the archive.
    pub sha256: String,
}

/// One loose file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its content.
    pub sha256: String,
    /// SHA-256 of what a filter made it of, if one did: the filter makes other bytes of the same content each time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<String>,
}
