//! The state: CAs, issued leaves with their keys, the inventory, the lock. Nothing else is kept between runs.
//!
//! Order of writing: keys and certificates under new names, then the inventory, which is the commit point. What no inventory
//! names was never shipped.

use std::collections::HashSet;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::plan::{FORMAT, Inventory};

use super::atomic::{create_new_file, make_folder, replace_if_different, replace_with, sweep, sync_filesystem, write_new_file};
use super::error::StoreError;
use super::key_change;
use super::leaf_file::{LEAF, LeafEntry};
use super::lock::Lock;
use super::record;
use super::state_file::INVENTORY;
use super::state_permissions;
use super::state_reader::{AUTHORITIES, ISSUED, StateFiles};

/// A state folder, locked against other runs.
pub struct State {
    files: StateFiles,
    _lock: Lock,
}

impl State {
    /// Opens the state, makes the folder if there is none, and waits for its lock. `command` is the command that its owner would
    /// run.
    ///
    /// # Errors
    /// If the folder belongs to another user, others may read it or a file in it, another run holds the lock, or the system refuses.
    pub fn open(folder: &Path, command: &str) -> Result<Self, StoreError> {
        // Those above it are nobody's secret.
        folder.parent().map_or(Ok(()), make_folder)?;
        private_folder(folder)?;
        state_permissions::check(folder, command)?;
        let lock = Lock::take(folder.join("lock"))?;
        sweep(folder, usize::MAX)?;
        let files = StateFiles::at(folder);
        key_change::recover(&files)?;
        state_permissions::hide_from_git(folder)?;
        Ok(Self { files, _lock: lock })
    }

    /// The files of the state, for reading.
    pub fn files(&self) -> &StateFiles {
        &self.files
    }

    /// Reads the inventory of a state without locking it. Without a state, it is empty.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn peek(folder: &Path) -> Result<Inventory, StoreError> {
        Ok(record::read::<Inventory>(&folder.join(INVENTORY), FORMAT)?.map(Inventory::upgraded).unwrap_or_default())
    }

    /// Identifies the inventory in `folder`: a commit is a rename, so it changes the file's identity.
    pub fn version(folder: &Path) -> Option<(u64, i64, i64)> {
        let metadata = std::fs::metadata(folder.join(INVENTORY)).ok()?;
        Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec()))
    }

    /// Writes the inventory if it has changed. From then on everything that it names counts; all of it is on disk before.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn commit(&self, before: &Inventory, inventory: &Inventory) -> Result<(), StoreError> {
        if before == inventory {
            return Ok(());
        }
        sync_filesystem(&self.files.folder)?;
        replace_with(&self.files.folder.join(INVENTORY), 0o600, |out| {
            serde_json::to_writer_pretty(&mut *out, inventory)?;
            out.write_all(b"\n")
        })?;
        Ok(())
    }

    /// Stores a new CA under the new name `file`. Its key is encrypted if those of the others are.
    ///
    /// # Errors
    /// If the system refuses, or the record of the recipients is damaged.
    pub fn add_authority(&self, file: &str, certificate_pem: &str, key_pem: &str) -> Result<(), StoreError> {
        private_folder(&self.files.folder.join(AUTHORITIES))?;
        let path = self.files.authority_key_path(file);
        match self.files.recipients()? {
            Some(recipients) => write_new_file(&path, 0o600, recipients.seal(key_pem.as_bytes())?.as_bytes())?,
            None => write_new_file(&path, 0o600, key_pem.as_bytes())?,
        }
        write_new_file(&self.files.authority_certificate_path(file), 0o600, certificate_pem.as_bytes())?;
        Ok(())
    }

    /// Stores the certificate of a CA whose key is not here.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn add_authority_certificate(&self, file: &str, certificate_pem: &str) -> Result<(), StoreError> {
        private_folder(&self.files.folder.join(AUTHORITIES))?;
        Ok(replace_if_different(&self.files.authority_certificate_path(file), 0o600, certificate_pem.as_bytes())?)
    }

    /// Makes `folder`, which is in the state, and those above it.
    pub(super) fn prepare(&self, folder: &Path) -> Result<(), StoreError> {
        let below = folder.strip_prefix(&self.files.folder).unwrap_or(Path::new(""));
        let mut folder = self.files.folder.clone();
        below.iter().try_for_each(|part| {
            folder.push(part);
            private_folder(&folder)
        })
    }

    /// Stores leaves of `cluster` in the new file `name`: chains and keys in one file, so that neither exists without the other. They
    /// count only once an inventory names the file.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn add_leaves(&self, cluster: &str, name: &str, leaves: &[LeafEntry]) -> Result<(), StoreError> {
        let folder = self.files.folder.join(ISSUED).join(cluster);
        self.prepare(&folder)?;
        create_new_file(&folder.join(format!("{name}{LEAF}")), 0o600, &LeafEntry::joined(leaves))?;
        Ok(())
    }

    /// Removes the files with leaves that the committed inventory does not name: their leaves were never shipped, no longer are, or are
    /// in a newer file.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn forget_others(&self, inventory: &Inventory) -> Result<(), StoreError> {
        let known: HashSet<PathBuf> = self.files.leaf_paths(inventory).map(|(_, _, path)| path).collect();
        let folder = self.files.folder.join(ISSUED);
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in walkdir::WalkDir::new(&folder).min_depth(1).contents_first(true).sort_by_file_name() {
            let Ok(entry) = entry else { continue };
            if entry.file_type().is_dir() {
                // Fails if something is left in the folder, as it should.
                let _ = std::fs::remove_dir(entry.path());
            } else if entry.file_name().to_string_lossy().ends_with(LEAF) && !known.contains(entry.path()) {
                fs_err::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Makes `folder`, 0700, unless there is one.
pub(super) fn private_folder(folder: &Path) -> Result<(), StoreError> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let text = format!("failed to create folder `{}`: {error}", folder.display());
            Err(StoreError::Io(io::Error::new(error.kind(), text)))
        }
        _ => Ok(()),
    }
}
