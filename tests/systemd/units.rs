//! `systemd-analyze verify` of the unit as it is once ours is installed, and the announcer's.

use std::fs;

use crate::support::Sandbox;
use crate::systemd::environment::{machine, send};
use crate::systemd::mesh::{MESH, UNIT};

#[test]
fn systemd_analyze_has_nothing_to_say() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    machine.ok("sh install.sh n1.tar.gz");
    for unit in ["cilium-agent.service", "clustermesh-announce.service"] {
        let ran = machine.ok(&format!("systemd-analyze verify --man=no {unit}"));
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{unit}");
    }
    // It reads the drop-in at all.
    let drop_in = "/etc/systemd/system/cilium-agent.service.d/50-clustermesh.conf";
    let text = fs::read_to_string(machine.at(drop_in)).expect("the drop-in");
    machine.write(drop_in, &text.replace("[Service]", "[Servce]"));
    let ran = machine.sh("systemd-analyze verify --man=no cilium-agent.service");
    assert!(ran.stderr.contains("50-clustermesh.conf:3: Unknown section 'Servce'"), "{}", ran.stderr);
    machine.ok("sh install.sh n1.tar.gz");
    machine.ok("./a.n1/install.sh --uninstall");

    machine.write("/etc/systemd/system/my-agent@.service", UNIT);
    send(&sandbox, &machine, "b");
    machine.ok("sh install.sh n1.tar.gz");
    let ran = machine.ok("systemd-analyze verify --man=no my-agent@edge.1_x.service");
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}
