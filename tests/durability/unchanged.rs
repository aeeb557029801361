//! A run with nothing to do leaves no trace.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::durability::scene::{mesh, with_umask};
use crate::support::{Ran, Sandbox};

/// What shows that a file or folder was touched: content, and all that the file system keeps of it but the time it was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Trace {
    content: Vec<u8>,
    inode: u64,
    mode: u32,
    owner: (u32, u32),
    written: (i64, i64),
    changed: (i64, i64),
}

/// The trace of every file and folder below `folder`, and of itself.
pub fn traces(folder: &Path) -> BTreeMap<PathBuf, Trace> {
    let trace = |entry: walkdir::DirEntry| {
        let metadata = entry.metadata().expect("metadata");
        let trace = Trace {
            content: if metadata.is_file() { fs::read(entry.path()).expect("readable") } else { Vec::new() },
            inode: metadata.ino(),
            mode: metadata.mode(),
            owner: (metadata.uid(), metadata.gid()),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        };
        (entry.path().to_owned(), trace)
    };
    walkdir::WalkDir::new(folder).into_iter().map(|entry| trace(entry.expect("readable"))).collect()
}

fn leaves_no_trace(umask: &str, words: &[&str]) {
    let sandbox = Sandbox::with_mesh(&mesh(1..=4));
    let words = [&["generate", "mesh.yaml", "--out", "out", "--create-authorities"], words].concat();
    let run = || Ran::of(&mut with_umask(&sandbox.command(&words), umask));
    assert_eq!(run().status, 0);
    let before = (traces(&sandbox.path("state")), traces(&sandbox.path("out")));
    assert!(before.0.len() > 20 && before.1.len() > 20);
    for _ in 0..2 {
        let ran = run();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        for (before, place) in [(&before.0, "state"), (&before.1, "out")] {
            let after = traces(&sandbox.path(place));
            let differ = |path: &&PathBuf| before.get(*path) != after.get(*path);
            let touched: Vec<&PathBuf> = before.keys().chain(after.keys()).filter(differ).collect();
            assert!(touched.is_empty(), "{words:?} with umask {umask} touched {touched:?}");
        }
    }
}

#[test]
fn a_second_run() {
    leaves_no_trace("022", &[]);
}

#[test]
fn a_second_run_with_another_umask() {
    leaves_no_trace("000", &["--unpack"]);
    leaves_no_trace("077", &["--unpack"]);
}

#[test]
fn looking() {
    let sandbox = Sandbox::with_mesh(&mesh(1..=3));
    sandbox.generate(&[]);
    let before = (traces(&sandbox.path("state")), traces(&sandbox.path("out")));
    sandbox.ok(&["plan", "mesh.yaml", "--out", "out"]);
    assert!(before == (traces(&sandbox.path("state")), traces(&sandbox.path("out"))));
}
