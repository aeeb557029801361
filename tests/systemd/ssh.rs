//! The loop of `docs/any-tool.md`, in its words, with OpenSSH's own `ssh`, `scp` and `sshd`: two machines, and one that does not
//! answer. No port is opened: each connection starts an `sshd -i` on the machine that it is for.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use crate::support::{Ran, Sandbox, sample, tool};
use crate::systemd::machine::Machine;
use crate::systemd::mesh::UNIT;
use crate::systemd::page::page;

/// The first block of the page with these words.
fn block<'a>(text: &'a str, kind: &str, words: &str) -> &'a str {
    let fence = format!("```{kind}\n");
    let mut blocks = text.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block with `{words}`"))
}

/// A machine that the key opens, and how `ssh` finds it.
fn node(sandbox: &Sandbox, name: &str) -> (Machine, String) {
    let machine = Machine::boot(name);
    machine.write("/etc/systemd/system/cilium-agent.service", UNIT);
    for (path, from, mode) in [("/etc/ssh/key", "key", 0o600), ("/root/.ssh/authorized_keys", "key.pub", 0o644)] {
        machine.write(path, &sandbox.read(from));
        fs::set_permissions(machine.at(path), fs::Permissions::from_mode(mode)).expect("a mode");
        chown(machine.at(path), Some(0), Some(0)).expect("an owner");
    }
    machine.write("/etc/ssh/sshd_config", "HostKey /etc/ssh/key\nSubsystem sftp internal-sftp\n");
    machine.ok("mkdir -p /run/sshd; echo 'sshd:x:74:74::/run/sshd:/bin/false' >>/etc/passwd; /usr/sbin/sshd -t");
    let way = format!("Host {name}\n  ProxyCommand nsenter --target {} --all /usr/sbin/sshd -i\n", machine.init());
    (machine, way)
}

/// Runs the page's words where the mesh was generated, as its administrator.
fn shell(sandbox: &Sandbox, words: &str) -> Ran {
    let programs = sandbox.path("bin");
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec 2>&1\n{words}")]).env("PATH", path).current_dir(sandbox.path("."));
    Ran::of(&mut command)
}

#[test]
fn the_loop_over_ssh_goes_on_where_nodes_fail_and_says_which() {
    assert!(Path::new("/usr/sbin/sshd").is_file(), "no `sshd`: apt-get install openssh-server");
    let text = page("any-tool.md");
    let sandbox = Sandbox::with_mesh(&sample("own-authorities.yaml"));
    sandbox.generate(&[]);
    let key = sandbox.path("key");
    tool("ssh-keygen", "openssh-client", ["-q", "-t", "ed25519", "-N", "", "-f", key.to_str().expect("text")]);
    let ((one, to_one), (two, to_two)) = (node(&sandbox, "fra-edge01"), node(&sandbox, "fra-edge02"));
    let none = "Host fra-edge03\n  HostName 127.0.0.1\n  Port 1\n";
    let all = format!(
        "Host *\n  IdentityFile {}\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n",
        key.display()
    );
    sandbox.write("ssh_config", &format!("{to_one}{to_two}{none}{all}"));
    for program in ["ssh", "scp"] {
        let script = format!("#!/bin/sh\nexec /usr/bin/{program} -F '{}' \"$@\"\n", sandbox.path("ssh_config").display());
        sandbox.write_program(&format!("bin/{program}"), &script);
    }

    // One archive in another's place.
    let archive = |node: &str| sandbox.path(format!("out/bundles/fra/nodes/{node}.tar.gz"));
    let right = fs::read(archive("fra-edge02")).expect("an archive");
    fs::copy(archive("fra-edge01"), archive("fra-edge02")).expect("copied");
    let words = [block(&text, "sh", "xzOf"), block(&text, "sh", "restart='"), block(&text, "sh", "scp install.sh")].concat();
    let ran = shell(&sandbox, &words);
    let printed = ran.stdout.replace("127.0.0.1 port 1:", "fra-edge03 port 22:").replace("/usr/bin/scp:", "scp:");
    // scp says so if its ssh has ended before scp could write to it (the handler of SIGPIPE in scp.c of OpenSSH).
    let printed = printed.replace("\nlost connection\n", "\nscp: Connection closed\n");
    for line in block(&text, "text", "== fra-edge01").lines().filter(|line| *line != "…") {
        assert!(printed.lines().any(|at| at.trim_end() == line), "the page shows `{line}`:\n{printed}");
    }
    assert!(printed.ends_with("failed: fra-edge02 fra-edge03\n"), "{printed}");
    let (_, environment) = one.process("cilium-agent.service");
    assert!(environment.iter().any(|line| line == "CILIUM_CLUSTER_NAME=fra"), "{environment:?}");
    let mode = fs::metadata(one.at("/root/fra-edge01.tar.gz")).expect("the archive").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the archive has keys");

    // A copy that broke off; then the right one, while the first has nothing to do.
    fs::write(archive("fra-edge02"), &right[..9000]).expect("written");
    let ran = shell(&sandbox, &words);
    for line in block(&text, "text", "cannot be unpacked").lines() {
        assert!(ran.stdout.lines().any(|at| at.trim_end() == line), "the page shows `{line}`:\n{}", ran.stdout);
    }
    assert!(two.sh("ls /etc/cilium").status != 0, "something was installed");
    fs::write(archive("fra-edge02"), &right).expect("written");
    let ran = shell(&sandbox, &words);
    assert!(ran.stdout.contains("unchanged: generation 1 of `fra/fra-edge01`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("done: generation 1 of `fra/fra-edge02`"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("failed: fra-edge03\n"), "{}", ran.stdout);
}
