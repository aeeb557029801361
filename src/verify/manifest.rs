//! `manifest.json`: what a bundle says of itself, read without trust.

use serde::Deserialize;

use crate::mesh::CiliumVersion;

/// The form of manifests that is known here.
const FORMAT: u64 = 1;

/// What installers go by.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The form of the manifest.
    pub format: u64,
    /// `node` or `member`.
    pub kind: String,
    /// Name of the mesh; of bundles that meshbundle wrote, there always is one.
    pub mesh: Option<String>,
    /// Random name of the state that it was made from; none in manifests before receipts.
    pub state: Option<String>,
    /// The branch of that state; 0 for the first one.
    #[serde(default)]
    pub branch: u64,
    /// Its cluster.
    pub cluster: ManifestCluster,
    /// Its node, of a node's bundle.
    pub node: Option<String>,
    /// Its member, of a member's bundle.
    pub member: Option<String>,
    /// Its generation.
    pub generation: u64,
    /// The oldest generation that a rollback goes back to, if there is one.
    pub floor: Option<u64>,
    /// Digest of what decides its content; none in manifests before receipts.
    pub digest: Option<String>,
    /// The version of the agents; manifests before it was written have none.
    pub cilium: Option<String>,
    /// What starts the agents, of a node's bundle.
    pub runtime: Option<Runtime>,
    /// The clustermesh directory, as agents see it.
    pub config_dir: Option<String>,
    /// Whose etcds the agents read.
    pub links: Option<Vec<ManifestCluster>>,
    /// Whose etcds they once read.
    pub removed_links: Option<Vec<String>>,
}

/// A cluster with its id.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub struct ManifestCluster {
    /// Its name.
    pub name: String,
    /// Its cluster-id.
    pub id: i64,
}

/// What starts the agents.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Runtime {
    /// `compose`, `systemd` or `external`.
    pub kind: String,
    /// The folder of the project that is `/` for the agents' files, of compose.
    pub host_root: Option<String>,
}

/// Why bytes are no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON of that form.
    #[error("it is not the JSON of a manifest: {0}")]
    Json(String),
    /// From a meshbundle that is newer.
    #[error("its format is {0}; only {FORMAT} is known here")]
    Format(u64),
    /// Its version of Cilium is none.
    #[error("`cilium` is `{}`: {help}", version.escape_debug())]
    Version {
        /// What it is.
        version: String,
        /// How it should be written.
        help: String,
    },
}

/// The folder of peers that a bundle with this manifest is installed into, below the node's root.
pub fn folder_of_peers(manifest: &[u8]) -> Option<String> {
    Manifest::read(manifest).ok()?.installs_into()
}

/// Whether the bundle with this manifest is for an etcd member.
pub fn is_members(manifest: &[u8]) -> bool {
    Manifest::read(manifest).is_ok_and(|manifest| !manifest.is_node())
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// If it is none that is known here.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| ManifestError::Json(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(ManifestError::Format(manifest.format));
        }
        if let Some(Err(help)) = manifest.cilium.as_deref().map(CiliumVersion::parse) {
            return Err(ManifestError::Version { version: manifest.cilium.unwrap_or_default(), help });
        }
        Ok(manifest)
    }

    /// The version of the agents.
    pub(super) fn version(&self) -> Option<CiliumVersion> {
        self.cilium.as_deref().and_then(|text| CiliumVersion::parse(text).ok())
    }

    /// Whether it is a node's: a member's has no folder of peers.
    pub(super) fn is_node(&self) -> bool {
        self.kind == "node"
    }

    /// The folder of peers, below the bundle's top folder.
    pub(super) fn folder(&self) -> Option<String> {
        self.installs_into().map(|folder| format!("payload/{folder}"))
    }

    /// The folder of peers, below what `install.sh` is given as `--root`.
    pub(super) fn installs_into(&self) -> Option<String> {
        let dir = self.config_dir.as_ref().and_then(|dir| dir.strip_prefix('/'))?;
        let host_root =
            self.runtime.as_ref().filter(|runtime| runtime.kind == "compose").and_then(|runtime| runtime.host_root.as_deref());
        Some(host_root.map_or_else(|| dir.to_owned(), |root| format!("{root}/{dir}")))
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
