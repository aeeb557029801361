//! What `verify` reads for a path: the path itself, or everything that is below it. An output folder holds archives, a node's
//! root holds the folder that its agents watch, and a folder may hold several of these.

use std::path::{Path, PathBuf};

use crate::input;
use crate::verify::{Tree, folder_of_peers, is_config};

use super::entry::entry;
use super::{Failure, compose_project};

/// Something to read.
pub(super) struct VerifyTarget {
    pub(super) path: PathBuf,
    /// The node's `/`, if it is known.
    pub(super) root: Option<PathBuf>,
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
    let alone = |root: Option<&Path>| VerifyTarget { path: path.to_owned(), root: root.map(Path::to_owned) };
    if root.is_some() || !path.is_dir() {
        return Ok(vec![alone(root)]);
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
    if children.iter().any(|child| !is_archive(child) && entry(child, None, &mut left).bytes().is_some_and(is_config)) {
        return Ok(vec![alone(None)]);
    }
    below(&children, DEPTH, &mut found)?;
    // Agents read the files of their folder, and no folder in it. A mounted Secret has `..data`.
    let is_folder =
        |child: &PathBuf| child.is_dir() && !child.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    if found.is_empty() && !children.is_empty() && children.iter().all(is_folder) {
        let looked_for = "archives (.tar.gz), unpacked bundles (manifest.json), compose projects (docker-compose.clustermesh.yaml) \
                          and roots of nodes (var/lib/clustermesh)";
        let help = "name a folder that agents watch, or a bundle";
        return Err(Failure::Input(format!("`{shown}` holds nothing to verify; looked for {looked_for}\nhelp: {help}")));
    }
    Ok(if found.is_empty() { vec![alone(None)] } else { found })
}

/// Whether `generate` writes to it.
fn is_output(path: &Path) -> bool {
    path.join("index.json").is_file() && path.join("bundles").is_dir()
}

/// What a folder is by itself, without a look at the folders in it.
fn recognised(path: &Path) -> Option<VerifyTarget> {
    let bundle = path.join("manifest.json").is_file() || path.join("payload").is_dir();
    if bundle || compose_project::at(path).is_some() {
        return Some(VerifyTarget { path: path.to_owned(), root: None });
    }
    // Of a project, agents see its mounts, and not its folder as `/`.
    let of_project = || Some(VerifyTarget { path: installed(path, PROJECT_RECORD)?, root: None });
    let of_node = watched_below(path).map(|watched| VerifyTarget { path: watched, root: Some(path.to_owned()) });
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
            found.push(VerifyTarget { path: path.clone(), root: None });
        } else if let Some(target) = recognised(path) {
            found.push(target);
        } else if depth > 1 && path.is_dir() && !path.is_symlink() {
            below(&children(path)?, depth - 1, found)?;
        }
    }
    Ok(())
}

fn is_archive(path: &Path) -> bool {
    path.to_str().is_some_and(|name| [".tar.gz", ".tgz"].iter().any(|ending| name.ends_with(ending))) && path.is_file()
}

/// What is right in a folder, in the order of names.
fn children(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs_err::read_dir(path).map_err(Failure::File)?;
    let mut children =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(Failure::File)?;
    children.sort_unstable();
    Ok(children)
}
