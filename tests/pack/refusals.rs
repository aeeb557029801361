//! What an archive cannot contain, and what happens when its bytes cannot be written.

use std::io::{self, Write};

use meshbundle::pack::{Archive, Compressor, PackError};

fn message(result: Result<(), PackError>) -> String {
    result.expect_err("refused").to_string()
}

#[test]
fn paths_that_unpack_elsewhere() {
    let empty = Compressor::new().compress(b"");
    for (path, reason) in [
        ("", "it is empty"),
        ("/", "it is absolute"),
        ("/etc", "it is absolute"),
        ("a\0b", "it has a NUL byte"),
        ("a/", "one of its parts is empty"),
        ("a//b", "one of its parts is empty"),
        (".", "one of its parts is `.` or `..`"),
        ("./a", "one of its parts is `.` or `..`"),
        ("a/./b", "one of its parts is `.` or `..`"),
        ("..", "one of its parts is `.` or `..`"),
        ("a/../b", "one of its parts is `.` or `..`"),
    ] {
        let mut archive = Archive::new();
        archive.directory("a", 0o755).expect("a fine entry");
        let expected = format!("an archive cannot have the path `{path}`: {reason}");
        assert_eq!(message(archive.file(path, 0o644, &empty)), expected);
        assert_eq!(message(archive.directory(path, 0o755)), expected);
    }
}

#[test]
fn modes_that_are_more_than_a_mode() {
    let refused = message(Archive::new().directory("a", 0o40_755));
    assert_eq!(refused, "`a` cannot have the mode 40755 in an archive: it has bits outside 7777");
    assert!(Archive::new().directory("a", 0o7777).is_ok());
}

/// And goes on as if it had not been asked.
#[test]
fn entries_that_are_there_already_or_have_no_directory() -> Result<(), PackError> {
    let empty = Compressor::new().compress(b"");
    let mut archive = Archive::new();
    archive.directory("a", 0o755)?;
    archive.file("a/b", 0o644, &empty)?;
    for twice in ["a", "a/b"] {
        assert_eq!(message(archive.file(twice, 0o644, &empty)), format!("`{twice}` is already in the archive"));
        assert_eq!(message(archive.directory(twice, 0o755)), format!("`{twice}` is already in the archive"));
    }
    for orphan in ["b/c", "a/c/d", "a/b/c"] {
        assert_eq!(message(archive.file(orphan, 0o644, &empty)), format!("`{orphan}` comes before its directory"));
        assert_eq!(message(archive.directory(orphan, 0o755)), format!("`{orphan}` comes before its directory"));
    }
    let mut asked_less = Archive::new();
    asked_less.directory("a", 0o755)?;
    asked_less.file("a/b", 0o644, &empty)?;
    assert_eq!(archive.finish(Vec::new())?.out, asked_less.finish(Vec::new())?.out);
    Ok(())
}

/// A disk with so much room.
struct Disk(usize);

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Wherever the disk is full, someone is told.
#[test]
fn outputs_that_take_no_more() {
    let noise: Vec<u8> = (0..100_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    let contents = [&noise[..], &noise[..50_000]].map(|content| Compressor::new().compress(content));
    let pack = |disk| -> Result<u64, PackError> {
        let mut archive = Archive::new();
        for (path, content) in ["a", "b"].iter().zip(&contents) {
            archive.file(path, 0o644, content)?;
        }
        Ok(archive.finish(disk)?.len)
    };
    let needed = usize::try_from(pack(Disk(usize::MAX)).expect("room for all")).expect("a length");
    assert!(pack(Disk(needed)).is_ok());
    for room in (0..needed).step_by(997).chain([needed - 1]) {
        assert!(matches!(pack(Disk(room)), Err(PackError::Write(error)) if error.kind() == io::ErrorKind::StorageFull));
    }
}
