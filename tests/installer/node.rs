//! A node: a folder that stands for its `/`, the archives that come to it, and a shell without luxuries.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Ran, Sandbox};

/// The shells that it must work in.
pub(crate) const SHELLS: [&[&str]; 2] = [&["dash"], &["busybox", "ash"]];

/// Everything that the script may call.
const TOOLS: [&str; 19] = [
    "cat",
    "chmod",
    "chown",
    "cp",
    "gzip",
    "id",
    "ln",
    "mkdir",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "rmdir",
    "sha256sum",
    "sh",
    "stat",
    "sync",
    "tar",
    "uname",
];

/// The folder of peers.
pub(crate) const PEERS: &str = "var/lib/clustermesh";

/// A node with its shell, and the sandbox that makes its bundles.
pub(crate) struct Node {
    pub(crate) sandbox: Sandbox,
    shell: &'static [&'static str],
    /// What `uname -n` says.
    pub(crate) name: &'static str,
}

/// Runs a test in each shell, on a node whose mesh has been generated.
pub(crate) fn in_each_shell(mesh: &str, test: impl Fn(&Node)) {
    let made = Sandbox::with_mesh(mesh);
    made.generate(&[]);
    for shell in SHELLS {
        let node = Node { sandbox: Sandbox::with_mesh(mesh), shell, name: "n1" };
        for folder in ["out", "state"] {
            copy(&made.path(folder), &node.sandbox.path("."));
        }
        fs::create_dir_all(node.root()).expect("a folder");
        test(&node);
    }
}

/// Where a tool is; one that is not there fails the test with the command that installs it.
pub(crate) fn found(tool: &str, package: &str) -> PathBuf {
    let folders = ["/usr/bin", "/bin", "/usr/sbin"].iter().map(|at| Path::new(at).join(tool));
    folders.into_iter().find(|at| at.is_file()).unwrap_or_else(|| panic!("no `{tool}`: apt-get install {package}"))
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().expect("cp").success());
}

