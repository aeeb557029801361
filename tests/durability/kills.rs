//! Killed at many moments, in every kind of run; by `make soak` at every one.

use std::collections::BTreeSet;
use std::thread;

use crate::durability::disk::{Disk, Stage};
use crate::durability::scene::{RENEWAL, Story, mesh};
use crate::durability::strace::{Call, Fate, calls, calls_at, run, spread};
use crate::support::leaves::give_each_leaf_a_file;
use crate::support::rounds::rounds_of;
use crate::support::{NOW, Sandbox, tool};

/// Umasks that the killed runs take in turn: the one that hides nothing, the usual one, the strictest.
const UMASKS: [&str; 3] = ["000", "022", "077"];

/// Kills the story at `count` moments, or more, from its beginning to its end; every stage must have been met.
fn tell(story: &Story, count: usize, stages: &[Stage]) {
    let dress_rehearsal = story.stage();
    let all = calls(&dress_rehearsal, &story.command(&dress_rehearsal, "022"));
    let moments = spread(&all, rounds_of(count, all.len()));
    drop(dress_rehearsal);
    let met = kill_at(story, &moments);
    assert_eq!(met, stages.iter().copied().collect(), "stages that were met");
}

/// Kills the story at each of the moments, looks, and runs it again; returns the stages that were met.
fn kill_at(story: &Story, moments: &[Call]) -> BTreeSet<Stage> {
    let undisturbed = story.undisturbed();
    let one = |at: usize, moment: &Call| {
        let sandbox = story.stage();
        let ran = run(&story.command(&sandbox, UMASKS[at % UMASKS.len()]), moment, Fate::Killed);
        assert_eq!(ran.status, -1, "not killed at {moment:?}: {}", ran.stderr);
        let stage = Disk::new(&sandbox.path("")).judge_moment(&story.before());
        story.heal(&sandbox, &undisturbed);
        stage
    };
    // Two halves at once: most of the time is spent in waiting for the disk.
    thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let one = &one;
            let turns = moments.iter().enumerate().filter(move |(at, _)| at % 2 == half);
            scope.spawn(move || turns.map(|(at, moment)| one(at, moment)).collect::<BTreeSet<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().expect("no panic")).collect()
    })
}

fn first_run() -> Story {
    Story::new(Sandbox::with_mesh(&mesh(1..=9)), NOW, &["--create-authorities"])
}

/// A mesh of `clusters` that has been generated.
fn generated(clusters: u8) -> Sandbox {
    let base = Sandbox::with_mesh(&mesh(1..=clusters));
    base.generate(&[]);
    base
}

#[test]
fn in_a_first_run() {
    tell(&first_run(), 40, &[Stage::Issuing, Stage::Committed, Stage::Shipping, Stage::Indexed]);
}

#[test]
fn while_a_cluster_is_added() {
    let base = generated(8);
    base.write("mesh.yaml", &mesh(1..=9));
    let story = Story::new(base, NOW, &["--create-authorities"]);
    tell(&story, 30, &[Stage::Issuing, Stage::Committed, Stage::Shipping, Stage::Indexed]);
}

#[test]
fn while_certificates_are_renewed() {
    let story = Story::new(generated(8), RENEWAL, &["--renew"]);
    tell(&story, 30, &[Stage::Issuing, Stage::Committed, Stage::Shipping, Stage::Indexed]);
}

#[test]
fn while_a_cluster_is_removed() {
    let base = generated(9);
    base.write("mesh.yaml", &mesh(1..=8));
    let story = Story::new(base, NOW, &["--remove", "c9"]);
    tell(&story, 30, &[Stage::Issuing, Stage::Committed, Stage::Shipping, Stage::Indexed]);
}

/// A state of an earlier release, which has a file for each leaf: the run does nothing but give each cluster one.
#[test]
fn while_leaves_move_to_one_file() {
    let base = generated(5);
    give_each_leaf_a_file(&base.path("state"));
    tell(&Story::new(base, NOW, &[]), 40, &[Stage::Issuing, Stage::Committed]);
}

