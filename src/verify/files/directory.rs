//! Files of a node whose clustermesh directory was named: those in it, and those elsewhere that its configs name.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::CiliumVersion;
use crate::verify::compose_project::Project;
use crate::verify::config;
use crate::verify::manifest::Manifest;
use crate::verify::tree::{Entry, Tree};

use super::found::{Found, below, normal};
use super::seen::Files;

/// A clustermesh directory.
pub struct Directory {
    file: String,
    /// What is right in it. The directory itself is `.`.
    tree: Tree,
    node: NodeFiles,
}

/// What was found around a clustermesh directory.
#[derive(Default)]
pub struct NodeFiles {
    /// Where the files are that its configs name, by [`Directory::named`].
    pub placed: BTreeMap<String, Placed>,
    /// The agents' environment file, if the node has one.
    pub environment: Option<Entry>,
    /// Manifests that installers have left on the node, each with the path of the directory from where it counts.
    pub records: Vec<(String, Vec<u8>)>,
    /// The compose project that it is in, if it is in one.
    pub project: Option<Project>,
}

/// A file that a config names, as the node has it.
pub struct Placed {
    /// Where it was looked for.
    pub at: String,
    /// Its path in the directory, if it is in there.
    pub inside: Option<String>,
    /// The file, if there is one.
    pub entry: Option<Entry>,
}

impl Directory {
    /// The directory `file` with what is right in it.
    pub fn new(file: impl Into<String>, tree: Tree) -> Self {
        Self { file: file.into(), tree, node: NodeFiles::default() }
    }

    /// Adds what is around it.
    #[must_use]
    pub fn on(self, node: NodeFiles) -> Self {
        Self { node, ..self }
    }

    /// The absolute paths that its configs name, as agents see them. They are to be looked for on the node.
    pub fn named(&self) -> BTreeSet<String> {
        let contents = self.tree.iter().filter_map(|(_, entry)| entry.bytes());
        contents.filter(|bytes| config::is_config(bytes)).flat_map(named_by).collect()
    }
}

/// The absolute paths that a config names, each in one spelling.
pub fn named_by(config: &[u8]) -> BTreeSet<String> {
    let config = config::read("", config, CiliumVersion::NEWEST).config;
    config.paths().map(|path| normal(path.as_str())).filter(|path| path.starts_with('/')).collect()
}

impl Files for Directory {
    fn file(&self) -> &str {
        &self.file
    }

    fn shown(&self, name: &str) -> String {
        below(&self.file, name)
    }

    fn directory(&self) -> Option<&Entry> {
        self.tree.get(".")
    }

    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_> {
        Box::new(self.tree.children(""))
    }

    fn at(&self, path: &str) -> Found<'_> {
        let path = normal(path);
        if let Some(placed) = self.node.placed.get(&path) {
            return Found { shown: placed.at.clone(), inside: placed.inside.clone(), entry: placed.entry.as_ref() };
        }
        // The node is not known: agents may see the directory anywhere.
        let name = path.rsplit('/').next().unwrap_or_default();
        Found { shown: self.shown(name), inside: Some(name.to_owned()), entry: self.tree.get(name) }
    }

    fn agent_env(&self) -> Option<&[u8]> {
        self.node.environment.as_ref()?.bytes()
    }

    /// By the manifest of the bundle that was installed into the directory.
    fn version(&self) -> Option<CiliumVersion> {
        let installed = self.node.records.iter().find_map(|(directory, bytes)| {
            Manifest::read(bytes).ok().filter(|manifest| manifest.installs_into().as_deref() == Some(directory))
        });
        installed?.version()
    }

    fn project(&self) -> Option<&Project> {
        self.node.project.as_ref()
    }
}
