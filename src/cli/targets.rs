//! What `verify` reads for a path: the path itself, or everything that is below it. An output folder holds archives, a node's
//! root holds the folder that its agents watch, and a folder may hold several of these.

use std::path::{Path, PathBuf};

use crate::input;
use crate::verify::{Tree, folder_of_peers, is_config};

use super::entry::entry;
use super::{Failure, compose_project, secret_files};

/// Something to read.
pub(super) struct VerifyTarget {
    pub(super) path: PathBuf,
    /// The node's `/`, if it is known.
    pub(super) root: Option<PathBuf>,
    /// Whether it is a folder of files with Secrets.
    pub(super) holds_secrets: bool,
}

impl VerifyTarget {
    fn new(path: PathBuf) -> Self {
        Self { path, root: None, holds_secrets: false }
    }
}

/// Folders between OUT and the files of a bundle, at most: `unpacked/CLUSTER/nodes/NODE`.
const DEPTH: usize = 4;
/// More than a mesh of 511 clusters has nodes.
const MAX_TARGETS: usize = 100_000;
/// Where `install.sh` keeps the manifest of what is installed, below a node's root.
pub(super) const NODE_RECORD: &str = "var/lib/meshbundle/node/current/manifest.json";
/// The same below the folder of a compose project.
pub(super) const PROJECT_RECORD: &str = ".meshbundle/node/current/manifest.json";
/// Where agents have their folder unless they are configured otherwise.
const USUAL_FOLDER: &str = "var/lib/clustermesh";

/// The targets of a path of the command line.
pub(super) fn targets(path: &Path, root: Option<&Path>) -> Result<Vec<VerifyTarget>, Failure> {
    let alone = || VerifyTarget::new(path.to_owned());
    if root.is_some() || !path.is_dir() {
        return Ok(vec![VerifyTarget { root: root.map(Path::to_owned), ..alone() }]);
    }
    let shown = path.display();
    let mut found = Vec::new();
    if is_output(path) {
        below(&children(&path.join("bundles"))?, DEPTH, &mut found)?;
        if found.is_empty() {
            let help = "`meshbundle generate` writes them";
            return Err(Failure::Input(format!("`{shown}` has no archive below `bundles/`\nhelp: {help}")));
        }
        return Ok(found);
    }
    if let Some(target) = recognised(path) {
        return Ok(vec![target]);
    }
    let children = children(path)?;
    let mut left = Tree::MAX_BYTES;
    let secrets = secret_files::are_among(&children);
    // Beside Secrets, what is called like them is of Kubernetes: a Secret with `stringData` has its configs in plain text.
    let is_object = |child: &PathBuf| secrets && secret_files::is_named_so(child);
    let mut others = children.iter().filter(|child| !is_archive(child) && !is_object(child));
    if others.any(|child| entry(child, None, &mut left).bytes().is_some_and(is_config)) {
        return Ok(vec![alone()]);
    }
    if secrets {
        found.push(VerifyTarget { holds_secrets: true, ..alone() });
    }
    below(&children, DEPTH, &mut found)?;
    // Agents read the files of their folder, and no folder in it. A mounted Secret has `..data`.
    let is_folder =
        |child: &PathBuf| child.is_dir() && !child.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    if found.is_empty() && !children.is_empty() && children.iter().all(is_folder) {
        let looked_for = "archives (.tar.gz), unpacked bundles (manifest.json), compose projects (docker-compose.clustermesh.yaml), \
                          roots of nodes (var/lib/clustermesh) and Secrets of Kubernetes (.yaml, .yml, .json)";
        let help = "name a folder that agents watch, or a bundle";
        return Err(Failure::Input(format!("`{shown}` holds nothing to verify; looked for {looked_for}\nhelp: {help}")));
    }
    Ok(if found.is_empty() { vec![alone()] } else { found })
}

/// Whether `generate` writes to it.
fn is_output(path: &Path) -> bool {
    path.join("index.json").is_file() && path.join("bundles").is_dir()
}

/// What a folder is by itself, without a look at the folders in it.
fn recognised(path: &Path) -> Option<VerifyTarget> {
    let bundle = path.join("manifest.json").is_file() || path.join("payload").is_dir();
    if bundle || compose_project::at(path).is_some() {
        return Some(VerifyTarget::new(path.to_owned()));
    }
    // Of a project, agents see its mounts, and not its folder as `/`.
    let of_project = || Some(VerifyTarget::new(installed(path, PROJECT_RECORD)?));
    let of_node = watched_below(path).map(|watched| VerifyTarget { root: Some(path.to_owned()), ..VerifyTarget::new(watched) });
    of_node.or_else(of_project)
}

/// The folder that agents watch, where `path` is a node's `/`.
pub(super) fn watched_below(path: &Path) -> Option<PathBuf> {
    installed(path, NODE_RECORD).or_else(|| Some(path.join(USUAL_FOLDER)).filter(|usual| usual.is_dir()))
}

/// The folder of peers that the manifest at `record` below `path` names.
fn installed(path: &Path, record: &str) -> Option<PathBuf> {
    folder_of_peers(&input::read(&path.join(record), Tree::MAX_FILE).ok()?).map(|folder| path.join(folder))
}

/// Everything that is recognised among `paths` and below them.
fn below(paths: &[PathBuf], depth: usize, found: &mut Vec<VerifyTarget>) -> Result<(), Failure> {
    for path in paths {
        if found.len() >= MAX_TARGETS {
            return Err(Failure::Input(format!("more than {MAX_TARGETS} bundles and folders: name fewer at once")));
        }
        if is_archive(path) {
            found.push(VerifyTarget::new(path.clone()));
        } else if let Some(target) = recognised(path) {
            found.push(target);
        } else if depth > 1 && path.is_dir() && !path.is_symlink() {
            let children = children(path)?;
            if secret_files::are_among(&children) {
                found.push(VerifyTarget { holds_secrets: true, ..VerifyTarget::new(path.clone()) });
            }
            below(&children, depth - 1, found)?;
        }
    }
    Ok(())
}

fn is_archive(path: &Path) -> bool {
    path.to_str().is_some_and(|name| [".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))) && path.is_file()
}

/// What is right in a folder, in the order of names.
pub(super) fn children(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs_err::read_dir(path).map_err(Failure::File)?;
    let mut children =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(Failure::File)?;
    children.sort_unstable();
    Ok(children)
}
