//! Reads what `verify` and `probe` are pointed at: an archive, or a folder with its entries and the files that its configs
//! name. Changes nothing, and reads no more than bundles can have; what would block is not opened.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;
use zeroize::Zeroizing;

use crate::diag::{Diagnostic, shell_word};
use crate::input;
use crate::pem::{Text, Want};
use crate::verify::{Entry, Placed, Subject, Tree, read_archive};

use super::entry::{below, entry, name, reason};
use super::targets::{NODE_RECORD, PROJECT_RECORD};
use super::{Failure, project};

/// Where a node has the agents' environment file, which knows name and id.
const AGENT_ENV: &str = "/etc/cilium/clustermesh.env";

/// One path of the command line.
pub(super) enum PathContent {
    /// A folder or an archive, and what was found while it was read.
    Subject(Box<Subject>, Vec<Diagnostic>),
    /// A file of certificates.
    Certificates(Zeroizing<Vec<u8>>),
}

/// Reads `path`. `root` is where the node's `/` is.
pub(super) fn read(path: &Path, root: Option<&Path>) -> Result<PathContent, Failure> {
    let help = "name a bundle or a folder that agents watch; `meshbundle generate` writes bundles to `out`";
    let metadata = fs_err::metadata(path).map_err(|error| Failure::unread(path, &error, help))?;
    let shown = path.display().to_string();
    if metadata.is_dir() {
        // Of a compose project's folder, what agents watch is meant.
        if let Some(peers) = project::at(path).and_then(|project| project.peers()) {
            return read(&path.join(peers), root);
        }
        return folder(path, root, &shown).map(|subject| PathContent::Subject(Box::new(subject), Vec::new()));
    }
    let unread = |error: io::Error| Failure::file(path, &error);
    let mut file = input::open(path).map_err(unread)?;
    let mut start = Vec::new();
    file.by_ref().take(Tree::MAX_FILE).read_to_end(&mut start).map_err(unread)?;
    let named = [".tar.gz", ".tgz"].iter().any(|ending| shown.ends_with(ending));
    if start.starts_with(&[0x1f, 0x8b]) || named {
        let archive = read_archive(start.as_slice().chain(file), &shown);
        let mut subject = Subject::new(shown, archive.tree);
        subject.archive = true;
        subject.top = archive.top;
        return Ok(PathContent::Subject(Box::new(subject), archive.findings));
    }
    let start = Zeroizing::new(start);
    let text = Text::read(&start);
    if text.certificates().next().is_some() {
        return Ok(PathContent::Certificates(start));
    }
    let is_text = !start.contains(&0);
    let what = match (is_text && has(&start, b"endpoints:"), text.holds_key()) {
        (true, _) => "is a config: name the folder that it is in".to_owned(),
        (_, true) => "is a key: name the folder or the bundle that it is in".to_owned(),
        _ => {
            let (reason, help) = text.instead(Want::Certificates, &shell_word(&shown));
            let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
            format!("is neither a bundle (.tar.gz), nor a folder, nor a certificate in PEM: {reason}{help}")
        }
    };
    Err(Failure::Input(format!("`{shown}` {what}")))
}

fn has(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

/// Everything in a bundle; of any other folder what stands right in it, as agents do not look deeper, and what configs name.
fn folder(path: &Path, root: Option<&Path>, shown: &str) -> Result<Subject, Failure> {
    if path.join("index.json").exists() && path.join("bundles").is_dir() {
        let help = format!("name one of the archives below `{shown}/bundles`, or verify all: `meshbundle verify {shown}`");
        return Err(Failure::Input(format!("`{shown}` is what `generate` writes to\nhelp: {help}")));
    }
    let bundle = path.join("manifest.json").exists() || path.join("payload").is_dir();
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
    let mut subject = Subject::new(shown, tree);
    if !subject.is_bundle() {
        place(&mut subject, path, root, &mut left);
        subject.project = project::around(path);
    }
    Ok(subject)
}

/// Finds the files that the configs of a bare folder name. Agents see the folder at another path, perhaps, than it has here: that
/// of most files that are in it. What they see elsewhere is looked for below the node's root: the one that was given, one
/// that contains the folder, or this machine's.
fn place(subject: &mut Subject, path: &Path, root: Option<&Path>, left: &mut u64) {
    let named = subject.named();
    let mut votes: BTreeMap<&Path, usize> = BTreeMap::new();
    for file in &named {
        let file = Path::new(file);
        let seen = file
            .ancestors()
            .skip(1)
            .find(|seen| file.strip_prefix(seen).is_ok_and(|rest| path.join(rest).symlink_metadata().is_ok()));
        if let Some(seen) = seen {
            *votes.entry(seen).or_default() += 1;
        }
    }
    let full = fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mount = votes.into_iter().max_by_key(|(_, count)| *count).map(|(seen, _)| seen.to_owned());
    let around = mount.as_deref().and_then(|mount| Some(full.to_str()?.strip_suffix(mount.to_str()?)?.to_owned()));
    let guessed = around.filter(|around| !around.is_empty()).map(PathBuf::from);
    let roots: Vec<PathBuf> = match root {
        Some(root) => vec![root.to_owned()],
        // The folder may stand at its own path below the node's root, too, with nothing in it that says so.
        None => guessed.into_iter().chain(full.ancestors().skip(1).map(Path::to_owned)).collect(),
    };
    for file in &named {
        let mounted = mount.as_deref().and_then(|mount| Path::new(file).strip_prefix(mount).ok());
        let inside = mounted.filter(|inside| path.join(inside).symlink_metadata().is_ok());
        let at = if let Some(inside) = inside {
            path.join(inside)
        } else {
            let places = || roots.iter().map(|root| below(root, &root.join(file.trim_start_matches('/'))));
            let there = places().find(|at| at.symlink_metadata().is_ok());
            // Of a file that is nowhere, the place where it should be is shown.
            there.or_else(|| Some(path.join(mounted?))).or_else(|| places().next_back()).unwrap_or_default()
        };
        let entry = at.symlink_metadata().is_ok().then(|| entry(&at, root, left));
        let placed = Placed { at: at.display().to_string(), inside: inside.map(name), entry };
        subject.placed.insert(file.clone(), placed);
    }
    subject.records = records(&full);
    let environment = roots.iter().map(|root| root.join(AGENT_ENV.trim_start_matches('/'))).find(|at| at.is_file());
    subject.environment = environment.map(|at| entry(&at, root, left));
}

/// Manifests that `install.sh` has left above the folder `full`, each with the path of the folder from there.
fn records(full: &Path) -> Vec<(String, Vec<u8>)> {
    let above = full.ancestors().skip(1).flat_map(|root| [NODE_RECORD, PROJECT_RECORD].map(|record| (root, root.join(record))));
    let read = |(root, at): (&Path, PathBuf)| {
        Some((name(full.strip_prefix(root).ok()?), input::read(&at, Tree::MAX_FILE).ok()?.to_vec()))
    };
    above.filter_map(read).collect()
}
