//! Which files of an output folder meshbundle has written: those that the ledger or the index names. All others are never
//! touched.
//!
//! The ledger is the inventory: it has the path of every bundle before its first byte is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::plan::{BundleId, Inventory, LooseFile, loose_names};

use super::atomic::TEMPORARY;
use super::index::Index;
use super::tree;

/// Files at the top.
const TOP: [&str; 3] = [".gitignore", "index.json", "SHA256SUMS"];

/// All bundles that were ever written from this state.
fn bundles(inventory: &Inventory) -> impl Iterator<Item = &BundleId> {
    inventory.bundles.keys().chain(inventory.retired.keys())
}

/// Folders in which files are written, and in which a killed run may leave temporary files.
pub(super) fn folders(inventory: &Inventory) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for bundle in bundles(inventory) {
        let bundle = bundle.to_string();
        let bundle = Path::new(&bundle);
        for root in ["bundles", "unpacked"] {
            folders.extend(bundle.ancestors().skip(1).map(|folder| Path::new(root).join(folder)));
        }
        folders.insert(Path::new("bundles").join(bundle));
    }
    folders
}

/// The first file in `folder` that meshbundle has not written.
pub(super) fn first_foreign(folder: &Path, inventory: &Inventory) -> Option<String> {
    let named: BTreeSet<&BundleId> = bundles(inventory).collect();
    let is_named = |bundle: &str| bundle.parse().is_ok_and(|bundle: BundleId| named.contains(&bundle));
    let is_ours = |path: &str| {
        if TOP.contains(&path) || path.split('/').any(|part| part.starts_with(TEMPORARY)) {
            return true;
        }
        if let Some(path) = path.strip_prefix("unpacked/") {
            return is_named(&path.splitn(4, '/').take(3).collect::<Vec<_>>().join("/"));
        }
        let Some(path) = path.strip_prefix("bundles/") else { return false };
        let is_loose = |file: LooseFile| named.contains(&file.bundle) && loose_names(&file.bundle).contains(&file.name.as_str());
        path.strip_suffix(".tar.gz").is_some_and(is_named) || path.parse().is_ok_and(is_loose)
    };
    let entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    let mut paths = files.map(|entry| entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_string_lossy().into_owned());
    paths.find(|path| !is_ours(path))
}

/// What of an output folder stays.
pub struct Remaining<'a> {
    /// Whether this archive stays.
    pub archive: &'a dyn Fn(&BundleId) -> bool,
    /// Whether this loose file stays.
    pub loose: &'a dyn Fn(&LooseFile) -> bool,
}

/// Files of meshbundle in `folder` that are obsolete, by path below it: those of removed bundles, and loose ones.
pub(super) fn obsolete(folder: &Path, inventory: &Inventory, index: &Index, remaining: &Remaining<'_>) -> BTreeSet<String> {
    let mut gone = BTreeSet::new();
    let mut add = |path: String| {
        // A folder or a link in place of a file was made by another program.
        if std::fs::symlink_metadata(folder.join(&path)).is_ok_and(|metadata| metadata.is_file()) {
            gone.insert(path);
        }
    };
    let archives = bundles(inventory).chain(index.archives.keys()).filter(|bundle| bundle.is_archive());
    for bundle in archives.filter(|bundle| !(remaining.archive)(bundle)) {
        add(format!("bundles/{bundle}.tar.gz"));
        let root = format!("unpacked/{bundle}");
        tree::files(&folder.join(&root)).into_iter().for_each(|path| add(format!("{root}/{path}")));
    }
    let loose = bundles(inventory).flat_map(|bundle| {
        loose_names(bundle).into_iter().map(|name| LooseFile { bundle: bundle.clone(), name: name.to_owned() })
    });
    for file in loose.chain(index.files.keys().cloned()).filter(|file| !(remaining.loose)(file)) {
        add(format!("bundles/{file}"));
    }
    gone
}
