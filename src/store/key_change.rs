//! How the form of the keys of CAs changes: all files of a change are written into a folder beside the keys. Renaming that folder is the commit.
//! From then on a later run moves its files into place if this one is killed; before, it removes the folder.

use std::io;
use std::path::Path;

use super::atomic::{read_ours, sync_folder};
use super::error::StoreError;
use super::state_reader::{AUTHORITIES, IDENTITY, READY, RECIPIENTS, StateFiles};

/// In the folder of CAs: a change that is being written.
pub(super) const NEXT: &str = "next";
/// Both folders.
pub(super) const FOLDERS: [&str; 2] = [NEXT, READY];
/// How the name of an identity begins that a passphrase protects.
const PROTECTED: &str = "passphrase-";

/// Name of the file with an identity that a passphrase protects.
pub(super) fn identity_name(name: &str) -> String {
    format!("{PROTECTED}{name}{IDENTITY}")
}

/// Makes the change count that is written, and on disk.
pub(super) fn commit(files: &StateFiles) -> Result<(), StoreError> {
    let folder = files.folder.join(AUTHORITIES);
    fs_err::rename(folder.join(NEXT), folder.join(READY))?;
    sync_folder(&folder)?;
    complete(&folder, files)
}

/// Completes the change that a killed run has committed, and takes one away that it has not.
pub(super) fn recover(files: &StateFiles) -> Result<(), StoreError> {
    let folder = files.folder.join(AUTHORITIES);
    match fs_err::remove_dir_all(folder.join(NEXT)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    if folder.join(READY).is_dir() { complete(&folder, files) } else { Ok(()) }
}

/// Completes the change in a copy of a state, of which empty folders were left out.
pub(super) fn recover_copy(files: &StateFiles) -> Result<(), StoreError> {
    recover(files)?;
    tidy(files)
}

fn complete(folder: &Path, files: &StateFiles) -> Result<(), StoreError> {
    let ready = folder.join(READY);
    // What opens a key comes before it.
    let last = |entry: &walkdir::DirEntry| {
        (entry.path().extension().is_some_and(|ending| ending == "key"), entry.file_name().to_owned())
    };
    for entry in walkdir::WalkDir::new(&ready).min_depth(1).max_depth(1).sort_by_key(last) {
        let entry = entry.map_err(io::Error::from)?;
        fs_err::rename(entry.path(), folder.join(entry.file_name()))?;
    }
    sync_folder(folder)?;
    tidy(files)?;
    fs_err::remove_dir(&ready)?;
    Ok(sync_folder(folder)?)
}

/// Removes what a completed change needs no longer: identities of passphrases that open nothing, and an empty record of recipients.
fn tidy(files: &StateFiles) -> Result<(), StoreError> {
    let recipients = files.recipients()?;
    for path in files.protected_identities() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let Some(named) = name.strip_prefix(PROTECTED) else { continue };
        if recipients.as_ref().is_none_or(|recipients| !recipients.has_ending(named)) {
            fs_err::remove_file(&path)?;
        }
    }
    let record = files.folder.join(AUTHORITIES).join(RECIPIENTS);
    if recipients.is_none() && read_ours(&record).is_ok_and(|text| text.is_empty()) {
        fs_err::remove_file(&record)?;
    }
    Ok(())
}
