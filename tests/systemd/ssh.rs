//! The loop of `docs/any-tool.md`, in its words, with OpenSSH's own `ssh`, `scp` and `sshd`: two machines, and one that does not
//! answer.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Sandbox, sample};
use crate::systemd::administrator::Administrator;
use crate::systemd::mesh::UNIT;
use crate::systemd::page::page;

/// The first block of the page with these words.
fn block<'a>(text: &'a str, kind: &str, words: &str) -> &'a str {
    let fence = format!("```{kind}\n");
    let mut blocks = text.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(words)).unwrap_or_else(|| panic!("no block with `{words}`"))
}

#[test]
fn the_loop_over_ssh_goes_on_where_nodes_fail_and_says_which() {
    let text = page("any-tool.md");
    let sandbox = Sandbox::with_mesh(&sample("own-authorities.yaml"));
    sandbox.generate(&[]);
    let mut administrator = Administrator::new(&sandbox);
    let mut boot = |name| administrator.boot(name, "cilium-agent.service", UNIT);
    let (one, two) = (boot("fra-edge01"), boot("fra-edge02"));
    administrator.way("fra-edge03", "HostName 127.0.0.1\n  Port 1");

    // One archive in another's place.
    let archive = |node: &str| sandbox.path(format!("out/bundles/fra/nodes/{node}.tar.gz"));
    let right = fs::read(archive("fra-edge02")).expect("an archive");
    fs::copy(archive("fra-edge01"), archive("fra-edge02")).expect("copied");
    let words = [block(&text, "sh", "xzOf"), block(&text, "sh", "restart='"), block(&text, "sh", "scp install.sh")].concat();
    let ran = administrator.shell(&words);
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
    let ran = administrator.shell(&words);
    for line in block(&text, "text", "cannot be unpacked").lines() {
        assert!(ran.stdout.lines().any(|at| at.trim_end() == line), "the page shows `{line}`:\n{}", ran.stdout);
    }
    assert!(two.sh("ls /etc/cilium").status != 0, "something was installed");
    fs::write(archive("fra-edge02"), &right).expect("written");
    let ran = administrator.shell(&words);
    assert!(ran.stdout.contains("unchanged: generation 1 of `fra/fra-edge01`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("done: generation 1 of `fra/fra-edge02`"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("failed: fra-edge03\n"), "{}", ran.stdout);
}