/// Just before the content of each new file with leaves is written, in a run that has to copy some: the inventory names none of the empty
/// files.
#[test]
fn while_a_file_with_leaves_is_written() {
    let base = generated(4);
    base.write("mesh.yaml", &mesh(1..=5));
    let story = Story::new(base, NOW, &["--create-authorities"]);
    let rehearsal = story.stage();
    let moments = calls_at(&rehearsal, &story.command(&rehearsal, "022"), "/state/issued/");
    let writes: Vec<Call> = moments.into_iter().filter(|call| call.name == "write").collect();
    assert_eq!(writes.len(), 5, "one for each cluster");
    assert_eq!(kill_at(&story, &writes), BTreeSet::from([Stage::Issuing]));
}

/// Nothing is issued: the state stays as it is while trees are written.
#[test]
fn while_trees_are_unpacked() {
    let story = Story::new(generated(4), NOW, &["--unpack"]);
    tell(&story, 20, &[Stage::Issuing]);
}

/// With two threads the moments differ from run to run; but of so many calls, one thread makes at least half.
#[test]
fn with_two_threads() {
    let alone = first_run();
    let sandbox = alone.stage();
    let all = calls(&sandbox, &alone.command(&sandbox, "022"));
    let of = |name: &str| {
        let half = all.iter().filter(|call| call.name == name).count() / 2;
        spread(&(1..=half).map(|count| Call { name: name.to_owned(), count }).collect::<Vec<_>>(), 10)
    };
    let moments: Vec<Call> = ["write", "renameat", "fsync"].into_iter().flat_map(of).collect();
    kill_at(&first_run().jobs("2"), &moments);
}

/// A run that never ended, then a removal that never ended: nobody remembers the archives of the cluster that left.
#[test]
fn and_killed_again_in_the_next() {
    let first = first_run();
    let rehearsal = first.stage();
    let all = calls(&rehearsal, &first.command(&rehearsal, "022"));
    let late = all.iter().rfind(|call| call.name == "renameat").expect("a rename").clone();
    let half_shipped = first.stage();
    assert_eq!(run(&first.command(&half_shipped, "022"), &Call { count: late.count - 2, ..late }, Fate::Killed).status, -1);
    assert!(half_shipped.path("out/bundles/c9/nodes/n1.tar.gz").exists() && !half_shipped.path("out/index.json").exists());
    half_shipped.write("mesh.yaml", &mesh(1..=8));
    let story = Story::new(half_shipped, NOW, &["--remove", "c9"]);
    let rehearsal = story.stage();
    let moments = spread(&calls(&rehearsal, &story.command(&rehearsal, "022")), 12);
    kill_at(&story, &moments);
}

/// The next run may write less than everything: what it leaves alone is told as it is.
#[test]
fn and_only_one_node_is_written_next() {
    let base = generated(3);
    base.write("mesh.yaml", &mesh(1..=4));
    let story = Story::new(base, NOW, &["--create-authorities"]);
    let undisturbed = story.undisturbed();
    let rehearsal = story.stage();
    let all = calls(&rehearsal, &story.command(&rehearsal, "022"));
    let renames = all.iter().filter(|call| call.name == "renameat").cloned().collect::<Vec<_>>();
    for moment in spread(&renames, 6) {
        let sandbox = story.stage();
        assert_eq!(run(&story.command(&sandbox, "022"), &moment, Fate::Killed).status, -1);
        let limited = sandbox.run(&["generate", "mesh.yaml", "--out", "out", "--create-authorities", "--node", "c2/n1"]);
        assert_eq!(limited.status, 0, "{}", limited.stderr);
        tool(
            "sh",
            "dash",
            ["-c", "cd \"$0\" && sha256sum --quiet --strict -c SHA256SUMS", sandbox.path("out").to_str().expect("text")],
        );
        story.heal(&sandbox, &undisturbed);
    }
}
