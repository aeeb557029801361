//! Reads what `verify` and `probe` are pointed at: an archive, a folder with all that stands in it, or what configs name
//! outside of it. Changes nothing, follows links as agents do, and reads no more than bundles can have.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use zeroize::Zeroizing;

use crate::diag::Diagnostic;
use crate::verify::{Entry, Subject, Tree, read_archive};

use super::Failure;

/// A file that is larger is no part of a bundle: certificates and configs have some KiB.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// A bundle of 511 clusters has some 2,100 files.
const MAX_FILES: usize = 20_000;
/// Where a node has the agents' environment file, which knows name and id.
const AGENT_ENV: &str = "/etc/cilium/clustermesh.env";

/// One path of the command line.
pub(super) enum Found {
    /// A folder or an archive, and what was found while it was read.
    Subject(Box<Subject>, Vec<Diagnostic>),
    /// A file of certificates.
    Certificates(Vec<u8>),
}

/// Reads `path`. `root` is where the node's `/` is.
pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<Found, Failure> {
    let metadata = fs_err::metadata(path).map_err(Failure::File)?;
    let shown = path.display().to_string();
    if metadata.is_dir() {
        let tree = folder(path)?;
        let mut subject = Subject::new(shown, tree);
        elsewhere(&mut subject, path, root);
        return Ok(Found::Subject(Box::new(subject), Vec::new()));
    }
    let mut file = fs_err::File::open(path).map_err(Failure::File)?;
    let mut start = Vec::new();
    file.by_ref().take(MAX_FILE).read_to_end(&mut start).map_err(Failure::File)?;
    if !start.starts_with(&[0x1f, 0x8b]) && start.windows(16).any(|window| window == b"-----BEGIN CERTI") {
        return Ok(Found::Certificates(start));
    }
    let archive = read_archive(start.as_slice().chain(file), &shown);
    let mut subject = Subject::new(shown, archive.tree);
    subject.archive = true;
    subject.top = archive.top;
    Ok(Found::Subject(Box::new(subject), archive.findings))
}

/// Everything in a bundle; of any other folder only what stands right in it, as agents do not look deeper.
fn folder(path: &Path) -> Result<Tree, Failure> {
    let bundle = path.join("manifest.json").exists() || path.join("payload").is_dir();
    let depth = if bundle { usize::MAX } else { 1 };
    let mut tree = Tree::default();
    for (count, found) in WalkDir::new(path).max_depth(depth).into_iter().enumerate() {
        if count > MAX_FILES {
            return Err(Failure::Usage(format!(
                "`{}` has more than {MAX_FILES} files: it is no folder of peers",
                path.display()
            )));
        }
        let found = match found {
            Ok(found) => found,
            Err(error) if error.depth() == 0 => return Err(Failure::File(io::Error::from(error))),
            Err(error) => {
                let below = error.path().and_then(|at| at.strip_prefix(path).ok());
                let name = below.map(|at| at.to_string_lossy().into_owned()).unwrap_or_default();
                tree.insert(name, Entry::Unreadable(error.io_error().map_or("no more is known".to_owned(), ToString::to_string)));
                continue;
            }
        };
        let below = found.path().strip_prefix(path).unwrap_or(found.path());
        let name = if found.depth() == 0 { ".".to_owned() } else { below.to_string_lossy().into_owned() };
        tree.insert(name, entry(found.path()));
    }
    Ok(tree)
}

/// What stands at `path`, links followed.
fn entry(path: &Path) -> Entry {
    let metadata = match fs_err::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            return match std::fs::read_link(path) {
                Ok(to) => Entry::Dangling(to.to_string_lossy().into_owned()),
                Err(_) => Entry::Unreadable(reason(&error)),
            };
        }
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.is_dir() {
        return Entry::Folder(mode);
    }
    if !metadata.is_file() {
        return Entry::Special;
    }
    content(path, &metadata).map_or_else(Entry::Unreadable, |bytes| Entry::File { mode, bytes })
}

fn content(path: &Path, metadata: &Metadata) -> Result<Zeroizing<Vec<u8>>, String> {
    if metadata.len() > MAX_FILE {
        return Err(format!("{} bytes are more than any file of a bundle has", metadata.len()));
    }
    std::fs::read(path).map(Zeroizing::new).map_err(|error| reason(&error))
}

/// The system's words without the path, which stands beside them.
fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}

/// Reads what the configs of a bare folder name outside of it, below the node's root: the one that was given, the one that the
/// folder stands in, or this machine's.
fn elsewhere(subject: &mut Subject, path: &Path, root: Option<&Path>) {
    let own = || fs_err::canonicalize(path).ok().and_then(|full| subject.root_of(&full.to_string_lossy()).map(PathBuf::from));
    let root = root.map(Path::to_owned).or_else(own).unwrap_or_else(|| PathBuf::from("/"));
    let mut named = subject.named_elsewhere();
    named.push(AGENT_ENV.to_owned());
    for name in named {
        let at = root.join(name.trim_start_matches('/'));
        if at.symlink_metadata().is_ok() {
            subject.elsewhere.insert(name, entry(&at));
        }
    }
}
