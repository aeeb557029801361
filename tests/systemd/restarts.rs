//! What `install.sh` says is to do, done as it says: it has to work, and be over, whatever the etcd does. No etcd answers here.

use std::time::{Duration, Instant};

use crate::support::{Ran, Sandbox};
use crate::systemd::environment::machine;
use crate::systemd::machine::Machine;
use crate::systemd::mesh::MESH;

const ANNOUNCER: &str = "clustermesh-announce.service";

/// Does what a run has said is to do, and demands that it succeeds soon.
fn do_it(machine: &Machine, ran: &Ran) {
    let line = ran.stderr.lines().find_map(|line| line.strip_prefix("to do: ")).unwrap_or_else(|| panic!("{}", ran.stderr));
    let began = Instant::now();
    machine.ok(line);
    assert!(began.elapsed() < Duration::from_secs(10), "`{line}` waits for an etcd");
}

fn state(machine: &Machine, property: &str) -> String {
    machine.sh(&format!("systemctl show --property {property} --value {ANNOUNCER}")).stdout.trim_end().to_owned()
}

#[test]
fn the_printed_commands_work_both_ways() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    do_it(&machine, &machine.ok("sh install.sh n1.tar.gz"));
    assert_eq!(state(&machine, "UnitFileState"), "enabled", "it would not start with the machine");
    // All of its restrictions hold here, and it runs with them: it is at work, not yet ready.
    assert_eq!((state(&machine, "ActiveState"), state(&machine, "Result")), ("activating".to_owned(), "success".to_owned()));
    let (words, _) = machine.process(ANNOUNCER);
    assert_eq!(words[..2], ["/usr/local/bin/meshbundle", "announce"]);
    let (_, agent) = machine.process("cilium-agent.service");
    assert!(agent.iter().any(|line| line == "CILIUM_CLUSTER_NAME=a"), "{agent:?}");

    do_it(&machine, &machine.ok("./a.n1/install.sh --uninstall"));
    assert_eq!((state(&machine, "LoadState"), state(&machine, "ActiveState")), ("not-found".to_owned(), "inactive".to_owned()));
    let link = machine.at(&format!("/etc/systemd/system/multi-user.target.wants/{ANNOUNCER}"));
    assert!(link.symlink_metadata().is_err(), "the link to what is gone stays");
    let (_, agent) = machine.process("cilium-agent.service");
    assert!(agent.iter().all(|line| !line.starts_with("CILIUM_CLUSTER_NAME")), "{agent:?}");
}
