//! A mesh that was generated, and what can be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::leaves;
use crate::support::receipts::record_all;
use crate::support::reports::judged;
use crate::support::{Ran, Sandbox, tool, tree};

/// Files by path, with mode and bytes.
pub(crate) type Tree = BTreeMap<String, (u32, Vec<u8>)>;

/// A mesh, its state and its output.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
}

const GENERATE: [&str; 4] = ["generate", "mesh.yaml", "--out", "out"];

impl Scene {
    /// Generated for the first time.
    pub(crate) fn new(mesh: &str) -> Self {
        let scene = Self { sandbox: Sandbox::with_mesh(mesh) };
        scene.generate(&["--create-authorities"]);
        scene
    }

    /// The mesh is `mesh` from now on.
    pub(crate) fn edit(&self, mesh: &str) {
        self.sandbox.write("mesh.yaml", mesh);
    }

    pub(crate) fn generate(&self, more: &[&str]) -> Ran {
        self.sandbox.ok(&[&GENERATE, more].concat())
    }

    /// The mesh is `mesh` from now on, and is generated.
    pub(crate) fn change(&self, mesh: &str, more: &[&str]) -> Ran {
        self.edit(mesh);
        self.generate(more)
    }

    /// Demands that `generate` is refused with `status` and in these words, and that not a byte is written. Findings are on
    /// stdout, all else that is said is on stderr.
    pub(crate) fn refused(&self, more: &[&str], status: i32, words: &[&str]) {
        let before = self.times();
        let ran = self.sandbox.run(&[&GENERATE, more].concat());
        assert_eq!(ran.status, status, "{more:?}: {}{}", ran.stdout, ran.stderr);
        says(&ran, status, words);
        assert!(self.times() == before, "{more:?} is refused and yet writes");
    }

    /// Demands that `plan` refuses the same.
    pub(crate) fn plan_refused(&self, more: &[&str], words: &[&str]) {
        let ran = self.sandbox.run(&[&["plan", "mesh.yaml", "--out", "out"], more].concat());
        assert_eq!(ran.status, 1, "{}", ran.stderr);
        says(&ran, 1, words);
    }

    pub(crate) fn plan(&self, more: &[&str]) -> Value {
        let plan = self.sandbox.ok(&[&["plan", "mesh.yaml", "--out", "out", "--format", "json"], more].concat()).json();
        judged("plan", &plan);
        plan
    }

    /// Every file, with its bytes and the time it was written.
    fn times(&self) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
        let entries = walkdir::WalkDir::new(self.sandbox.path(".")).into_iter().map(|entry| entry.expect("readable"));
        let see = |entry: walkdir::DirEntry| {
            let bytes = if entry.file_type().is_file() { fs::read(entry.path()).expect("readable") } else { Vec::new() };
            let modified = entry.metadata().expect("metadata").modified().expect("a time");
            (entry.into_path(), (modified, bytes))
        };
        entries.map(see).collect()
    }

    /// Everything in the output folder.
    pub(crate) fn out(&self) -> Tree {
        self.sandbox.tree("out")
    }

    /// Everything in the state.
    pub(crate) fn state(&self) -> Tree {
        self.sandbox.tree("state")
    }

    pub(crate) fn inventory(&self) -> Value {
        serde_json::from_str(&self.sandbox.read("state/inventory.json")).expect("JSON")
    }

    pub(crate) fn index(&self) -> Value {
        serde_json::from_str(&self.sandbox.read("out/index.json")).expect("JSON")
    }

    /// A wave of the last change by its name; null if it has nothing to ship.
    pub(crate) fn wave(&self, name: &str) -> Value {
        self.sandbox.wave(name)
    }

    /// Serial number of every leaf, by what it is for.
    pub(crate) fn serials(&self) -> BTreeMap<String, String> {
        leaves::serials(&self.sandbox.path("state"))
    }

    /// Archives, by path without ending.
    pub(crate) fn archives(&self) -> BTreeMap<String, Vec<u8>> {
        let archive = |(path, (_, bytes)): (String, (u32, Vec<u8>))| Some((path.strip_suffix(".tar.gz")?.to_owned(), bytes));
        self.sandbox.tree("out/bundles").into_iter().filter_map(archive).collect()
    }

    /// Records receipts of all that was written last, with what is `due` at members.
    pub(crate) fn record_all(&self, counter: u64, due: &[&str]) {
        record_all(&self.sandbox, counter, due);
    }

    pub(crate) fn bundle(&self, bundle: &str) -> Bundle {
        Bundle::unpack(&self.sandbox.path(format!("out/bundles/{bundle}.tar.gz")))
    }
}

/// Names of what is new or other in `after`, and of what is gone from it.
pub(crate) fn difference<V: PartialEq>(before: &BTreeMap<String, V>, after: &BTreeMap<String, V>) -> BTreeSet<String> {
    let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(value)).map(|(name, _)| name);
    changed.chain(before.keys().filter(|name| !after.contains_key(*name))).cloned().collect()
}

/// For comparison with what [`difference`] finds.
pub(crate) fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// An archive, unpacked by GNU tar.
pub(crate) struct Bundle {
    folder: TempDir,
}

impl Bundle {
    fn unpack(archive: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let words = [OsStr::new("xpzf"), archive.as_os_str(), OsStr::new("--strip-components=1"), OsStr::new("-C")];
        tool("tar", "tar", words.into_iter().chain([folder.path().as_os_str()]));
        Self { folder }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The folder in which agents of a systemd cluster find their peers.
    pub(crate) fn peers(&self) -> PathBuf {
        self.path("payload/var/lib/clustermesh")
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn peer(&self, file: &str) -> String {
        fs::read_to_string(self.peers().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub(crate) fn manifest(&self) -> Value {
        serde_json::from_str(&self.read("manifest.json")).expect("JSON")
    }

    pub(crate) fn generation(&self) -> u64 {
        self.manifest()["generation"].as_u64().expect("a number")
    }

    /// What gets onto the node.
    pub(crate) fn payload(&self) -> Tree {
        tree(&self.path("payload"))
    }

    /// All of it.
    pub(crate) fn tree(&self) -> Tree {
        tree(self.folder.path())
    }
}

/// Demands the words where they belong: findings are the result, on stdout; everything else that ends a run is on stderr.
fn says(ran: &Ran, status: i32, words: &[&str]) {
    let there = if status == 1 { &ran.stdout } else { &ran.stderr };
    let flat = there.split_whitespace().collect::<Vec<_>>().join(" ");
    words.iter().for_each(|word| assert!(flat.contains(word), "`{word}` is not in: {there}"));
    assert!(status != 1 || ran.stderr.is_empty(), "{}", ran.stderr);
}

/// The strings in a list of JSON.
pub(crate) fn strings(list: &Value) -> Vec<&str> {
    list.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}
