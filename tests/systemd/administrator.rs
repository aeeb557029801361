//! Who ships to machines over ssh: keys, and OpenSSH's own `ssh` and `scp`. No port is opened: each connection starts an `sshd -i` on
//! the machine that it is for.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::support::{Ran, Sandbox, tool};
use crate::systemd::machine::Machine;

/// The machine where the mesh was generated.
pub(crate) struct Administrator<'a> {
    pub(crate) sandbox: &'a Sandbox,
    ways: String,
}

impl<'a> Administrator<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox) -> Self {
        assert!(Path::new("/usr/sbin/sshd").is_file(), "no `sshd`: apt-get install openssh-server");
        let key = sandbox.path("key");
        tool("ssh-keygen", "openssh-client", ["-q", "-t", "ed25519", "-N", "", "-f", key.to_str().expect("text")]);
        for program in ["ssh", "scp"] {
            let script = format!("#!/bin/sh\nexec /usr/bin/{program} -F '{}' \"$@\"\n", sandbox.path("ssh_config").display());
            sandbox.write_program(&format!("bin/{program}"), &script);
        }
        Self { sandbox, ways: String::new() }
    }

    /// A machine that the key opens, with this unit.
    pub(crate) fn boot(&mut self, name: &str, unit: &str, text: &str) -> Machine {
        let machine = Machine::boot(name);
        machine.write(&format!("/etc/systemd/system/{unit}"), text);
        for (path, from, mode) in [("/etc/ssh/key", "key", 0o600), ("/root/.ssh/authorized_keys", "key.pub", 0o644)] {
            machine.write(path, &self.sandbox.read(from));
            fs::set_permissions(machine.at(path), fs::Permissions::from_mode(mode)).expect("a mode");
            chown(machine.at(path), Some(0), Some(0)).expect("an owner");
        }
        machine.write("/etc/ssh/sshd_config", "HostKey /etc/ssh/key\nSubsystem sftp internal-sftp\n");
        machine.ok("mkdir -p /run/sshd; echo 'sshd:x:74:74::/run/sshd:/bin/false' >>/etc/passwd; /usr/sbin/sshd -t");
        let way = format!("ProxyCommand nsenter --target {} --all /usr/sbin/sshd -i", machine.init());
        self.way(name, &way);
        machine
    }

    /// How `ssh` finds a machine; a new machine takes the place of one with its name.
    pub(crate) fn way(&mut self, name: &str, words: &str) {
        // Of two values, ssh takes the first (ssh_config(5)).
        self.ways = format!("Host {name}\n  {words}\n{}", self.ways);
        let all = format!(
            "Host *\n  IdentityFile {}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n",
            self.sandbox.path("key").display()
        );
        self.sandbox.write("ssh_config", &format!("{}{all}", self.ways));
    }

    /// Runs a page's words where the mesh was generated; both streams come as one.
    pub(crate) fn shell(&self, words: &str) -> Ran {
        let product = Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
        let path = format!("{}:{}:/usr/bin:/bin", self.sandbox.path("bin").display(), product.display());
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec 2>&1\n{words}")]).env("PATH", path).current_dir(self.sandbox.path("."));
        Ran::of(command.env("ANSIBLE_LOCAL_TEMP", self.sandbox.path("ansible")).env("LC_ALL", "C.UTF-8"))
    }
}
