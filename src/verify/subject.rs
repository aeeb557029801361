//! What a user names on the command line, as it was read: an archive, an unpacked bundle, or a folder that agents watch.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::CiliumVersion;

use super::manifest::{Manifest, ManifestError};
use super::project::Project;
use super::reach::Reach;
use super::tree::{Entry, Tree};

/// Where agents of Cilium's Helm chart and of most hand-made meshes have their folder.
const USUAL_FOLDER: &str = "/var/lib/clustermesh";

/// Configs for the own etcd, as their readers see them: of the agents, and of `meshbundle announce`.
pub(super) const OWN_CONFIGS: [&str; 2] = ["/var/lib/etcd-config/etcd.config", "/var/lib/clustermesh-announce/etcd.config"];

/// One path of the command line with what was read of it.
#[derive(Clone)]
pub struct Subject {
    /// As the user named it.
    pub file: String,
    /// What is in it; of an archive, below its top folder; of a bare folder, what stands right in it.
    pub tree: Tree,
    /// The top folder, of an archive.
    pub top: Option<String>,
    /// Whether it is an archive.
    pub archive: bool,
    /// Whose agents read a bare folder, if the user said so.
    pub cluster: Option<String>,
    /// Of a bare folder: the files that its configs name, by [`Self::named`].
    pub placed: BTreeMap<String, Placed>,
    /// The agents' environment file, if the node has one.
    pub environment: Option<Entry>,
    /// Of a bare folder: manifests that installers have left on the node, each with the path of the folder from where it counts.
    pub records: Vec<(String, Vec<u8>)>,
    /// Of a bare folder: the compose project that it is in, if it is in one.
    pub project: Option<Project>,
}

/// A file that a config of a bare folder names, and what stands there.
#[derive(Clone)]
pub struct Placed {
    /// Where it was looked for.
    pub at: String,
    /// Its path in the folder, if it is in there.
    pub inside: Option<String>,
    /// What stands there.
    pub entry: Option<Entry>,
}

impl Subject {
    /// A folder or an archive that was read.
    pub fn new(file: impl Into<String>, tree: Tree) -> Self {
        let (file, placed) = (file.into(), BTreeMap::new());
        let records = Vec::new();
        Self { file, tree, top: None, archive: false, cluster: None, placed, environment: None, records, project: None }
    }

    /// The version of its agents: as its manifest has it, or the manifest of the bundle that was installed into the folder.
    pub fn version(&self) -> Option<CiliumVersion> {
        let installed = self.records.iter().find_map(|(folder, bytes)| {
            Manifest::read(bytes).ok().filter(|manifest| manifest.installs_into().as_deref() == Some(folder))
        });
        self.manifest().and_then(Result::ok).or(installed).and_then(|manifest| manifest.version())
    }

    /// The absolute paths that its configs name, as the agent sees them, each in one spelling. Whoever can looks for them, and
    /// puts what it finds into [`Self::placed`].
    pub fn named(&self) -> BTreeSet<String> {
        let folder = self.folder();
        let configs = self.configs(&folder).map(|(name, bytes)| super::config::read(name, bytes, CiliumVersion::NEWEST).config);
        let paths = configs.flat_map(|config| config.paths().map(normal).collect::<Vec<_>>());
        paths.filter(|path| path.starts_with('/')).collect()
    }

    /// Whether it is a bundle, and not a bare folder of peers.
    pub fn is_bundle(&self) -> bool {
        self.archive || self.tree.get("manifest.json").is_some() || matches!(self.tree.get("payload"), Some(Entry::Folder(_)))
    }

    pub(super) fn manifest(&self) -> Option<Result<Manifest, ManifestError>> {
        self.tree.bytes("manifest.json").map(Manifest::read)
    }

    /// The path of the folder of peers below the tree's top; empty for a bare folder.
    pub(super) fn folder(&self) -> String {
        if !self.is_bundle() {
            return String::new();
        }
        if let Some(folder) = self.manifest().and_then(Result::ok).and_then(|manifest| manifest.folder()) {
            return folder;
        }
        // Without a manifest: the folder of the first config that there is, but for those that lead to the own etcd.
        let own = |path: &str| OWN_CONFIGS.iter().any(|config| path.ends_with(config));
        let config = self.tree.iter().find(|(path, entry)| {
            let there = path.starts_with("payload/") && !own(path);
            matches!(entry, Entry::File { bytes, .. } if there && super::config::counts(bytes))
        });
        let parent = config.and_then(|(path, _)| path.rsplit_once('/')).map(|(parent, _)| parent.to_owned());
        parent.unwrap_or_else(|| format!("payload{USUAL_FOLDER}"))
    }

    /// Where a bundle's agents see `folder`, by its manifest.
    pub(super) fn mount(&self) -> String {
        let dir = self.manifest().and_then(Result::ok).and_then(|manifest| manifest.config_dir);
        dir.unwrap_or_else(|| USUAL_FOLDER.to_owned())
    }

    /// The file that a config calls `path`: how messages name it, its path below `folder` if it is in there, and what stands
    /// there. Agents see the folder at `mount`.
    pub(super) fn place(&self, folder: &str, mount: &str, path: &str) -> (String, Option<String>, Option<&Entry>) {
        let path = normal(path);
        if let Some(placed) = self.placed.get(&path) {
            return (placed.at.clone(), placed.inside.clone(), placed.entry.as_ref());
        }
        let inner = if self.is_bundle() {
            format!("{}{path}", folder.strip_suffix(mount).unwrap_or("payload"))
        } else {
            // Nobody has looked where it stands.
            path.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let inside = if folder.is_empty() {
            Some(inner.as_str())
        } else {
            inner.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'))
        };
        (self.name_of(&inner), inside.map(str::to_owned), self.tree.get(&inner))
    }

    /// Files of the folder that agents would take for configs, by name.
    pub(super) fn configs<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.tree.children(folder).filter_map(|(name, entry)| match entry {
            Entry::File { bytes, .. } if super::config::counts(bytes) => Some((name, bytes.as_slice())),
            _ => None,
        })
    }

    /// Whether a shell finds its files.
    pub(super) fn reach(&self) -> Reach {
        if self.archive { Reach::InArchive(self.file.clone()) } else { Reach::OnDisk }
    }

    /// How messages name a path of the tree.
    pub(super) fn name_of(&self, path: &str) -> String {
        let path = path.escape_debug();
        match (self.archive, self.file.ends_with('/')) {
            (true, _) => format!("{}: {path}", self.file),
            (false, true) => format!("{}{path}", self.file),
            (false, false) => format!("{}/{path}", self.file),
        }
    }
}

/// `name` in `folder`.
pub(super) fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A path without `.`, `..` and empty parts.
pub(super) fn normal(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}
