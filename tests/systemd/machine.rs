//! A machine whose process 1 is systemd: namespaces of its own, an empty root, this machine's `/usr` (`boot.sh`). What is
//! installed there is installed in `/`, and `systemctl` there speaks to that manager.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{NOW, Ran};

/// A machine that runs; it stops when this is dropped.
pub(crate) struct Machine {
    boot: Child,
    /// Its process 1, as we see it.
    init: u32,
    _folder: TempDir,
}

/// Its first child, once there is one.
fn child(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().find_map(|pid| pid.parse().ok())
}

/// The process below `pid` whose name this is.
fn below(pid: u32, name: &str) -> Option<u32> {
    let mut at = child(pid)?;
    while fs::read_to_string(format!("/proc/{at}/comm")).ok()?.trim_end() != name {
        at = child(at)?;
    }
    Some(at)
}

impl Machine {
    pub(crate) fn boot(name: &str) -> Self {
        let init = Path::new("/usr/lib/systemd/systemd");
        assert!(init.is_file(), "no `systemd`: apt-get install systemd");
        let folder = TempDir::new().expect("a folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/systemd/boot.sh");
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh"]).arg(script).arg(folder.path());
        command.arg(name).arg(env!("CARGO_BIN_EXE_meshbundle")).stdin(Stdio::piped());
        let boot = command.spawn().expect("unshare: apt-get install util-linux");
        let mut machine = Self { boot, init: 0, _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !machine.is_up() {
            let ended = machine.boot.try_wait().expect("its status");
            assert!(ended.is_none() && Instant::now() < deadline, "systemd does not start in namespaces here: {ended:?}");
            sleep(Duration::from_millis(30));
        }
        machine
    }

    fn is_up(&mut self) -> bool {
        let Some(init) = below(self.boot.id(), "systemd") else {
            return false;
        };
        self.init = init;
        self.sh("systemctl is-active --quiet up.target").status == 0
    }

    /// Its process 1, as we see it.
    pub(crate) fn init(&self) -> u32 {
        self.init
    }

    /// A path there, from here.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.init)).join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    /// A command line, as root types it in his home.
    pub(crate) fn sh(&self, line: &str) -> Ran {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.init.to_string(), "--all", "sh", "-c", &format!("cd /root && {{ {line}\n}}")]);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/root")
            .env("MESHBUNDLE_NOW", NOW);
        Ran::of(command.stdin(Stdio::null()))
    }

    /// The same, and it has to succeed.
    pub(crate) fn ok(&self, line: &str) -> Ran {
        let ran = self.sh(line);
        assert_eq!(ran.status, 0, "{line}\n{}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Words and environment of a unit's main process, as the kernel has them; neither may be what the manager only meant.
    pub(crate) fn process(&self, unit: &str) -> (Vec<String>, Vec<String>) {
        let pid = self.ok(&format!("systemctl show --property MainPID --value {unit}")).stdout;
        let read = |name: &str| {
            let text = fs::read_to_string(self.at(&format!("proc/{}/{name}", pid.trim()))).expect("a process");
            text.split_terminator('\0').map(str::to_owned).collect()
        };
        (read("cmdline"), read("environ"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.boot.stdin.take());
        let _ = self.boot.wait();
    }
}
