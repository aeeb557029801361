//! The bad meshes, and how they are played.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::files::files;
use crate::support::{NOW, Ran, Sandbox};

/// A mesh that something is wrong with.
pub(crate) struct Fixture {
    /// Name of its file, without the ending.
    pub(crate) name: String,
    text: String,
}

/// Where the fixtures are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// Names of the files here with this ending, without it.
pub(crate) fn names(ending: &str) -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.filter_map(|name| Some(name.to_str()?.strip_suffix(ending)?.to_owned())).collect();
    names.sort();
    names
}

/// Every fixture. `before….yaml` are none: they are the good meshes that some of them come after.
pub(crate) fn all() -> Vec<Fixture> {
    let names = names(".yaml").into_iter().filter(|name| !name.starts_with("before"));
    names.map(|name| Fixture { text: read(&format!("{name}.yaml")), name }).collect()
}

/// The fixture called `name`.
pub(crate) fn one(name: &str) -> Fixture {
    Fixture { text: read(&format!("{name}.yaml")), name: name.to_owned() }
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

impl Fixture {
    fn said(&self, what: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix("#! ")?.strip_prefix(what)?.strip_prefix(": "))
    }

    /// Whether it is only looked at, and nothing generated.
    pub(crate) fn is_lint(&self) -> bool {
        self.said("run").is_none_or(|words| words.starts_with("lint "))
    }

    /// The time that it is played at.
    pub(crate) fn now(&self) -> &str {
        self.said("at").unwrap_or(NOW)
    }

    /// Plays it, with more words at the end of the command line.
    pub(crate) fn play(&self, more: &[&str]) -> Ran {
        let own = format!("lint {}.yaml", self.name);
        let words: Vec<&str> = self.said("run").unwrap_or(&own).split(' ').chain(more.iter().copied()).collect();
        let now = self.now();
        let mut sandbox = Sandbox::new();
        if self.is_lint() {
            sandbox.at(now);
            sandbox.write(&format!("{}.yaml", self.name), &self.text);
            self.provide(&sandbox);
            return sandbox.run(&words);
        }
        if let Some(before) = self.said("after") {
            sandbox.write("mesh.yaml", &read(before));
            sandbox.generate(&[]);
        }
        if let Some(rotated) = self.said("rotated") {
            sandbox.ok(&["certs", "rotate"].into_iter().chain(rotated.split(' ')).collect::<Vec<_>>());
        }
        if let Some(renewed) = self.said("renewed") {
            sandbox.at(renewed);
            sandbox.generate(&["--renew"]);
        }
        if let Some(lost) = self.said("lost") {
            let files = sandbox.tree("state").into_keys().filter(|path| path.contains(lost));
            files.for_each(|path| fs::remove_file(sandbox.path("state").join(path)).expect("removed"));
        }
        if let Some(backup) = self.said("restored") {
            sandbox.ok(&["state", "restore", backup]);
        }
        sandbox.write("mesh.yaml", &self.text);
        self.provide(&sandbox);
        sandbox.at(now);
        sandbox.run(&words)
    }

    fn provide(&self, sandbox: &Sandbox) {
        if self.text.contains("files/") {
            files(&sandbox.path("files"));
        }
    }

    /// The codes of all findings in its expected report.
    pub(crate) fn codes(&self) -> BTreeSet<String> {
        let report = read(&format!("{}.txt", self.name));
        let heads = report.lines().filter_map(|line| line.strip_prefix("error[").or_else(|| line.strip_prefix("warning[")));
        heads.filter_map(|head| Some(head.split_once("]: ")?.0.to_owned())).collect()
    }

    /// The code that it is about, if it is about one.
    pub(crate) fn code(&self) -> Option<&str> {
        self.name.split('-').next().filter(|code| code.starts_with("CM"))
    }

    /// The code that it does not have, though it is near it: `good-CM0602-with-its-flag`.
    pub(crate) fn good(&self) -> Option<&str> {
        self.name.strip_prefix("good-")?.split('-').next()
    }
}
