//! Makes a state from a backup, or from a copy of a state's folder. It is not the state that wrote last, so it begins a new branch, and
//! what was recorded of machines before is not known any more.

use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use crate::input;
use crate::plan::{FORMAT, Inventory};
use crate::wiped::Wiped;

use super::atomic::{MAX_OURS, put, read_ours};
use super::backup::TOP;
use super::error::StoreError;
use super::key_change;
use super::receipts::read_evidence;
use super::record;
use super::state::State;
use super::state_file::{self, INVENTORY, StateFile};

/// Files in a backup: a mesh of 511 clusters of an early release has a quarter of a million leaves.
const MAX_FILES: usize = 1_000_000;
/// Bytes in a backup that was decompressed.
const MAX_TOTAL: u64 = 8 << 30;

/// Makes a state in `folder` from the backup, or the copy of a state, at `from`. If that is `folder` itself, only its branch is new. `now`
/// is in Unix seconds, and `command` what its owner would run.
///
/// # Errors
/// If there is a state already, `from` is no backup, or the system refuses. Nothing is written then.
pub fn restore(from: &Path, folder: &Path, command: &str, now: u64) -> Result<Inventory, StoreError> {
    let backup = Backup { path: from };
    let inventory = backup.inventory()?;
    let in_place = from.is_dir() && fs_err::canonicalize(from)? == fs_err::canonicalize(folder).unwrap_or_default();
    if !in_place && !State::peek(folder)?.is_empty() {
        return Err(StoreError::StateExists { path: folder.to_owned() });
    }
    let state = State::open(folder, command)?;
    if !in_place {
        backup.each(&mut |file, bytes| {
            if file.path == Path::new(INVENTORY) {
                return Ok(());
            }
            let path = folder.join(&file.path);
            if let Some(parent) = path.parent() {
                state.prepare(parent)?;
            }
            Ok(put(&path, 0o600, &bytes)?)
        })?;
        key_change::recover_copy(state.files())?;
    }
    state.keep_evidence(&read_evidence(folder)?.of_steps())?;
    let restored = inventory.clone().restored(now);
    state.commit(&inventory, &restored)?;
    Ok(restored)
}

/// A backup, or a copy of a state's folder.
struct Backup<'a> {
    path: &'a Path,
}

impl Backup<'_> {
    /// Its inventory, after a look at every file in it.
    fn inventory(&self) -> Result<Inventory, StoreError> {
        let mut found = None;
        self.each(&mut |file, bytes| {
            if file.path == Path::new(INVENTORY) {
                found = Some(bytes);
            }
            Ok(())
        })?;
        let bytes = found.ok_or_else(|| self.damaged(format!("it has no `{INVENTORY}`")))?;
        let inventory = record::parse::<Inventory>(self.path, &bytes, FORMAT)?.upgraded();
        if inventory.is_empty() { Err(self.damaged("nothing was issued from it".to_owned())) } else { Ok(inventory) }
    }

    /// Hands out each file with its content.
    fn each(&self, take: &mut Take<'_>) -> Result<(), StoreError> {
        if !self.path.is_dir() {
            return self.each_archived(take);
        }
        if !self.path.join(INVENTORY).is_file() {
            return Err(self.damaged(format!("it has no `{INVENTORY}`")));
        }
        for file in state_file::all(self.path)? {
            let bytes = read_ours(&self.path.join(&file.path))?;
            take(&file, bytes)?;
        }
        Ok(())
    }

    fn each_archived(&self, take: &mut Take<'_>) -> Result<(), StoreError> {
        let open = input::open(self.path).map_err(|error| self.unread(&error))?;
        let damaged = |error: io::Error| self.damaged(error.to_string());
        let mut archive = tar::Archive::new(GzDecoder::new(open).take(MAX_TOTAL));
        // Raw: neither long names nor sparse files, which a backup has not.
        for (count, entry) in archive.entries().map_err(damaged)?.raw(true).enumerate() {
            let mut entry = entry.map_err(damaged)?;
            if count >= MAX_FILES {
                return Err(self.damaged(format!("it has more than {MAX_FILES} files")));
            }
            let path = entry.path().map_err(damaged)?.into_owned();
            let file = path.strip_prefix(TOP).ok().and_then(StateFile::new);
            let size = entry.header().entry_size().map_err(damaged)?;
            let Some(file) = file.filter(|_| entry.header().entry_type().is_file() && size <= MAX_OURS) else {
                return Err(self.damaged(format!("`{}` is no file of a state", path.display().to_string().escape_debug())));
            };
            let mut bytes = Wiped::from(Vec::new());
            bytes.reserve_exact(usize::try_from(size.min(1 << 20)).unwrap_or_default());
            entry.read_to_end(&mut bytes).map_err(damaged)?;
            if bytes.len() as u64 != size {
                return Err(self.damaged("it was cut off".to_owned()));
            }
            take(&file, bytes)?;
        }
        Ok(())
    }

    fn damaged(&self, reason: String) -> StoreError {
        StoreError::NoBackup { path: self.path.to_owned(), reason }
    }

    fn unread(&self, error: &io::Error) -> StoreError {
        StoreError::Io(io::Error::new(error.kind(), format!("failed to read `{}`: {error}", self.path.display())))
    }
}

/// What is done with each file.
type Take<'a> = dyn FnMut(&StateFile, Wiped) -> Result<(), StoreError> + 'a;
