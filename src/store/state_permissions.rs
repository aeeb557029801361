//! Whether a state folder is safe for keys: its owner, its modes and those of its content, and no folder that is a link. It also
//! writes a `.gitignore`, so that a commit of the mesh contains no key.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::atomic::{named, read_ours, read_text, replace};
use super::error::StoreError;
use super::state_reader::{AUTHORITIES, ISSUED, LEDGER};

/// Checks the folder, and everything in its folders.
pub(super) fn check(folder: &Path, command: &str) -> Result<(), StoreError> {
    exposures(folder, command)?.into_iter().next().map_or(Ok(()), Err)
}

/// Everything of the state in `folder` that others may read or own, or that is a link in place of a folder.
///
/// # Errors
/// If the system refuses to say.
pub fn state_exposures(folder: &Path) -> Result<Vec<StoreError>, StoreError> {
    exposures(folder, "")
}

fn exposures(folder: &Path, command: &str) -> Result<Vec<StoreError>, StoreError> {
    let unread = |path: &Path, error: io::Error| StoreError::Io(named(&error, path));
    let mut found: Vec<StoreError> = one(folder, folder, &fs_err::metadata(folder)?, command).into_iter().collect();
    for inner in [AUTHORITIES, ISSUED, LEDGER] {
        for entry in walkdir::WalkDir::new(folder.join(inner)).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => continue,
                Err(error) => return Err(unread(&folder.join(inner), error.into())),
            };
            // For a link to a file, the target counts.
            let metadata = fs_err::metadata(entry.path())?;
            if entry.path_is_symlink() && metadata.is_dir() {
                found.push(StoreError::Linked { path: entry.into_path() });
                continue;
            }
            found.extend(one(folder, entry.path(), &metadata, command));
        }
    }
    Ok(found)
}

fn one(folder: &Path, path: &Path, metadata: &std::fs::Metadata, command: &str) -> Option<StoreError> {
    let (owner, me) = (metadata.uid(), rustix::process::geteuid().as_raw());
    let (path, state) = (path.to_owned(), folder.to_owned());
    if owner != me {
        let help = if me == 0 && path == state {
            format!("run it as its owner: `sudo -u '#{owner}' {command}`")
        } else {
            format!("make it yours: `sudo chown -R {me} {}`", state.display())
        };
        return Some(StoreError::OthersOwn { path, owner, me, help });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    (mode & 0o077 != 0).then_some(StoreError::Exposed { path, state, mode })
}

/// Writes a `.gitignore` that covers the whole state. An existing one stays unchanged. A state that git already tracks gets none,
/// because that is intended.
pub(super) fn hide_from_git(folder: &Path) -> io::Result<()> {
    let path = folder.join(".gitignore");
    if std::fs::symlink_metadata(&path).is_ok() || is_tracked(folder) {
        return Ok(());
    }
    replace(&path, 0o600, b"*\n")
}

/// Whether the git repository around `folder` tracks its inventory: an index has paths as plain bytes (gitformat-index).
fn is_tracked(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    let found = folder.ancestors().find_map(|top| Some((top, index_of(top)?)));
    let Some((top, index)) = found else { return false };
    let inventory = folder.strip_prefix(top).unwrap_or(&folder).join("inventory.json");
    let wanted = inventory.as_os_str().as_encoded_bytes();
    read_ours(&index).is_ok_and(|index| index.windows(wanted.len()).any(|part| part == wanted))
}

/// The index of the repository with the working tree `top`. In a linked working tree, the file `.git` names it.
fn index_of(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    if git.is_dir() {
        return Some(git.join("index"));
    }
    let text = read_text(&git).ok()?;
    Some(top.join(text.strip_prefix("gitdir: ")?.trim_end()).join("index"))
}
