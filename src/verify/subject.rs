//! What a user names on the command line, as it was read: an archive, an unpacked bundle, or a folder that agents watch.

use std::collections::BTreeMap;

use super::manifest::{Manifest, ManifestError};
use super::tree::{Entry, Tree};

/// Where agents of Cilium's Helm chart and of most hand-made meshes have their folder.
const USUAL_FOLDER: &str = "/var/lib/clustermesh";

/// One path of the command line with what was read of it.
#[derive(Clone)]
pub struct Subject {
    /// As the user named it.
    pub file: String,
    /// What is in it; of an archive, below its top folder.
    pub tree: Tree,
    /// The top folder, of an archive.
    pub top: Option<String>,
    /// Whether it is an archive.
    pub archive: bool,
    /// Files that configs name outside of the folder, by their absolute path as agents see it.
    pub elsewhere: BTreeMap<String, Entry>,
}

/// Where a file that a config names is to be looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Where<'a> {
    /// In the tree, at this path.
    Tree(String),
    /// At this absolute path of the node.
    Node(&'a str),
}

impl Subject {
    /// A folder or an archive that was read.
    pub fn new(file: impl Into<String>, tree: Tree) -> Self {
        Self { file: file.into(), tree, top: None, archive: false, elsewhere: BTreeMap::new() }
    }

    /// The absolute paths that its configs name outside of what was read. Whoever can reads them, and puts them into
    /// [`Self::elsewhere`].
    pub fn named_elsewhere(&self) -> Vec<String> {
        let folder = self.folder();
        let mount = self.mount(&folder);
        let mut paths = Vec::new();
        for (_, bytes) in self.configs(&folder) {
            for path in named_paths(bytes) {
                if let Where::Node(path) = self.locate(&folder, &mount, &path)
                    && !self.is_bundle()
                {
                    paths.push(path.to_owned());
                }
            }
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// The node's root, if the folder stands at `full` and its configs say where it stands below the root.
    pub fn root_of<'a>(&self, full: &'a str) -> Option<&'a str> {
        let root = full.strip_suffix(self.mount("").as_str())?;
        Some(if root.is_empty() { "/" } else { root })
    }

    /// Whether it is a bundle, and not a bare folder of peers.
    pub(super) fn is_bundle(&self) -> bool {
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
        // Without a manifest: the folder of the first config that there is.
        let config = self.tree.iter().find(|(path, entry)| {
            matches!(entry, Entry::File { bytes, .. } if path.starts_with("payload/") && super::config::counts(bytes))
        });
        let parent = config.and_then(|(path, _)| path.rsplit_once('/')).map(|(parent, _)| parent.to_owned());
        parent.unwrap_or_else(|| format!("payload{USUAL_FOLDER}"))
    }

    /// The folder of peers as agents see it: what the manifest says, or the folder that configs name most of their files in.
    pub(super) fn mount(&self, folder: &str) -> String {
        if let Some(dir) = self.manifest().and_then(Result::ok).and_then(|manifest| manifest.config_dir) {
            return dir;
        }
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for (_, bytes) in self.configs(folder) {
            for path in named_paths(bytes) {
                if let Some((parent, name)) = path.rsplit_once('/')
                    && self.tree.get(&joined(folder, name)).is_some()
                {
                    *votes.entry(parent.to_owned()).or_default() += 1;
                }
            }
        }
        let most = votes.into_iter().max_by_key(|(_, count)| *count);
        most.map_or_else(|| USUAL_FOLDER.to_owned(), |(parent, _)| parent)
    }

    /// Where the file is that a config calls `path`.
    pub(super) fn locate<'a>(&self, folder: &str, mount: &str, path: &'a str) -> Where<'a> {
        let below = path.strip_prefix(mount).and_then(|rest| rest.strip_prefix('/'));
        match below {
            Some(below) => Where::Tree(joined(folder, below)),
            None if self.is_bundle() => {
                let root = folder.strip_suffix(mount).unwrap_or("payload");
                Where::Tree(format!("{root}{path}"))
            }
            None => Where::Node(path),
        }
    }

    /// Files of the folder that agents would take for configs, by name.
    pub(super) fn configs<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        self.tree.children(folder).filter_map(|(name, entry)| match entry {
            Entry::File { bytes, .. } if super::config::counts(bytes) => Some((name, bytes.as_slice())),
            _ => None,
        })
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

/// The paths that a config names, whatever else is wrong with it.
pub(super) fn named_paths(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let values = text.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let named =
            ["trusted-ca-file", "ca-file", "cert-file", "key-file"].iter().any(|known| key.trim().eq_ignore_ascii_case(known));
        let value = value.split(" #").next().unwrap_or(value).trim().trim_matches(['"', '\'']);
        (named && value.starts_with('/')).then(|| value.to_owned())
    });
    values.collect()
}
