//! One run at a time on a state: an advisory lock that the kernel drops with its holder, however that ends.

use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt;
use rustix::fs::{FlockOperation, flock};

use super::error::StoreError;

/// How long to wait for another run to end.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Held until dropped.
pub(super) struct Lock {
    _file: fs_err::File,
}

impl Lock {
    /// Takes the lock `path`, waiting for another run to end.
    pub(super) fn take(path: PathBuf) -> Result<Self, StoreError> {
        let mut file = fs_err::OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        let mut waited = Duration::ZERO;
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if waited >= PATIENCE {
                return Err(StoreError::Locked { holder: holder(&mut file), path });
            }
            std::thread::sleep(PAUSE);
            waited += PAUSE;
        }
        // The content is only for whoever waits in vain; a failure to write it is no reason to stop.
        let line = format!("process {} on {}\n", std::process::id(), host());
        if file.set_len(0).is_ok() && file.rewind().is_ok() {
            let _ = file.write_all(line.as_bytes());
        }
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut fs_err::File) -> String {
    let mut text = String::new();
    let known = file.rewind().is_ok() && file.take(200).read_to_string(&mut text).is_ok();
    let text = text.trim();
    if known && !text.is_empty() { text.escape_debug().to_string() } else { "another process".to_owned() }
}

fn host() -> String {
    fs_err::read_to_string(Path::new("/proc/sys/kernel/hostname"))
        .map_or_else(|_| "this host".to_owned(), |name| name.trim().to_owned())
}
