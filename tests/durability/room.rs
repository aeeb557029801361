//! A mount namespace of its own, in which tests mount what they like; it is gone when it is dropped, with all its mounts.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::durability::strace::wrapped;
use crate::support::Ran;

/// Lives as long as a shell in it does.
pub struct Room {
    shell: Child,
    /// As seen from outside, a process has its mounts below `/proc/PID/root`.
    root: PathBuf,
}

impl Room {
    /// Opens a room in which `script` has been run, in `folder`.
    pub fn new(folder: &Path, script: &str) -> Self {
        // Who is not root becomes it in a user namespace of its own, where the kernel lets them.
        let user = if rustix::process::geteuid().is_root() { &[][..] } else { &["--map-root-user"] };
        let script = format!("set -e\n{script}\necho ready\nread -r _ || :");
        let mut shell = Command::new("unshare")
            .arg("--mount")
            .args(user)
            .args(["sh", "-c", &script])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`unshare` cannot be run ({error}); install it with: apt-get install util-linux"));
        let mut line = String::new();
        BufReader::new(shell.stdout.take().expect("a pipe")).read_line(&mut line).expect("readable");
        let root = PathBuf::from(format!("/proc/{}/root", shell.id()));
        let room = Self { shell, root };
        assert_eq!(line, "ready\n", "no room to mount in: be root, or let users have namespaces of their own");
        room
    }

    /// A path in the room, as this process reaches it.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").expect("absolute"))
    }

    /// Runs a command in the room, in its own folder.
    pub fn run(&self, command: &Command) -> Ran {
        let target = self.shell.id().to_string();
        let folder = command.get_current_dir().and_then(Path::to_str).expect("a folder").to_owned();
        let user = if rustix::process::geteuid().is_root() { &[][..] } else { &["--user", "--preserve-credentials"] };
        let enter = ["nsenter", "--target", &target, "--mount"].into_iter().chain(user.iter().copied());
        Ran::of(&mut wrapped(enter.chain(["sh", "-c", "cd \"$0\" && exec \"$@\"", &folder]), command))
    }

    /// Runs a line of shell in the room, which must succeed; returns what it printed.
    pub fn sh(&self, folder: &Path, line: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(folder);
        let ran = self.run(&command);
        assert_eq!(ran.status, 0, "{line}: {}", ran.stderr);
        ran.stdout
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // The shell ends when nobody can write to it any more.
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
