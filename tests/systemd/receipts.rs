//! Restarts that were due and that somebody has made: `install.sh --receipt` sees them by the processes of the machine.

use serde_json::{Value, json};

use crate::support::Sandbox;
use crate::systemd::environment::machine;
use crate::systemd::machine::Machine;
use crate::systemd::mesh::MESH;

/// What is due by the receipt that `command` prints.
fn due(machine: &Machine, command: &str) -> Value {
    let ran = machine.ok(command);
    let receipt = ran.stdout.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{}", ran.stdout));
    serde_json::from_str::<Value>(receipt).expect("JSON")["due"].clone()
}

#[test]
fn a_restart_is_due_until_every_process_of_that_name_is_younger_than_the_files() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    machine.ok("mkdir -p /run/agents && cp \"$(command -v sleep)\" /run/agents/cilium-agent");
    let start =
        |name: &str| machine.ok(&format!("/run/agents/cilium-agent infinity >/dev/null 2>&1 & echo $! >/run/{name}; sleep 2"));
    let stop = |name: &str| {
        machine.ok(&format!("kill $(cat /run/{name}); while kill -0 $(cat /run/{name}) 2>/dev/null; do sleep 0.1; done"))
    };
    start("first");
    start("second");
    let (agent, neither) = (json!(["agent", "announce"]), json!(["announce"]));
    assert_eq!(due(&machine, "sh install.sh n1.tar.gz"), agent);
    let receipt = "./a.n1/install.sh --receipt";
    assert_eq!(due(&machine, receipt), agent, "both agents are older than the files");
    machine.ok("sleep 2");
    stop("first");
    start("first");
    assert_eq!(due(&machine, receipt), agent, "one of them still is");
    stop("second");
    assert_eq!(due(&machine, "./a.n1/install.sh"), neither, "a run that changes nothing sees it as well");
    assert_eq!(due(&machine, receipt), neither, "no announcer runs: whether it has the new files is not known");
}
