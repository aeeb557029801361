//! Which files make up a state: names, and nothing of their content. A backup has these, and no others are taken from one.

use std::path::{Path, PathBuf};

use super::atomic::TEMPORARY;
use super::error::StoreError;
use super::state_reader::{AUTHORITIES, ISSUED, LEDGER, READY};

/// The record that a state begins with.
pub(super) const INVENTORY: &str = "inventory.json";

/// A file of a state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StateFile {
    /// Its path below the folder of the state.
    pub(super) path: PathBuf,
}

impl StateFile {
    /// The file at `path` below the folder of a state, if a state has such a file.
    pub(super) fn new(path: &Path) -> Option<Self> {
        let parts: Vec<&str> = path.to_str()?.split('/').collect();
        let is_name = |part: &&str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(letter)
        };
        let fits = match parts.as_slice() {
            [INVENTORY] => true,
            // `READY` has a change of the form of its keys that is committed, and not completed.
            [AUTHORITIES, READY, name] | [AUTHORITIES | LEDGER, name] => is_name(name),
            [ISSUED, cluster, name] => is_name(cluster) && is_name(name),
            _ => false,
        };
        fits.then(|| Self { path: path.to_owned() })
    }
}

/// All files of the state in `folder`, sorted; the inventory comes first.
///
/// # Errors
/// If a folder cannot be read.
pub(super) fn all(folder: &Path) -> Result<Vec<StateFile>, StoreError> {
    let mut files: Vec<StateFile> = StateFile::new(Path::new(INVENTORY)).into_iter().collect();
    for inner in [AUTHORITIES, ISSUED, LEDGER] {
        for entry in walkdir::WalkDir::new(folder.join(inner)).min_depth(1).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.depth() == 0 => continue,
                Err(error) => return Err(StoreError::Io(error.into())),
            };
            let is_ours = !entry.file_name().to_string_lossy().starts_with(TEMPORARY);
            let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            if is_ours && !entry.file_type().is_dir() {
                files.extend(StateFile::new(below));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::StateFile;

    #[test]
    fn only_files_of_a_state_are_taken_from_a_backup() {
        for good in [
            "inventory.json",
            "authorities/core.0a.key",
            "authorities/ready/core.0a.key",
            "issued/fra/0a1b.pem",
            "ledger/receipts",
        ] {
            assert!(StateFile::new(Path::new(good)).is_some(), "{good}");
        }
        for bad in [
            "",
            "lock",
            ".gitignore",
            "authorities",
            "authorities/.x",
            "authorities/../x",
            "authorities/next/x",
            "authorities/a b",
            "issued/fra",
            "issued/../x.pem",
            "issued/fra/../x.pem",
            "issued/fra/x/y.pem",
            "/inventory.json",
            "inventory.json/",
            "./inventory.json",
        ] {
            assert!(StateFile::new(Path::new(bad)).is_none(), "{bad}");
        }
    }
}
