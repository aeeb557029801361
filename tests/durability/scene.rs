//! The mesh of these tests, and stories told of it: a run that follows on a state of before.

use std::fmt::Write;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

use meshbundle::plan::{AuthorityRecord, Inventory};

use crate::durability::disk::Disk;
use crate::durability::strace::wrapped;
use crate::support::{Ran, Sandbox, tool};

/// Within `renewBefore` of the end of what is issued at [`crate::support::NOW`].
pub const RENEWAL: &str = "2027-09-21T12:00:00Z";

/// A full mesh with an authority, a member and two nodes a cluster.
pub fn mesh(clusters: RangeInclusive<u8>) -> String {
    // Credentials of own clients would be three more a cluster, and each test as much longer.
    let mut text = "version: 1\nmesh: durable\ncilium: { version: \"1.18\" }\ntrust: { authority: per-cluster }\n\
         accept: [{ code: CM0423, at: clusters, reason: they have some }]\nclusters:\n"
        .to_owned();
    for id in clusters {
        let runtime = if id == 1 { "compose" } else { "systemd" };
        write!(
            text,
            "- name: c{id}\n  id: {id}\n  runtime: {runtime}\n  etcd:\n    endpoints: [https://10.{id}.0.1:2379]\n    \
             members: [{{ name: etcd1, addresses: [10.{id}.0.1] }}]\n  nodes: [n1, n2]\n"
        )
        .expect("memory");
    }
    text
}

/// A run to be disturbed, on a state of before.
pub struct Story {
    /// Mesh, state and output folder as the run finds them.
    base: Sandbox,
    now: &'static str,
    words: Vec<&'static str>,
}

impl Story {
    /// `generate` with `more` words at `now`, in what `base` holds.
    pub fn new(mut base: Sandbox, now: &'static str, more: &[&'static str]) -> Self {
        base.at(now);
        let words = [&["generate", "mesh.yaml", "--out", "out", "--jobs", "1"], more].concat();
        Self { base, now, words }
    }

    /// The same with another number of threads.
    pub fn jobs(mut self, jobs: &'static str) -> Self {
        let at = self.words.iter().position(|word| *word == "--jobs").expect("--jobs") + 1;
        self.words[at] = jobs;
        self
    }

    /// The words of the run.
    pub fn words(&self) -> &[&'static str] {
        &self.words
    }

    pub fn before(&self) -> Disk {
        Disk::new(&self.base.path(""))
    }

    /// A sandbox of its own in which the story can be played.
    pub fn stage(&self) -> Sandbox {
        let mut sandbox = Sandbox::new();
        sandbox.at(self.now);
        copy(&self.base.path(""), &sandbox.path(""));
        sandbox
    }

    /// The run, with a umask.
    pub fn command(&self, sandbox: &Sandbox, umask: &str) -> Command {
        with_umask(&sandbox.command(&self.words), umask)
    }

    /// What the story leads to when nothing disturbs it.
    pub fn undisturbed(&self) -> Inventory {
        let sandbox = self.stage();
        sandbox.ok(&self.words);
        let disk = Disk::new(&sandbox.path(""));
        disk.judge_clean();
        disk.inventory()
    }

    /// Runs again after a disturbance and demands that all is well: the same words, exit 0, nothing left to do, nothing lost,
    /// nothing done twice.
    pub fn heal(&self, sandbox: &Sandbox, undisturbed: &Inventory) {
        let disk = Disk::new(&sandbox.path(""));
        self.heal_by(&disk, undisturbed, &mut |words| sandbox.run(words));
    }

    /// As [`Story::heal`], where the program must be run in a way of its own.
    pub fn heal_by(&self, disk: &Disk, undisturbed: &Inventory, run: &mut dyn FnMut(&[&str]) -> Ran) {
        let stopped = disk.committed();
        let again = run(&self.words);
        assert_eq!(again.status, 0, "{}{}", again.stdout, again.stderr);
        disk.judge_clean();
        if stopped != self.before().committed() {
            assert!(stopped == disk.committed(), "what was committed has changed");
        }
        agrees(&self.before().inventory(), undisturbed, &disk.inventory());
        let plan = run(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]);
        assert_eq!(plan.status, 0, "something is left to do:\n{}{}", plan.stdout, plan.stderr);
    }
}

/// `after` is what `undisturbed` is, but for what had to be made anew by both.
fn agrees(before: &Inventory, undisturbed: &Inventory, after: &Inventory) {
    assert_eq!(after.last_change, undisturbed.last_change);
    let generations = |inventory: &Inventory| -> Vec<_> {
        inventory.bundles.iter().map(|(path, record)| (path.clone(), record.generation)).collect()
    };
    assert_eq!(generations(after), generations(undisturbed));
    assert!(after.authorities.keys().eq(undisturbed.authorities.keys()));
    // It has signed more since, and is the same.
    let unsigned = |record: &AuthorityRecord| AuthorityRecord { last_expiry: None, ..record.clone() };
    for (name, record) in &before.authorities {
        assert_eq!(after.authorities.get(name).map(unsigned), Some(unsigned(record)), "authority {name}");
    }
    assert!(after.credentials.keys().eq(undisturbed.credentials.keys()));
    for (name, record) in &undisturbed.credentials {
        if before.credentials.get(name) == Some(record) {
            assert_eq!(after.credentials.get(name), Some(record), "credential {name}");
        }
    }
    let identities = |inventory: &Inventory| -> Vec<_> {
        inventory
            .clusters
            .iter()
            .map(|(name, record)| (name.clone(), record.id, record.links.clone(), record.removed.clone()))
            .collect()
    };
    assert_eq!(identities(after), identities(undisturbed));
}

pub fn with_umask(command: &Command, umask: &str) -> Command {
    wrapped(["sh", "-c", "umask \"$0\" && exec \"$@\"", umask], command)
}

/// Copies all that `from` holds into `to`, with modes and times.
pub fn copy(from: &Path, to: &Path) {
    tool("cp", "coreutils", ["-a".as_ref(), from.join(".").as_os_str(), to.as_os_str()]);
}
