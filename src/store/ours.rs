//! Which files of an output folder meshbundle has written: those that the ledger or the index names. All others are never
//! touched.
//!
//! The ledger is the inventory: it has the path of every bundle before its first byte is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::plan::{Inventory, loose_names};

use super::atomic::TEMPORARY;
use super::index::Index;
use super::tree;

/// Files at the top.
const TOP: [&str; 3] = [".gitignore", "index.json", "SHA256SUMS"];

/// The paths of all bundles that were ever written from this state.
fn bundles(inventory: &Inventory) -> impl Iterator<Item = &String> {
    inventory.bundles.keys().chain(inventory.retired.keys())
}

/// Whether a bundle is an archive, by its path: `CLUSTER/KIND/NAME`.
pub(super) fn is_archive(bundle: &str) -> bool {
    bundle.split('/').count() == 3
}

/// Folders in which files are written, and in which a killed run may leave temporary files.
pub(super) fn folders(inventory: &Inventory) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::from([PathBuf::new()]);
    for bundle in bundles(inventory) {
        let bundle = Path::new(bundle);
        for root in ["bundles", "unpacked"] {
            folders.extend(bundle.ancestors().skip(1).map(|folder| Path::new(root).join(folder)));
        }
        folders.insert(Path::new("bundles").join(bundle));
    }
    folders
}

/// The first file in `folder` that meshbundle has not written.
pub(super) fn first_foreign(folder: &Path, inventory: &Inventory) -> Option<String> {
    let named: BTreeSet<&str> = bundles(inventory).map(String::as_str).collect();
    let is_ours = |path: &str| {
        if TOP.contains(&path) || path.split('/').any(|part| part.starts_with(TEMPORARY)) {
            return true;
        }
        if let Some(path) = path.strip_prefix("unpacked/") {
            let bundle = path.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
            return named.contains(bundle.as_str());
        }
        let Some(path) = path.strip_prefix("bundles/") else { return false };
        let archive = path.strip_suffix(".tar.gz").is_some_and(|bundle| named.contains(bundle));
        let loose =
            path.rsplit_once('/').is_some_and(|(bundle, name)| named.contains(bundle) && loose_names(bundle).contains(&name));
        archive || loose
    };
    let entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| !entry.file_type().is_dir());
    let mut paths = files.map(|entry| entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_string_lossy().into_owned());
    paths.find(|path| !is_ours(path))
}

/// Files of meshbundle in `folder` that are obsolete, by path below it: those of removed bundles, and loose ones. `keeps` decides
/// whether the path of a bundle, or of a loose file, stays.
pub(super) fn obsolete(folder: &Path, inventory: &Inventory, index: &Index, keeps: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let mut gone = BTreeSet::new();
    let mut add = |path: String| {
        // A folder or a link in place of a file was made by another program.
        if std::fs::symlink_metadata(folder.join(&path)).is_ok_and(|metadata| metadata.is_file()) {
            gone.insert(path);
        }
    };
    let archives = bundles(inventory).chain(index.archives.keys()).filter(|bundle| is_archive(bundle));
    for bundle in archives.filter(|bundle| !keeps(bundle)) {
        add(format!("bundles/{bundle}.tar.gz"));
        let root = format!("unpacked/{bundle}");
        tree::files(&folder.join(&root)).into_iter().for_each(|path| add(format!("{root}/{path}")));
    }
    let loose = bundles(inventory).flat_map(|bundle| loose_names(bundle).into_iter().map(move |name| format!("{bundle}/{name}")));
    for path in loose.chain(index.files.keys().cloned()).filter(|path| !keeps(path)) {
        add(format!("bundles/{path}"));
    }
    gone
}
