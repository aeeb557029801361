//! What is in the folder of a state, and does not belong to it: it is told by names, nothing is opened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::atomic::TEMPORARY;
use super::error::StoreError;
use super::key_change::FOLDERS;
use super::leaf_file::LEAF;
use super::receipts::RECEIPTS;
use super::state_file::INVENTORY;
use super::state_reader::{AUTHORITIES, IDENTITY, ISSUED, KEY, LEDGER, RECIPIENTS};

/// Why a file or folder does not belong to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// A killed run was writing it.
    Temporary,
    /// A file with leaves that no inventory names.
    Leaves,
    /// No run makes such a file.
    Other,
}

/// Everything in the state `folder` that does not belong to it, sorted. `leaves` are the files with leaves that its inventory names. Of a folder,
/// only itself.
///
/// # Errors
/// If a folder cannot be read.
pub fn state_strays(folder: &Path, leaves: &BTreeSet<PathBuf>) -> Result<Vec<(PathBuf, Stray)>, StoreError> {
    let mut found = Vec::new();
    let mut entries = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(std::io::Error::from)?;
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let Some(stray) = judge(below, entry.file_type().is_dir(), leaves.contains(entry.path())) else { continue };
        if entry.file_type().is_dir() {
            entries.skip_current_dir();
        }
        found.push((entry.into_path(), stray));
    }
    Ok(found)
}

/// Why what is at `below` does not belong to a state, if it does not.
fn judge(below: &Path, is_folder: bool, is_named: bool) -> Option<Stray> {
    let parts: Vec<&str> = below.to_str().map(|text| text.split('/').collect()).unwrap_or_default();
    let name = *parts.last()?;
    if name.starts_with(TEMPORARY)
        || is_folder && parts.len() == 2 && parts.first() == Some(&AUTHORITIES) && FOLDERS.contains(&name)
    {
        return Some(Stray::Temporary);
    }
    let belongs = match parts.as_slice() {
        [AUTHORITIES | ISSUED | LEDGER] | [ISSUED, _] => is_folder,
        _ if is_folder => false,
        [INVENTORY | "lock" | ".gitignore"] | [AUTHORITIES, RECIPIENTS] | [LEDGER, RECEIPTS] => true,
        [AUTHORITIES, name] => [".crt", KEY, IDENTITY].iter().any(|ending| name.ends_with(ending)),
        [ISSUED, _, name] if name.ends_with(LEAF) && !is_named => return Some(Stray::Leaves),
        [ISSUED, _, name] => name.ends_with(LEAF),
        _ => false,
    };
    (!belongs).then_some(Stray::Other)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Stray, judge};

    #[test]
    fn names_tell_what_belongs_to_a_state() {
        for (path, is_folder, is_named, stray) in [
            ("inventory.json", false, false, None),
            ("lock", false, false, None),
            (".gitignore", false, false, None),
            ("authorities", true, false, None),
            ("authorities/core.0a.key", false, false, None),
            ("authorities/core.0a.crt", false, false, None),
            ("authorities/recipients", false, false, None),
            ("authorities/passphrase-0a1b2c3d.age", false, false, None),
            ("issued/fra", true, false, None),
            ("issued/fra/0a.pem", false, true, None),
            ("ledger/receipts", false, false, None),
            ("issued/fra/0a.pem", false, false, Some(Stray::Leaves)),
            ("issued/fra/.meshbundle-x", false, false, Some(Stray::Temporary)),
            (".meshbundle-x", false, false, Some(Stray::Temporary)),
            ("authorities/next", true, false, Some(Stray::Temporary)),
            ("authorities/ready", true, false, Some(Stray::Temporary)),
            ("authorities/other", true, false, Some(Stray::Other)),
            ("authorities/core.key.bak", false, false, Some(Stray::Other)),
            ("issued/fra/notes.txt", false, false, Some(Stray::Other)),
            ("ledger/receipts~", false, false, Some(Stray::Other)),
            ("inventory.json.orig", false, false, Some(Stray::Other)),
            ("old", true, false, Some(Stray::Other)),
        ] {
            assert_eq!(judge(Path::new(path), is_folder, is_named), stray, "{path}");
        }
    }
}
