//! Allows one run at a time on a state, with an advisory lock that the kernel releases when its holder ends. The lock file stays
//! empty, so that a run without changes does not change it.

use std::fs::TryLockError;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt;
use rustix::fs::OFlags;

use super::error::StoreError;

/// How long to wait for another run to end.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);
/// With this flag, opening a pipe without a reader is an error.
const NO_WAIT: i32 = OFlags::NONBLOCK.bits().cast_signed();

/// Held until dropped.
pub(super) struct Lock {
    _file: fs_err::File,
}

impl Lock {
    /// Takes the lock `path`, and waits for another run to end.
    pub(super) fn take(path: PathBuf) -> Result<Self, StoreError> {
        let file =
            fs_err::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).custom_flags(NO_WAIT).open(&path)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.file().try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => continue,
                // For example a file system without locks.
                Err(TryLockError::Error(error)) => {
                    let text = format!("failed to lock `{}`: {error}", path.display());
                    return Err(std::io::Error::new(error.kind(), text).into());
                }
            }
            if waited >= PATIENCE {
                return Err(StoreError::Locked { holder: holder(&file), path });
            }
            std::thread::sleep(PAUSE);
            waited += PAUSE;
        }
    }
}

/// Who holds the lock on `file`, from the kernel's list (proc(5), `/proc/locks`): `1: FLOCK ADVISORY WRITE 4711
/// 08:01:1234 0 EOF`. A holder on another machine or in another container is not in it.
fn holder(file: &fs_err::File) -> String {
    let unknown = || "another process, perhaps on another machine".to_owned();
    let (Ok(metadata), Ok(locks)) = (file.metadata(), fs_err::read_to_string("/proc/locks")) else { return unknown() };
    let inode = format!(":{}", metadata.ino());
    let process = locks.lines().filter(|line| line.contains(" FLOCK ") && !line.contains("->")).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        (fields.get(5)?.ends_with(&inode)).then(|| fields.get(4).copied()).flatten()
    });
    let Some(process) = process.filter(|process| *process != "0") else { return unknown() };
    let words = fs_err::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let words = words.split('\0').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if words.is_empty() { format!("process {process}") } else { format!("process {process} (`{}`)", words.escape_debug()) }
}
