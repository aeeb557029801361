//! A backup of a state: one `.tar.gz` with its inventory, CAs, leaves and ledger. It holds keys, and is 0600 from its first byte.

use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::atomic::{named, publish_new, read_ours, sync_folder, temporary};
use super::error::StoreError;
use super::state::State;
use super::state_file::{self, StateFile};

/// The top folder in a backup.
pub(super) const TOP: &str = "state";

impl State {
    /// Writes a backup to the new file `path`. Two backups of one state have the same bytes. Returns how many files are in it.
    ///
    /// # Errors
    /// If `path` exists or is inside the state, or the system refuses.
    pub fn back_up(&self, path: &Path) -> Result<usize, StoreError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let inside = |folder: &Path| {
            Ok::<bool, io::Error>(fs_err::canonicalize(folder)?.starts_with(fs_err::canonicalize(&self.files().folder)?))
        };
        if inside(folder)? {
            return Err(StoreError::InsideState { path: path.to_owned() });
        }
        let mut file = temporary(folder)?;
        let files = state_file::all(&self.files().folder)?;
        let mut archive = tar::Builder::new(GzEncoder::new(io::BufWriter::new(file.as_file_mut()), Compression::default()));
        for StateFile { path: below } in &files {
            let bytes = read_ours(&self.files().folder.join(below))?;
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o600);
            header.set_size(bytes.len() as u64);
            header.set_mtime(0);
            archive
                .append_data(&mut header, Path::new(TOP).join(below), bytes.as_slice())
                .map_err(|error| named(&error, path))?;
        }
        let written = archive.into_inner().and_then(GzEncoder::finish).and_then(|mut out| out.flush());
        written.and_then(|()| file.as_file().sync_all()).map_err(|error| named(&error, path))?;
        publish_new(file, path)?;
        sync_folder(folder)?;
        Ok(files.len())
    }
}
