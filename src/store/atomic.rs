//! Writes files atomically: a file is complete or does not exist.

use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt;
use tempfile::{Builder, NamedTempFile};
use zeroize::Zeroizing;

use crate::input;
use crate::wiped::Wiped;

/// The prefix of temporary files: a file with this name after a crash can be removed.
pub(super) const TEMPORARY: &str = ".meshbundle-";

/// A temporary file in `folder`, 0600 from its creation, removed when it is dropped.
pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(|error| named(&error, folder))
}

/// Gives `file` its mode and its name, and atomically replaces a file of that name.
pub(super) fn publish(file: NamedTempFile, path: &Path, mode: u32) -> io::Result<()> {
    if mode != 0o600 {
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).map_err(|error| named(&error, path))?;
    }
    file.persist(path).map(drop).map_err(|error| named(&error.error, path))
}

/// Gives `file` the new name `path`; never replaces a file.
pub(super) fn publish_new(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist_noclobber(path).map(drop).map_err(|error| named(&error.error, path))
}

/// Writes `content` so that after a crash `path` holds either the new or the old content.
pub(super) fn replace(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    replace_with(path, mode, |out| out.write_all(content))
}

/// Like [`replace`], but the content comes from `write`.
pub(super) fn replace_with(path: &Path, mode: u32, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = temporary(folder)?;
    let mut out = BufWriter::new(file.as_file());
    let written = write(&mut out).and_then(|()| out.flush());
    drop(out);
    written.and_then(|()| file.as_file().sync_all()).map_err(|error| named(&error, path))?;
    publish(file, path, mode)?;
    sync_folder(folder)
}

/// Replaces `path` atomically, but does not touch a file that already has the content.
///
/// # Errors
/// If the system refuses.
pub fn replace_if_different(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    if read_ours(path).is_ok_and(|there| *there == content) {
        return Ok(());
    }
    replace(path, mode, content)
}

/// As [`replace_if_different`], with its mode, and for one of many: [`sync_filesystem`] puts them all on disk.
pub(super) fn put(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let is_file = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file);
    let permissions = is_file.filter(|_| read_ours(path).is_ok_and(|there| *there == content));
    match permissions.map(|metadata| metadata.permissions().mode() & 0o7777) {
        Some(there) if there == mode => Ok(()),
        Some(_) => fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)),
        None => {
            let mut file = temporary(path.parent().unwrap_or(Path::new(".")))?;
            file.write_all(content).map_err(|error| named(&error, path))?;
            publish(file, path, mode)
        }
    }
}

/// Makes a folder and its parents, never writable by others, whatever the umask is.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(folder);
    made.map_err(|error| named(&error, folder))
}

/// Writes a new file; never touches an existing one.
///
/// # Errors
/// If it exists, or the system refuses.
pub fn write_new_file(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    create_new_file(path, mode, content)?.sync_all()
}

/// As [`write_new_file`], for one of many: the caller puts them on disk with [`sync_filesystem`].
pub(super) fn create_new_file(path: &Path, mode: u32, content: &[u8]) -> io::Result<fs_err::File> {
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    Ok(file)
}

/// The largest file of certificates or of a key that a mesh names, in bytes.
const MAX_GIVEN: u64 = 4 << 20;
/// The largest file of the state or output, in bytes. The inventory of 511 clusters with 1,000 nodes each is smaller.
pub(super) const MAX_OURS: u64 = 1 << 30;

/// Reads a file of certificates or of a key that a mesh names.
///
/// # Errors
/// If it is not a regular file, or too large, or the system refuses.
pub fn read_given(path: &Path) -> io::Result<Wiped> {
    input::read(path, MAX_GIVEN).map_err(|error| unread(&error, path))
}

/// Reads a file of the state or output.
pub(super) fn read_ours(path: &Path) -> io::Result<Wiped> {
    input::read(path, MAX_OURS).map_err(|error| unread(&error, path))
}

/// Like [`read_ours`], for text in UTF-8.
pub(super) fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let text = |bytes: &Wiped| std::str::from_utf8(bytes).map(|text| Zeroizing::new(text.to_owned()));
    let no_text = |_| unread(&io::Error::new(io::ErrorKind::InvalidData, "it is not valid UTF-8"), path);
    read_ours(path).and_then(|bytes| text(&bytes).map_err(no_text))
}

/// The same error with the path in its message.
fn unread(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("failed to read `{}`: {error}", path.display()))
}

/// A rename is on disk only when its folder is.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs_err::File::open(folder)?.sync_all()
}

/// Puts everything on disk that was written to the file system of `folder`: one call instead of one for each of many files.
pub(super) fn sync_filesystem(folder: &Path) -> io::Result<()> {
    let folder_file = fs_err::File::open(folder)?;
    rustix::fs::syncfs(&folder_file).map_err(|error| named(&error.into(), folder))
}

/// Removes what a killed run left in `folder` and in the `depth` levels of folders below it.
pub(super) fn sweep(folder: &Path, depth: usize) -> io::Result<()> {
    for entry in walkdir::WalkDir::new(folder).min_depth(1).max_depth(depth.saturating_add(1)).sort_by_file_name() {
        let Ok(entry) = entry else { continue };
        let ours = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        if ours && entry.file_type().is_file() {
            fs_err::remove_file(entry.path())?;
        } else if ours && entry.file_type().is_dir() {
            fs_err::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The same error with the path in its message, as `fs_err` does it.
pub(super) fn named(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("failed to write `{}`: {error}", path.display()))
}
