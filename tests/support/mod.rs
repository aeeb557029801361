//! The scene of a test: a folder of its own, a mesh in it, the program run as a user runs it, and the tools that judge it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub(crate) mod changing_mesh;
pub mod complete;
pub mod console;
pub mod dice;
pub mod dotenv;
pub mod etcd;
pub mod everything;
pub mod files;
pub mod fixture;
pub mod generations;
pub mod judges;
pub(crate) mod kubernetes;
pub mod leaves;
pub mod machine;
pub(crate) mod metrics;
pub mod namespaces;
pub mod openssl;
pub mod pki;
pub mod ports;
pub mod receipts;
pub mod reports;
pub mod rounds;
pub mod schema;
pub(crate) mod story;
pub mod workshop;

/// The time that scenes are played at, unless they say otherwise.
pub const NOW: &str = "2026-11-21T12:00:00Z";

/// A folder of its own, gone when it is dropped.
pub struct Sandbox {
    folder: TempDir,
    now: String,
}

/// What a run has left behind.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; -1 if a signal ended it.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), now: NOW.to_owned() }
    }

    /// A sandbox with `yaml` as its `mesh.yaml`.
    pub fn with_mesh(yaml: &str) -> Self {
        let sandbox = Self::new();
        sandbox.write("mesh.yaml", yaml);
        sandbox
    }

    /// A sandbox with a sample as its `mesh.yaml`.
    pub fn with_sample(name: &str) -> Self {
        Self::with_mesh(&sample(name))
    }

    /// Makes the files that the sample `name` finds in place, as its script does.
    pub fn find_files_of(&self, name: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("samples/{name}-pki.sh"));
        tool("sh", "dash", [script.as_os_str(), self.path(name).as_os_str()]);
    }

    /// Plays at another time, RFC 3339.
    pub fn at(&mut self, now: &str) {
        now.clone_into(&mut self.now);
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    /// Writes a program. Another process does: while this one has the file open, each child that another test starts has it open
    /// too, for a moment, and the kernel runs no file that is open for writing (ETXTBSY).
    pub fn write_program(&self, name: &str, text: &str) -> PathBuf {
        self.write(&format!("{name}.text"), text);
        let (from, to) = (self.path(format!("{name}.text")), self.path(name));
        tool("install", "coreutils", [OsStr::new("-m"), OsStr::new("755"), from.as_os_str(), to.as_os_str()]);
        to
    }

    pub fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Puts a CA that others made beside the mesh: `NAME.crt` and `NAME.key`.
    pub(crate) fn authority(&self, name: &str) {
        let authority = pki::Authority::new(name);
        self.write(&format!("{name}.crt"), &authority.certificate);
        self.write(&format!("{name}.key"), &authority.key);
    }

    /// A wave of the last change by its name; null if it has nothing to ship.
    pub fn wave(&self, name: &str) -> serde_json::Value {
        let index: serde_json::Value = serde_json::from_str(&self.read("out/index.json")).expect("JSON");
        let waves = index["waves"].as_array().expect("waves").clone();
        waves.into_iter().find(|wave| wave["wave"] == name).unwrap_or_default()
    }

    /// The program, in the sandbox, at the sandbox's time.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshbundle"));
        command.args(args).current_dir(self.folder.path()).env("MESHBUNDLE_NOW", &self.now);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// Runs, and demands exit 0.
    pub fn ok(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// `generate mesh.yaml --out out --create-authorities` with more words, demanding exit 0.
    pub fn generate(&self, more: &[&str]) -> Ran {
        self.ok(&[&["generate", "mesh.yaml", "--out", "out", "--create-authorities"], more].concat())
    }

    /// Every file below `name` with its mode and content, by path.
    pub fn tree(&self, name: &str) -> BTreeMap<String, (u32, Vec<u8>)> {
        tree(&self.path(name))
    }

    /// Unpacks an archive below `out/bundles/` with GNU tar; returns its top folder.
    pub fn unpack(&self, bundle: &str) -> PathBuf {
        let into = self.path("unpacked-by-tar").join(bundle);
        fs::create_dir_all(&into).expect("folder");
        let archive = self.path("out/bundles").join(format!("{bundle}.tar.gz"));
        tool("tar", "tar", [OsStr::new("xzf"), archive.as_os_str(), OsStr::new("-C"), into.as_os_str()]);
        let mut tops = fs::read_dir(&into).expect("unpacked");
        let top = tops.next().expect("a top folder").expect("readable").path();
        assert!(tops.next().is_none(), "{bundle} unpacks into one folder");
        top
    }
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().expect("the program starts");
        Self {
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Whether stderr has these words, however its lines are folded.
    pub fn said(&self, words: &str) -> bool {
        [&*self.stdout, &*self.stderr].concat().split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
    }

    /// The last line of stdout, as `install.sh` prints it for programs.
    pub fn last_line(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

/// Text of a sample.
pub fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` with its mode and content, by path.
pub fn tree(folder: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).expect("below").to_str().expect("text").to_owned();
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
            (path, (mode, fs::read(entry.path()).expect("readable")))
        })
        .collect()
}

/// Runs a tool, demands that it succeeds, and returns what it printed. A tool that is not there fails the test with the
/// command that installs its Debian package.
pub fn tool<S: AsRef<OsStr>>(name: &str, package: &str, args: impl IntoIterator<Item = S>) -> String {
    let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
    let output = Command::new(name)
        .args(&args)
        .output()
        .unwrap_or_else(|error| panic!("`{name}` cannot be run ({error}); install it with: apt-get install {package}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{name} {args:?}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text
}
