//! Replaces a report that other programs may read at the same time. Runs may overlap.

use std::io::{self, Write as _};
use std::path::Path;

use time::OffsetDateTime;

use super::atomic::{named, publish, temporary};

/// Other users read it: it has no secret.
const MODE: u32 = 0o644;

/// Whether [`replace_report`] can write `path`, as far as that shows before.
///
/// # Errors
/// Why it cannot.
pub fn check_report(path: &Path) -> io::Result<()> {
    written_at(path)?;
    temporary(folder(path)).map(drop)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// When a report was last written, if it exists.
fn written_at(path: &Path) -> io::Result<Option<OffsetDateTime>> {
    match fs_err::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => Err(named(&io::Error::other("it is not a regular file"), path)),
        metadata => Ok(metadata.and_then(|metadata| metadata.modified()).map(OffsetDateTime::from).ok()),
    }
}

/// Replaces `path` in one step, unless a run that began after `began` has written it. The time of the file is the start of the
/// run that wrote it; a time after `now` is ignored. Returns whether it was written.
///
/// # Errors
/// If the system refuses, or `path` is not a regular file.
pub fn replace_report(path: &Path, content: &[u8], began: OffsetDateTime, now: OffsetDateTime) -> io::Result<bool> {
    let folder = folder(path);
    // No other run may write between reading the old file's time and the rename.
    let lock = fs_err::File::open(folder)?;
    lock.file().lock().map_err(|error| named(&error, path))?;
    let later = |written: OffsetDateTime| written > began && written <= now;
    if written_at(path)?.is_some_and(later) {
        return Ok(false);
    }
    let mut file = temporary(folder)?;
    let written = file.write_all(content).and_then(|()| file.as_file().set_modified(began.into()));
    written.and_then(|()| file.as_file().sync_all()).map_err(|error| named(&error, path))?;
    publish(file, path, MODE)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use time::{Duration, OffsetDateTime};

    use super::replace_report;

    const START: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

    #[test]
    fn a_run_that_began_earlier_and_ends_later_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("meshbundle.prom");
        let at = |seconds| START + Duration::seconds(seconds);
        let write = |text: &str, began, ends| replace_report(&path, text.as_bytes(), at(began), at(ends)).expect("written");
        assert!(write("first", 0, 10));
        assert!(write("later", 60, 62));
        assert!(!write("slow", 50, 130));
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "later");
        assert!(write("next", 120, 180));
        // The clock was wrong, and is right again.
        assert!(write("back", 0, 10));
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "back");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
        assert!(replace_report(folder.path(), b"", at(0), at(0)).is_err());
    }
}
