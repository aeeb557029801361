//! A bundle as it was read, of either form: its tree, its manifest, and where its agents see what.

use std::sync::OnceLock;

use serde_json::Value;

use crate::verify::config;
use crate::verify::manifest::{Manifest, ManifestError};
use crate::verify::tree::{Entry, Tree};
use crate::verify::yaml;

use super::found::{Found, escaped, normal};

/// Where agents of Cilium's Helm chart and of most hand-made meshes have their clustermesh directory.
const USUAL_DIRECTORY: &str = "/var/lib/clustermesh";

/// The override of a compose project.
pub(in crate::verify) const COMPOSE: &str = "payload/docker-compose.clustermesh.yaml";

/// Configs for the local etcd, as their readers see them: of the agents, and of `meshbundle announce`.
pub(in crate::verify) const OWN_CONFIGS: [&str; 2] =
    ["/var/lib/etcd-config/etcd.config", "/var/lib/clustermesh-announce/etcd.config"];

/// Everything in a bundle.
pub struct BundleTree {
    /// How the user calls it.
    pub(in crate::verify) file: String,
    /// What messages have before a path in it.
    prefix: String,
    /// What is below its top folder.
    pub(in crate::verify) tree: Tree,
    /// The name of the top folder, where that says anything.
    pub(in crate::verify) top: Option<String>,
    manifest: Option<Result<Manifest, ManifestError>>,
    compose: OnceLock<Option<Value>>,
    mounts: Mounts,
}

/// Where agents see what.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::verify) struct Mounts {
    /// Path of the clustermesh directory below the top folder.
    folder: String,
    /// Path of what is `/` for its agents, below the top folder.
    root: String,
}

impl BundleTree {
    pub(super) fn new(file: String, prefix: String, tree: Tree, top: Option<String>) -> Self {
        let manifest = tree.bytes("manifest.json").map(Manifest::read);
        let good = manifest.as_ref().and_then(|manifest| manifest.as_ref().ok());
        let folder = good.and_then(Manifest::folder).unwrap_or_else(|| folder_of_first_config(&tree));
        let mount = good.and_then(|manifest| manifest.config_dir.as_deref()).unwrap_or(USUAL_DIRECTORY);
        let root = folder.strip_suffix(mount).unwrap_or("payload").to_owned();
        Self { file, prefix, tree, top, manifest, compose: OnceLock::new(), mounts: Mounts { folder, root } }
    }

    pub(in crate::verify) fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(in crate::verify) fn manifest(&self) -> Option<&Result<Manifest, ManifestError>> {
        self.manifest.as_ref()
    }

    /// The manifest, if it can be read.
    pub(in crate::verify) fn good_manifest(&self) -> Option<&Manifest> {
        self.manifest()?.as_ref().ok()
    }

    /// The override that wires the agents' options to the compose service, if it is there and can be read.
    pub(in crate::verify) fn compose(&self) -> Option<&Value> {
        self.compose.get_or_init(|| self.tree.bytes(COMPOSE).and_then(yaml::value)).as_ref()
    }

    /// Whether nothing of it could be read.
    pub(in crate::verify) fn is_empty(&self) -> bool {
        self.tree.iter().next().is_none()
    }

    /// How messages name a path of the bundle.
    pub(in crate::verify) fn shown(&self, path: &str) -> String {
        format!("{}{}", self.prefix, escaped(path))
    }

    /// Path of the clustermesh directory below the top folder.
    pub(in crate::verify) fn folder(&self) -> &str {
        &self.mounts.folder
    }

    pub(in crate::verify) fn mounts(&self) -> &Mounts {
        &self.mounts
    }

    /// Below the top folder, what agents see at the absolute `path`.
    pub(in crate::verify) fn path(&self, path: &str) -> String {
        format!("{}{}", self.mounts.root, normal(path))
    }

    /// The file that agents see at the absolute `path`.
    pub(in crate::verify) fn at(&self, path: &str) -> Found<'_> {
        let path = self.path(path);
        let inside = path.strip_prefix(self.folder()).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned);
        Found { shown: self.shown(&path), inside, entry: self.tree.get(&path) }
    }
}

/// Without a manifest: the folder of the first config that there is, but for those that lead to the local etcd.
fn folder_of_first_config(tree: &Tree) -> String {
    let is_local = |path: &str| OWN_CONFIGS.iter().any(|config| path.ends_with(config));
    let config = tree.iter().find(|(path, entry)| {
        let in_payload = path.starts_with("payload/") && !is_local(path);
        matches!(entry, Entry::File { bytes, .. } if in_payload && config::is_config(bytes))
    });
    let parent = config.and_then(|(path, _)| path.rsplit_once('/')).map(|(parent, _)| parent.to_owned());
    parent.unwrap_or_else(|| format!("payload{USUAL_DIRECTORY}"))
}
