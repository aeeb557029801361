//! `manifest.json`: what a bundle says of itself, read without trust.

use serde::Deserialize;

/// The form of manifests that is known here.
const FORMAT: u64 = 1;

/// What installers go by.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    pub(super) format: u64,
    pub(super) kind: String,
    pub(super) cluster: Cluster,
    pub(super) node: Option<String>,
    pub(super) member: Option<String>,
    pub(super) generation: u64,
    pub(super) runtime: Option<Runtime>,
    pub(super) config_dir: Option<String>,
    pub(super) links: Option<Vec<Cluster>>,
    pub(super) removed_links: Option<Vec<String>>,
}

/// A cluster with its id.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) id: i64,
}

/// What starts the agents.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Runtime {
    pub(super) kind: String,
    pub(super) host_root: Option<String>,
}

/// Why bytes are no manifest.
#[derive(Debug, thiserror::Error)]
pub(super) enum ManifestError {
    /// Not JSON of that form.
    #[error("it is not the JSON of a manifest: {0}")]
    Json(String),
    /// From a meshbundle that is newer.
    #[error("its format is {0}; only {FORMAT} is known here")]
    Format(u64),
}

impl Manifest {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| ManifestError::Json(error.to_string()))?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(ManifestError::Format(manifest.format)) }
    }

    /// Whether it is a node's: a member's has no folder of peers.
    pub(super) fn is_node(&self) -> bool {
        self.kind == "node"
    }

    /// The folder of peers, below the bundle's top folder.
    pub(super) fn folder(&self) -> Option<String> {
        let dir = self.config_dir.as_ref().filter(|dir| dir.starts_with('/'))?;
        let host_root =
            self.runtime.as_ref().filter(|runtime| runtime.kind == "compose").and_then(|runtime| runtime.host_root.as_deref());
        Some(match host_root {
            Some(root) => format!("payload/{root}{dir}"),
            None => format!("payload{dir}"),
        })
    }

    /// The top folder of its archive.
    pub(super) fn top(&self) -> Option<String> {
        let cluster = &self.cluster.name;
        match (self.kind.as_str(), &self.node, &self.member) {
            ("node", Some(node), _) => Some(format!("{cluster}.{node}")),
            ("member", _, Some(member)) => Some(format!("{cluster}.etcd.{member}")),
            _ => None,
        }
    }
}
