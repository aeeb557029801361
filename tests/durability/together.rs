//! Two runs at once on one state: one waits for the other, or says who is in its way.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::durability::disk::Disk;
use crate::durability::scene::{RENEWAL, Story, mesh};
use crate::durability::strace::wrapped;
use crate::durability::unchanged::traces;
use crate::support::rounds::rounds;
use crate::support::{NOW, Ran, Sandbox};

/// Plays the story twice at the same time, `usual` times or more.
fn race(story: &Story, usual: usize) {
    let undisturbed = story.undisturbed();
    for _ in 0..rounds(usual) {
        let sandbox = story.stage();
        let run = || Ran::of(&mut story.command(&sandbox, "022"));
        let look = || sandbox.run(&["plan", "mesh.yaml", "--out", "out"]);
        let (one, two, seen) = thread::scope(|scope| {
            let (one, two, seen) = (scope.spawn(run), scope.spawn(run), scope.spawn(look));
            (one.join().expect("no panic"), two.join().expect("no panic"), seen.join().expect("no panic"))
        });
        for ran in [&one, &two] {
            let waited_too_long = ran.status == 3 && ran.stderr.contains("`./state/lock` is in use by process");
            assert!(ran.status == 0 || waited_too_long, "{}", ran.stderr);
        }
        assert!(one.status == 0 || two.status == 0);
        assert!(seen.status < 2, "{}", seen.stderr);
        story.heal(&sandbox, &undisturbed);
    }
}

#[test]
fn both_first() {
    race(&Story::new(Sandbox::with_mesh(&mesh(1..=5)), NOW, &["--create-authorities"]), 6);
}

#[test]
fn both_renewing_and_removing() {
    let base = Sandbox::with_mesh(&mesh(1..=5));
    base.generate(&[]);
    base.write("mesh.yaml", &mesh(1..=4));
    race(&Story::new(base, RENEWAL, &["--renew", "--remove", "c5"]), 6);
}

/// One is held at each file that it comes to before it has the lock; meanwhile the other runs from beginning to end.
#[test]
fn one_within_the_other() {
    let growing = Sandbox::with_mesh(&mesh(1..=3));
    growing.generate(&[]);
    growing.write("mesh.yaml", &mesh(1..=4));
    let first = Story::new(Sandbox::with_mesh(&mesh(1..=3)), NOW, &["--create-authorities"]);
    let growing = Story::new(growing, NOW, &["--create-authorities"]);
    // What is read is looked at before it is opened, and not opened where it is absent.
    let places = [("out/index.json", "statx"), ("state/inventory.json", "statx"), ("state/lock", "openat")];
    for story in [first, growing] {
        let undisturbed = story.undisturbed();
        for (place, call) in places {
            let sandbox = story.stage();
            let held = Held::at(&sandbox, &story.command(&sandbox, "022"), place, call);
            let other = Ran::of(&mut story.command(&sandbox, "022"));
            assert_eq!(other.status, 0, "{}", other.stderr);
            let ran = held.release();
            assert_eq!(ran.status, 0, "held at {place}: {}", ran.stderr);
            story.heal(&sandbox, &undisturbed);
        }
    }
}

/// A run that was stopped when it had looked at a file, or had opened it.
struct Held {
    strace: Child,
}

impl Held {
    fn at(sandbox: &Sandbox, command: &Command, place: &str, call: &str) -> Self {
        let log = sandbox.path("held.log");
        let path = sandbox.path(place);
        let words = ["strace", "-f", "-qq", "-o", log.to_str().expect("text"), "-P", place, "-P", path.to_str().expect("text")];
        let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=STOP:when=1"));
        let inject = ["-e", &trace, "-e", &inject];
        let mut command = wrapped(words.iter().chain(&inject), command);
        let mut strace = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("strace starts");
        while !fs::read_to_string(&log).is_ok_and(|text| text.contains("stopped by SIGSTOP")) {
            assert!(strace.try_wait().expect("a child").is_none(), "it never came to {place}");
            thread::sleep(Duration::from_millis(5));
        }
        Self { strace }
    }

    /// Lets it go on; every thread that opens the file for its first time is stopped again.
    fn release(mut self) -> Ran {
        let children = format!("/proc/{0}/task/{0}/children", self.strace.id());
        while self.strace.try_wait().expect("a child").is_none() {
            for child in fs::read_to_string(&children).unwrap_or_default().split_whitespace() {
                Ran::of(Command::new("kill").args(["-CONT", child]));
            }
            thread::sleep(Duration::from_millis(5));
        }
        let output = self.strace.wait_with_output().expect("a child");
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Another program that holds the lock, until it is dropped.
struct Holder(Child);

impl Holder {
    fn of(lock: &Path) -> Self {
        let mut child = Command::new("flock")
            .arg(lock)
            .args(["sh", "-c", "echo held; read -r _ || :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`flock` cannot be run ({error}); install it with: apt-get install util-linux"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("readable");
        assert_eq!(line, "held\n");
        Self(child)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The one test that waits, for as long as the program does: ten seconds.
#[test]
fn who_is_in_the_way() {
    let sandbox = Sandbox::with_mesh(&mesh(1..=3));
    sandbox.generate(&[]);
    sandbox.write("mesh.yaml", &mesh(1..=4));
    let before = (traces(&sandbox.path("state")), traces(&sandbox.path("out")));
    let holder = Holder::of(&sandbox.path("state/lock"));
    let words = ["generate", "mesh.yaml", "--out", "out", "--create-authorities"];
    let ran = sandbox.run(&words);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    let says = format!("/lock` is in use by process {} (`flock ", holder.0.id());
    assert!(ran.stderr.contains(&says), "{says}, not: {}", ran.stderr);
    assert!(before == (traces(&sandbox.path("state")), traces(&sandbox.path("out"))), "it wrote without the lock");
    // Looking needs no lock.
    assert_eq!(sandbox.run(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]).status, 1);
    drop(holder);
    sandbox.ok(&words);
    Disk::new(&sandbox.path("")).judge_clean();
}

#[test]
fn one_that_waited_goes_on() {
    let sandbox = Sandbox::with_mesh(&mesh(1..=3));
    sandbox.generate(&[]);
    sandbox.write("mesh.yaml", &mesh(1..=4));
    let holder = Holder::of(&sandbox.path("state/lock"));
    let ran = thread::scope(|scope| {
        let waiting = scope.spawn(|| sandbox.run(&["generate", "mesh.yaml", "--out", "out", "--create-authorities"]));
        // Right whether it waits by now or not.
        thread::sleep(Duration::from_millis(300));
        drop(holder);
        waiting.join().expect("no panic")
    });
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    Disk::new(&sandbox.path("")).judge_clean();
}
