//! CA keys that change their form, killed at many moments: each key can be read at each of them, with the old secret or the new one, and the
//! same command completes the change.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::at_rest::scene::{identity, is_encrypted, keys};
use crate::durability::scene::{copy, mesh, with_umask};
use crate::durability::strace::{Fate, calls, run, spread};
use crate::support::rounds::rounds_of;
use crate::support::{Sandbox, tree};

/// Plays `words` in copies of `base`, killed at `count` moments; `done` judges a state in which they have been completed.
fn tell(base: &Sandbox, words: &[&str], count: usize, done: &dyn Fn(&Sandbox)) {
    let plain = keys_in_clear(base);
    let stage = || {
        let sandbox = Sandbox::new();
        copy(&base.path(""), &sandbox.path(""));
        sandbox
    };
    let command = |sandbox: &Sandbox| with_umask(&sandbox.command(words), "000");
    let rehearsal = stage();
    let all = calls(&rehearsal, &command(&rehearsal));
    done(&rehearsal);
    for moment in spread(&all, rounds_of(count, all.len())) {
        let sandbox = stage();
        let ran = run(&command(&sandbox), &moment, Fate::Killed);
        assert_eq!(ran.status, -1, "not killed at {moment:?}: {}", ran.stderr);
        assert_eq!(keys_in_clear(&sandbox), plain, "killed at {moment:?}");
        is_private(&sandbox);
        restored_elsewhere(&sandbox, &plain);
        sandbox.ok(words);
        assert_eq!(keys_in_clear(&sandbox), plain, "killed at {moment:?}, and run again");
        done(&sandbox);
    }
}

/// A copy of the folder, as it was when the run was killed, is as good as a backup.
fn restored_elsewhere(killed: &Sandbox, plain: &[(String, Vec<u8>)]) {
    if killed.path("state/authorities/ready").is_dir() {
        let sandbox = Sandbox::new();
        copy(&killed.path(""), &sandbox.path(""));
        fs::rename(sandbox.path("state"), sandbox.path("copied")).expect("renamed");
        sandbox.ok(&["state", "restore", "copied"]);
        assert_eq!(keys_in_clear(&sandbox), plain, "restored from a copy");
        assert!(!sandbox.path("state/authorities/ready").exists());
        let completed = Sandbox::new();
        copy(&killed.path(""), &completed.path(""));
        completed.ok(&["state", "backup", "backup.tar.gz"]);
        assert!(
            sandbox.tree("state/authorities") == completed.tree("state/authorities"),
            "it is not as the next run completes it"
        );
    }
}

/// Every key, in clear, whatever its form is: age opens the encrypted ones with one of the identities.
fn keys_in_clear(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    let open = |(file, bytes): (String, Vec<u8>)| {
        if bytes.starts_with(b"-----BEGIN PRIVATE KEY") {
            return (file, bytes);
        }
        let path = sandbox.path("state/authorities").join(&file);
        let opened = ["key.txt", "other.txt"].iter().find_map(|name| opened(&sandbox.path(name), &path));
        (file, opened.unwrap_or_else(|| panic!("{} opens with neither identity", path.display())))
    };
    keys(sandbox).into_iter().filter(|(file, _)| !file.contains('/')).map(open).collect()
}

fn opened(identity: &Path, path: &Path) -> Option<Vec<u8>> {
    let words = [OsStr::new("-d"), OsStr::new("-i"), identity.as_os_str(), path.as_os_str()];
    let output = Command::new("age").args(words).output().expect("`age` cannot be run; install it with: apt-get install age");
    output.status.success().then_some(output.stdout)
}

/// Whatever is in the state, others cannot read it.
fn is_private(sandbox: &Sandbox) {
    for (path, (mode, _)) in tree(&sandbox.path("state")) {
        assert_eq!(mode & 0o077, 0, "{path}");
    }
    let folders = walkdir::WalkDir::new(sandbox.path("state")).into_iter().map(|entry| entry.expect("readable"));
    for folder in folders.filter(|entry| entry.file_type().is_dir()) {
        let mode = fs::metadata(folder.path()).expect("a folder").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", folder.path().display());
    }
}

#[test]
fn killed_between_two_forms_of_its_keys() {
    let base = Sandbox::with_mesh(&mesh(1..=3));
    base.generate(&[]);
    let [recipient, other] = ["key.txt", "other.txt"].map(|name| identity(&base, name));
    let encrypted = |sandbox: &Sandbox| is_encrypted(sandbox);
    tell(&base, &["state", "encrypt", "--recipient", &recipient], 14, &encrypted);
    base.ok(&["state", "encrypt", "--recipient", &recipient]);
    let to_others = ["state", "encrypt", "--recipient", &other, "--identity", "key.txt", "--identity", "other.txt"];
    let replaced = |sandbox: &Sandbox| {
        is_encrypted(sandbox);
        for file in keys(sandbox).keys() {
            assert!(opened(&sandbox.path("key.txt"), &sandbox.path("state/authorities").join(file)).is_none(), "{file}");
        }
    };
    tell(&base, &to_others, 12, &replaced);
    tell(&base, &["state", "decrypt", "--identity", "key.txt"], 12, &|sandbox| {
        let names: Vec<String> = sandbox.tree("state/authorities").into_keys().collect();
        assert!(names.iter().all(|name| name.ends_with(".crt") || name.ends_with(".key")) && names.len() == 6, "{names:?}");
    });
}
