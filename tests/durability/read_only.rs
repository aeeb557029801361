//! A folder that cannot be written to: refused before anything is issued.

use crate::durability::disk::Disk;
use crate::durability::room::Room;
use crate::durability::scene::{Story, mesh};
use crate::durability::unchanged::traces;
use crate::support::{NOW, Sandbox};

fn growing() -> Story {
    let base = Sandbox::with_mesh(&mesh(1..=3));
    base.generate(&[]);
    base.write("mesh.yaml", &mesh(1..=4));
    Story::new(base, NOW, &["--create-authorities"])
}

/// `place` is mounted read-only: the run fails with its name, and neither folder has changed; then it is not, and all is well.
fn refused(story: &Story, place: &str) {
    let undisturbed = story.undisturbed();
    let sandbox = story.stage();
    let folder = sandbox.path("");
    let room = Room::new(&folder, &format!("mount --bind {place} {place}; mount -o remount,ro,bind {place}"));
    let disk = Disk::new(&room.path(&folder));
    let before = (traces(&disk.state), traces(&disk.out));
    let ran = room.run(&story.command(&sandbox, "022"));
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("`{place}")) && ran.stderr.contains("Read-only file system"), "{}", ran.stderr);
    assert!(before == (traces(&disk.state), traces(&disk.out)), "something was written");
    room.sh(&folder, &format!("umount {place}"));
    story.heal_by(&disk, &undisturbed, &mut |words| room.run(&sandbox.command(words)));
}

#[test]
fn the_output_folder() {
    refused(&growing(), "out");
}

#[test]
fn the_state() {
    refused(&growing(), "state");
}

/// Nor is a first run's state more than an empty lock, and what hides it from git, when there is no place to write bundles to.
#[test]
fn the_place_of_a_new_output_folder() {
    let story = Story::new(Sandbox::with_mesh(&mesh(1..=3)), NOW, &["--create-authorities"]);
    let sandbox = story.stage();
    let folder = sandbox.path("");
    let room = Room::new(&folder, "mkdir shelf; mount -t tmpfs -o ro none shelf");
    let words = ["generate", "mesh.yaml", "--out", "shelf/out", "--create-authorities"];
    let ran = room.run(&sandbox.command(&words));
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("`shelf/out`") && ran.stderr.contains("Read-only file system"), "{}", ran.stderr);
    let left: Vec<String> = sandbox
        .tree("state")
        .into_iter()
        .filter(|(path, (_, content))| path != ".gitignore" && !content.is_empty())
        .map(|(path, _)| path)
        .collect();
    assert!(left.is_empty(), "{left:?}");
    room.sh(&folder, "mount -o remount,rw shelf");
    assert_eq!(room.run(&sandbox.command(&words)).status, 0);
    Disk { state: room.path(&sandbox.path("state")), out: room.path(&sandbox.path("shelf/out")) }.judge_clean();
}
