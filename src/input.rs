//! Opens what others have written: regular files only, with a limit on what is read of them.
//!
//! A pipe, a socket or a device where a file belongs is an error and never a wait, whatever took the place of the file meanwhile.
//! Symbolic links are followed, as agents and mounted Secrets need it. Errors have no path: callers know how users call it. Only a descriptor that
//! the user opened for this may be a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::wiped::Wiped;

/// Opens a regular file.
///
/// # Errors
/// If it is something else, or the system refuses.
pub fn open(path: &Path) -> io::Result<File> {
    // To open a device may already do something.
    regular(std::fs::metadata(path)?.file_type())?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// The mode and the content of a regular file of at most `max` bytes.
///
/// # Errors
/// If it is something else, if it is larger, or the system refuses.
pub fn read_with_mode(path: &Path, max: u64) -> io::Result<(u32, Wiped)> {
    let file = open(path)?;
    let metadata = file.metadata()?;
    let mut bytes = Wiped::from(Vec::new());
    // All at once: a vector that grows leaves copies of keys behind.
    bytes.reserve_exact(usize::try_from(metadata.len().min(max)).unwrap_or(0).saturating_add(1));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(too_large(max));
    }
    Ok((metadata.permissions().mode() & 0o7777, bytes))
}

/// The content of a regular file of at most `max` bytes.
///
/// # Errors
/// If it is something else, if it is larger, or the system refuses.
pub fn read(path: &Path, max: u64) -> io::Result<Wiped> {
    read_with_mode(path, max).map(|(_, bytes)| bytes)
}

/// What the file descriptor `number` of this process has, of at most `max` bytes. It may be a pipe: whoever names it wants it read to its end.
///
/// # Errors
/// If it is not open, or has more, or the system refuses.
pub fn read_descriptor(number: u32, max: u64) -> io::Result<Wiped> {
    let file = File::open(format!("/proc/self/fd/{number}"))?;
    let mut bytes = Wiped::from(Vec::with_capacity(usize::try_from(max).unwrap_or_default().saturating_add(1)));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(too_large(max)) } else { Ok(bytes) }
}

/// The error of a file with more than `max` bytes.
pub fn too_large(max: u64) -> io::Error {
    let limit = if max >= 1 << 20 { format!("{} MiB", max >> 20) } else { format!("{} KiB", max >> 10) };
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit}"))
}

fn regular(kind: std::fs::FileType) -> io::Result<()> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory, not a file")),
        kind if kind.is_fifo() => "a pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a regular file")))
}
