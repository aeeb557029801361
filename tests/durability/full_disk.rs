//! No space, or no room for one more file, for the state, for the output folder, or for both.

use std::path::Path;

use crate::durability::disk::Disk;
use crate::durability::room::Room;
use crate::durability::scene::{Story, mesh};
use crate::durability::strace::spread;
use crate::support::{NOW, Sandbox};

/// Which folders are on the small disk.
const PLACES: [&[&str]; 3] = [&["state"], &["out"], &["state", "out"]];

/// Plays the story on disks of `small` pieces more than what stands there, and then with space.
///
/// A small disk is a file system in memory, mounted over the scene, onto which each of `places` is bound.
fn tell(story: &Story, places: &[&str], limit: &str, pieces: &[u64]) {
    let undisturbed = story.undisturbed();
    for more in pieces {
        let sandbox = story.stage();
        let folder = sandbox.path("");
        let mount = places.iter().map(|place| {
            // What is there before is copied onto the small disk; a folder must be there to mount on.
            format!(
                "mkdir -p -m 700 {place} disk/{place}; chmod 700 disk/{place}; cp -a {place}/. disk/{place}/; mount --bind disk/{place} {place}\n"
            )
        });
        let script = format!("mkdir disk; mount -t tmpfs -o mode=700 none disk\n{}", mount.collect::<String>());
        let room = Room::new(&folder, &script);
        // A limit of 0 is none.
        let unit = if limit == "size" { 4096 } else { 1 };
        let used: u64 = used(&room, &folder, limit);
        room.sh(&folder, &format!("mount -o remount,{limit}={} disk", (used + more).max(1) * unit));

        let disk = Disk::new(&room.path(&folder));
        let ran = room.run(&story.command(&sandbox, "022"));
        assert_eq!(ran.status, 3, "{limit} of {more} more for {places:?}: {}", ran.stderr);
        let named =
            places.iter().any(|place| ran.stderr.contains(&format!("`{place}/")) || ran.stderr.contains(&format!("`{place}`")));
        assert!(named && ran.stderr.contains("No space left"), "it does not say where: {}", ran.stderr);
        disk.judge_moment(&story.before());

        room.sh(&folder, "mount -o remount,size=64m,nr_inodes=10000 disk");
        story.heal_by(&disk, &undisturbed, &mut |words| room.run(&sandbox.command(words)));
    }
}

/// Pages, or files, that are used on the small disk.
fn used(room: &Room, folder: &Path, limit: &str) -> u64 {
    let field = if limit == "size" { "%b %f" } else { "%c %d" };
    let text = room.sh(folder, &format!("stat --file-system --format '{field}' disk"));
    let mut numbers = text.split_whitespace().map(|number| number.parse::<u64>().expect("a number"));
    numbers.next().expect("all") - numbers.next().expect("free")
}

/// A number of pages, or files, that is just too small for the story.
fn needs(story: &Story, places: &[&str], limit: &str) -> u64 {
    let sandbox = story.stage();
    let folder = sandbox.path("");
    let room = Room::new(&folder, "mkdir disk; mount -t tmpfs -o mode=700 none disk");
    let measure = |room: &Room| {
        for place in places {
            room.sh(&folder, &format!("mkdir -p -m 700 {place}; rm -rf disk/{place}; cp -a {place} disk/{place}"));
        }
        used(room, &folder, limit)
    };
    let before = measure(&room);
    sandbox.ok(story.words());
    // Signatures of ECDSA differ in length, so an archive may need a page less in the next run.
    let fewer = if limit == "size" { 4 } else { 1 };
    measure(&room) - before - fewer
}

fn everywhere(story: &Story, count: usize) {
    for places in PLACES {
        for limit in ["size", "nr_inodes"] {
            let most = needs(story, places, limit);
            tell(story, places, limit, &spread(&(0..=most).collect::<Vec<_>>(), count));
        }
    }
}

#[test]
fn in_a_first_run() {
    everywhere(&Story::new(Sandbox::with_mesh(&mesh(1..=5)), NOW, &["--create-authorities"]), 5);
}

#[test]
fn while_a_cluster_is_added() {
    let base = Sandbox::with_mesh(&mesh(1..=4));
    base.generate(&[]);
    base.write("mesh.yaml", &mesh(1..=6));
    everywhere(&Story::new(base, NOW, &["--create-authorities"]), 5);
}