impl Node {
    /// Its name is one that a careless script stumbles over.
    pub(crate) fn root(&self) -> PathBuf {
        self.sandbox.path("the $(root) of *'s node")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    /// The same node, called otherwise.
    pub(crate) fn named(&self, name: &'static str) -> Self {
        let sandbox = Sandbox::new();
        copy(&self.sandbox.path("out"), &sandbox.path("."));
        fs::create_dir_all(sandbox.path("the $(root) of *'s node")).expect("a folder");
        Self { sandbox, shell: self.shell, name }
    }

    /// A generation later.
    pub(crate) fn change(&self, mesh: &str, more: &[&str]) {
        self.sandbox.write("mesh.yaml", mesh);
        self.sandbox.generate(more);
    }

    /// An archive, kept under another name: the next run of `generate` replaces it.
    pub(crate) fn keep(&self, bundle: &str, name: &str) -> PathBuf {
        let kept = self.sandbox.path(name);
        fs::copy(self.sandbox.path(format!("out/bundles/{bundle}.tar.gz")), &kept).expect("an archive");
        kept
    }

    /// A folder with nothing but the tools that the script may call, as this shell's machine has them.
    fn tools(&self) -> PathBuf {
        let folder = self.sandbox.path("tools");
        if folder.is_dir() {
            return folder;
        }
        fs::create_dir(&folder).expect("a folder");
        for tool in TOOLS {
            let program = if self.shell[0] == "busybox" { "busybox" } else { tool };
            let program = if (self.shell[0], tool) == ("dash", "sh") { "dash" } else { program };
            symlink(found(program, "coreutils tar gzip dash busybox-static"), folder.join(tool)).expect("a link");
        }
        folder
    }

    /// The shell, about to run `script` with these words, on a machine of this node's name.
    pub(crate) fn command(&self, script: &Path, words: &[&str]) -> Command {
        // Busybox runs its own applets, whatever PATH says: its uname asks the kernel.
        let named = "echo \"$NAME\" >/proc/sys/kernel/hostname && PATH=$TOOLS exec \"$@\"";
        let mut command = Command::new(found("unshare", "util-linux"));
        command.args(["--uts", "sh", "-c", named, "sh"]).arg(found(self.shell[0], self.shell[0])).args(&self.shell[1..]);
        command.arg(script).args(words).current_dir(self.sandbox.path("."));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TOOLS", self.tools()).env("NAME", self.name);
        command
    }

    /// The same, after `mount` has been done, in a mount namespace of its own; `$0` is `place`.
    pub(crate) fn mounted(&self, mount: &str, place: &str) -> Ran {
        let script = self.unpacked("a/nodes/n1").join("install.sh");
        let inner = self.command(&script, &["--root", self.root().to_str().expect("text")]);
        let mut outer = Command::new(found("unshare", "util-linux"));
        outer.args(["-m", "sh", "-c", &format!("{mount} && exec \"$@\"")]).arg(self.at(place));
        outer.arg(inner.get_program()).args(inner.get_args()).current_dir(self.sandbox.path("."));
        outer.env_clear().env("PATH", "/usr/bin:/bin").env("TOOLS", self.tools()).env("NAME", self.name);
        Ran::of(&mut outer)
    }

    /// `install.sh` of the unpacked bundle, on this node's root.
    pub(crate) fn install(&self, bundle: &str, more: &[&str]) -> Ran {
        let script = self.unpacked(bundle).join("install.sh");
        let root = self.root();
        let words = [&["--root", root.to_str().expect("text")], more].concat();
        Ran::of(&mut self.command(&script, &words))
    }

    /// Installs, and demands exit 0, this last line, and a receipt before it unless nothing may be installed.
    pub(crate) fn installed(&self, bundle: &str, more: &[&str], line: &str) -> Ran {
        let ran = self.install(bundle, more);
        assert_eq!(ran.status, 0, "{:?} {}", self.shell, ran.stderr);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        let is_nothing = more.contains(&"--dry-run") || ran.said("nothing is installed");
        match lines.as_slice() {
            [receipt, last] if !is_nothing => {
                assert!(receipt.starts_with("{\"receipt\":1,"), "{receipt}");
                assert_eq!(*last, line, "{:?} {}", self.shell, ran.stderr);
            }
            _ => assert_eq!((lines.as_slice(), is_nothing), (&[line][..], true), "{:?} {}", self.shell, ran.stderr),
        }
        ran
    }

    /// Demands that it is refused in these words, and that nothing is touched.
    pub(crate) fn refused(&self, bundle: &str, more: &[&str], words: &str) {
        let before = self.inodes();
        let ran = self.install(bundle, more);
        assert!(ran.said(words), "`{words}` is not in: {}", ran.stderr);
        assert!(ran.said("refusing to install") && ran.said("help: "), "{}", ran.stderr);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, "changed=no restart=none\n"), "{:?} {}", self.shell, ran.stderr);
        assert_eq!(self.inodes(), before, "refused, and yet something was touched");
    }

    /// The bundle, unpacked anew.
    pub(crate) fn unpacked(&self, bundle: &str) -> PathBuf {
        let _ = fs::remove_dir_all(self.sandbox.path("unpacked-by-tar").join(bundle));
        self.sandbox.unpack(bundle)
    }

    /// Everything below the root with inode, mode, owner and time of change: what is touched in any way shows here. Not the folder
    /// in which the lock comes and goes.
    pub(crate) fn inodes(&self) -> BTreeMap<PathBuf, (u64, u32, u32, i64, i64)> {
        let entries = walkdir::WalkDir::new(self.root()).into_iter().map(|entry| entry.expect("readable"));
        let entries =
            entries.filter(|entry| !["node", "member"].iter().any(|kind| entry.path().ends_with(format!("meshbundle/{kind}"))));
        let see = |entry: walkdir::DirEntry| {
            let seen = entry.path().symlink_metadata().expect("metadata");
            (entry.into_path(), (seen.ino(), seen.mode(), seen.uid(), seen.ctime(), seen.ctime_nsec()))
        };
        entries.map(see).collect()
    }

    /// Every file below the root but the installer's own records, with mode and content; links by where they lead.
    pub(crate) fn tree(&self) -> BTreeMap<String, (u32, String)> {
        let entries = walkdir::WalkDir::new(self.root()).into_iter().map(|entry| entry.expect("readable"));
        let plain = entries.filter(|entry| !entry.file_type().is_dir());
        let see = |entry: walkdir::DirEntry| {
            let path = entry.path().strip_prefix(self.root()).expect("below").to_str().expect("text").to_owned();
            let content = match fs::read_link(entry.path()) {
                Ok(to) => format!("-> {}", to.display()),
                Err(_) => String::from_utf8_lossy(&fs::read(entry.path()).expect("readable")).into_owned(),
            };
            (path, (entry.path().symlink_metadata().expect("metadata").mode() & 0o7777, content))
        };
        let all = plain.map(see);
        all.filter(|(path, _)| !path.starts_with("var/lib/meshbundle/") && !path.starts_with(".meshbundle/")).collect()
    }

    /// What the bundle wants below the root.
    pub(crate) fn wanted(&self, bundle: &str) -> BTreeMap<String, (u32, String)> {
        let files = crate::support::tree(&self.unpacked(bundle).join("payload"));
        files.into_iter().map(|(path, (mode, bytes))| (path, (mode, String::from_utf8(bytes).expect("text")))).collect()
    }

    /// The names in the folder of peers.
    pub(crate) fn peers(&self) -> Vec<String> {
        let entries = fs::read_dir(self.at(PEERS)).expect("a folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("readable").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }
}
