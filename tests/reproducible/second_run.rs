//! A second run with nothing changed changes nothing: no byte, no time, no inode, of any file or folder.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::reproducible::{SAMPLES, generated, with_umask};
use crate::support::{Ran, Sandbox};

/// What the system knows of a file or a folder, and its bytes.
#[derive(Debug, PartialEq, Eq)]
struct Inspection {
    inode: u64,
    mode: u32,
    modified: (i64, i64),
    changed: (i64, i64),
    bytes: Vec<u8>,
}

fn snapshot(folder: &Path) -> BTreeMap<String, Inspection> {
    let see = |entry: walkdir::DirEntry| {
        let metadata = entry.metadata().expect("metadata");
        let seen = Inspection {
            inode: metadata.ino(),
            mode: metadata.mode(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            bytes: if metadata.is_file() { fs::read(entry.path()).expect("readable") } else { Vec::new() },
        };
        (entry.path().display().to_string(), seen)
    };
    walkdir::WalkDir::new(folder).into_iter().map(|entry| see(entry.expect("readable"))).collect()
}

fn assert_same(before: &BTreeMap<String, Inspection>, after: &BTreeMap<String, Inspection>, what: &str) {
    assert!(before.keys().eq(after.keys()), "{what}: files come or go");
    for (path, seen) in before {
        let now = &after[path];
        let same = (seen.inode, seen.mode, seen.modified, seen.changed) == (now.inode, now.mode, now.modified, now.changed);
        assert!(same && seen.bytes == now.bytes, "{what}: {path} is another: {:?} {:?}", seen.modified, now.modified);
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for sample in SAMPLES {
        let sandbox = generated(sample, &[]);
        let before = snapshot(&sandbox.path("."));
        let ran = sandbox.generate(&[]);
        assert!(ran.stdout.contains("0 CAs created, 0 certificates issued, 0 archives written"), "{}", ran.stdout);
        sandbox.ok(&["generate", "mesh.yaml", "--out", "out", "--renew", "--jobs", "1"]);
        assert_same(&before, &snapshot(&sandbox.path(".")), sample);
    }
}

/// Unpacked trees have the modes of the archive, whatever the umask: otherwise every run would write them again.
#[test]
fn a_second_run_changes_no_unpacked_tree() {
    for umask in ["022", "077", "000"] {
        let sandbox = Sandbox::with_sample("loopback.yaml");
        let run = || {
            let generate = sandbox.command(&["generate", "mesh.yaml", "--out", "out", "--create-authorities", "--unpack"]);
            let ran = Ran::of(&mut with_umask(umask, &generate, &sandbox.path(".")));
            assert_eq!(ran.status, 0, "{}", ran.stderr);
        };
        run();
        let before = snapshot(&sandbox.path("."));
        run();
        assert_same(&before, &snapshot(&sandbox.path(".")), umask);
    }
}

#[test]
fn lint_and_plan_write_nothing() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    let before = snapshot(&sandbox.path("."));
    sandbox.ok(&["lint", "mesh.yaml"]);
    sandbox.ok(&["plan", "mesh.yaml", "--out", "out"]);
    assert_eq!(sandbox.run(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]).status, 1);
    assert_same(&before, &snapshot(&sandbox.path(".")), "before the first run");
    sandbox.generate(&[]);
    let before = snapshot(&sandbox.path("."));
    sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]);
    sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--format", "json"]);
    assert_same(&before, &snapshot(&sandbox.path(".")), "after it");
}
