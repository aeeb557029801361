//! Reads what `verify` and `probe` are pointed at: an archive, an unpacked bundle, a clustermesh directory, Secrets, certificates,
//! or a revocation list.
//! Changes nothing, and reads no more than bundles can have; what would block is not opened.

use std::io::{self, Read};
use std::path::Path;

use walkdir::WalkDir;

use crate::diag::{Diagnostic, shell_word};
use crate::input::{self, too_large};
use crate::pem::{Text, Want};
use crate::verify::{
    ArchivedBundle, Directory, Entry, Files, RevocationList, SecretsReading, Tree, UnpackedBundle, is_config, is_members,
    read_archive_like, read_first_file,
};
use crate::wiped::Wiped;

use super::entry::{entry, name, reason};
use super::{Failure, compose_project, node_files, secret_files};

/// One path of the command line.
pub(super) enum PathContent {
    /// Files of a node's agents, or of an etcd member, and what was found while they were read.
    Files(Box<dyn Files>, Vec<Diagnostic>),
    /// Secrets of a Kubernetes cluster.
    Secrets(SecretsReading),
    /// A file of certificates.
    Certificates(Wiped),
    /// A revocation list.
    RevocationList(Wiped),
}

/// Reads `path`. `root` is where the node's `/` is.
pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<PathContent, Failure> {
    read_like(path, root, None)
}

/// Reads `path`. If it is an archive, many of its files may be equal to those in `like`.
pub(super) fn read_like(path: &Path, root: Option<&Path>, like: Option<&Tree>) -> Result<PathContent, Failure> {
    if secret_files::is_stdin(path) {
        return secret_files::of_stdin().map(PathContent::Secrets);
    }
    let help = "name a bundle or a folder that agents watch; `meshbundle generate` writes bundles to `out`";
    let metadata = fs_err::metadata(path).map_err(|error| Failure::unread(path, &error, help))?;
    let shown = path.display().to_string();
    if metadata.is_dir() {
        // Of a compose project's folder, what agents watch is meant.
        if let Some(peers) = compose_project::at(path).and_then(|project| project.peers()) {
            return read(&path.join(peers), root);
        }
        return folder(path, root, shown).map(|files| PathContent::Files(files, Vec::new()));
    }
    let unread = |error: io::Error| Failure::file(path, &error);
    let mut file = input::open(path).map_err(unread)?;
    let mut start = Wiped::from(Vec::new());
    // All at once: a vector that grows leaves copies of keys behind.
    start.reserve_exact(usize::try_from(metadata.len().min(Tree::MAX_BYTES)).unwrap_or(0).saturating_add(1));
    file.by_ref().take(Tree::MAX_FILE).read_to_end(&mut start).map_err(unread)?;
    let named = [".tar.gz", ".tgz"].iter().any(|ending| shown.ends_with(ending));
    if start.starts_with(&[0x1f, 0x8b]) || named {
        let archive = read_archive_like(start.as_slice().chain(file), &shown, like);
        let files = ArchivedBundle::new(shown, archive.tree, archive.top);
        return Ok(PathContent::Files(Box::new(files), archive.findings));
    }
    file.take(Tree::MAX_BYTES - Tree::MAX_FILE + 1).read_to_end(&mut start).map_err(unread)?;
    if start.len() as u64 > Tree::MAX_BYTES {
        return Err(unread(too_large(Tree::MAX_BYTES)));
    }
    let secrets = secret_files::of_file(&shown, &start)?;
    if !secrets.is_empty() {
        return Ok(PathContent::Secrets(secrets));
    }
    if RevocationList::is_one(&shown, &start) {
        return Ok(PathContent::RevocationList(start));
    }
    let text = Text::read(&start);
    if text.certificates().next().is_some() {
        return Ok(PathContent::Certificates(start));
    }
    let is_text = !start.contains(&0);
    if secret_files::is_named_so(path) && start.windows(10).any(|window| window == b"apiVersion") {
        return Err(secret_files::nothing(&shown));
    }
    let what = match (is_text && is_config(&start), text.holds_key()) {
        (true, _) => "is a config: name the folder that it is in".to_owned(),
        (_, true) => "is a key: name the folder or the bundle that it is in".to_owned(),
        _ => {
            let (reason, help) = text.instead(Want::Certificates, &shell_word(&shown));
            let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            format!("is neither a bundle (.tar.gz), nor a folder, nor a Secret, nor a certificate in PEM: {reason}{help}")
        }
    };
    Err(Failure::Input(format!("`{shown}` {what}")))
}

/// What a command says that wants something else.
pub(super) fn revocation_list(path: &Path) -> Failure {
    let word = shell_word(&path.display().to_string());
    Failure::Input(format!("`{}` is a revocation list\nhelp: `meshbundle verify {word}` judges it", path.display()))
}

/// Whether a look at the beginning shows that `path` is for a node. What it does not show is read as a whole.
pub(super) fn is_surely_nodes(path: &Path) -> bool {
    if path.is_dir() {
        let manifest = input::read(&path.join("manifest.json"), Tree::MAX_FILE);
        return !manifest.is_ok_and(|manifest| is_members(&manifest));
    }
    let first = input::open(path).ok().and_then(read_first_file);
    first.is_some_and(|(path, manifest)| path == "manifest.json" && !is_members(&manifest))
}

/// Everything in a bundle; of a clustermesh directory what is right in it, as agents do not look deeper, and what configs name.
fn folder(path: &Path, root: Option<&Path>, shown: String) -> Result<Box<dyn Files>, Failure> {
    if path.join("index.json").exists() && path.join("bundles").is_dir() {
        let help = format!("name one of the archives below `{shown}/bundles`, or verify all: `meshbundle verify {shown}`");
        return Err(Failure::Input(format!("`{shown}` is what `generate` writes to\nhelp: {help}")));
    }
    let bundle = path.join("manifest.json").symlink_metadata().is_ok() || path.join("payload").is_dir();
    let depth = if bundle { usize::MAX } else { 1 };
    let mut tree = Tree::default();
    let mut left = Tree::MAX_BYTES;
    for (count, found) in WalkDir::new(path).max_depth(depth).into_iter().enumerate() {
        if count > Tree::MAX_ENTRIES {
            return Err(Failure::Input(format!("`{shown}` has more than {} files: no bundle has", Tree::MAX_ENTRIES)));
        }
        let found = match found {
            Ok(found) => found,
            Err(error) if error.depth() == 0 => return Err(Failure::File(io::Error::from(error))),
            Err(error) => {
                let below = error.path().and_then(|at| at.strip_prefix(path).ok()).map(name).unwrap_or_default();
                tree.insert(below, Entry::Unreadable(error.io_error().map_or("no more is known".to_owned(), reason)));
                continue;
            }
        };
        let below = found.path().strip_prefix(path).unwrap_or(found.path());
        let below = if found.depth() == 0 { ".".to_owned() } else { name(below) };
        tree.insert(below, entry(found.path(), root, &mut left));
        if left == 0 {
            let limit = Tree::MAX_BYTES >> 20;
            return Err(Failure::Input(format!("the files in `{shown}` have more than {limit} MiB: no bundle has")));
        }
    }
    if bundle {
        return Ok(Box::new(UnpackedBundle::new(shown, tree)));
    }
    let directory = Directory::new(shown, tree);
    let node = node_files::find(&directory.named(), path, root, &mut left);
    Ok(Box::new(directory.on(node)))
}
