//! The disk refuses a single call, anywhere in a run: the run says where, and the next one heals.

use crate::durability::disk::Disk;
use crate::durability::scene::{RENEWAL, Story, mesh};
use crate::durability::strace::{Call, Fate, calls, run, spread};
use crate::support::rounds::rounds_of;
use crate::support::{NOW, Sandbox};

/// What each call fails with. The others may fail without harm: they take away what nobody needs.
const ERRORS: [(&str, &str); 6] =
    [("write", "ENOSPC"), ("mkdir", "ENOSPC"), ("renameat", "EROFS"), ("fsync", "EIO"), ("syncfs", "EIO"), ("fchmod", "EPERM")];

/// Pieces in which the message is written, at most: it must not fail for the same reason.
const MESSAGE: usize = 20;

/// Has `count` calls of the story, or more, fail, one a run.
fn tell(story: &Story, count: usize) {
    let undisturbed = story.undisturbed();
    let rehearsal = story.stage();
    let all: Vec<(Call, &str)> = calls(&rehearsal, &story.command(&rehearsal, "022"))
        .into_iter()
        .filter(|call| call.name != "write" || call.count > MESSAGE)
        .filter_map(|call| ERRORS.iter().find(|(name, _)| *name == call.name).map(|(_, error)| (call, *error)))
        .collect();
    for (call, error) in spread(&all, rounds_of(count, all.len())) {
        let sandbox = story.stage();
        let ran = run(&story.command(&sandbox, "000"), &call, Fate::Fails(error));
        assert_eq!(ran.status, 3, "{call:?} failed: {}", ran.stderr);
        // As it was given on the command line, or in full.
        let named = ["`out", "`state", "/out/", "/state/"].iter().any(|path| ran.stderr.contains(path));
        let told = ran.stderr.lines().any(|line| line.starts_with("error: "));
        assert!(named && told, "no path in what it says of {call:?}: {}", ran.stderr);
        assert_eq!(ran.stderr.matches("os error").count(), 1, "said twice: {}", ran.stderr);
        let disk = Disk::new(&sandbox.path(""));
        disk.judge_moment(&story.before());
        story.heal(&sandbox, &undisturbed);
    }
}

#[test]
fn in_a_first_run() {
    tell(&Story::new(Sandbox::with_mesh(&mesh(1..=3)), NOW, &["--create-authorities", "--unpack"]), 20);
}

#[test]
fn while_certificates_are_renewed_and_a_cluster_leaves() {
    let base = Sandbox::with_mesh(&mesh(1..=6));
    base.generate(&[]);
    base.write("mesh.yaml", &mesh(1..=5));
    tell(&Story::new(base, RENEWAL, &["--renew", "--remove", "c6"]), 20);
}
