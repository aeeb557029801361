//! Where the state is: the units of samples/monitoring that renew every day and write the metrics of the whole mesh, under a real systemd.

use std::fs;
use std::path::Path;

use crate::certs::MESH;
use crate::support::metrics::promtool;
use crate::systemd::machine::Machine;

const UNITS: [&str; 4] =
    ["meshbundle-renew.service", "meshbundle-renew.timer", "meshbundle-mesh.service", "meshbundle-mesh.timer"];
const RENEW: &str = "/etc/systemd/system/meshbundle-renew.service";
const METRICS: &str = "/var/lib/prometheus/node-exporter/meshbundle-mesh.prom";

/// A machine with a mesh and its state in the folder that the units name.
fn operators() -> Machine {
    let machine = Machine::boot("ops");
    machine.write("/srv/mesh/mesh.yaml", MESH);
    machine.ok("cd /srv/mesh && meshbundle generate --create-authorities && mkdir -p /var/lib/prometheus/node-exporter");
    for unit in UNITS {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/monitoring").join(unit);
        machine.write(&format!("/etc/systemd/system/{unit}"), &fs::read_to_string(sample).expect("a sample"));
    }
    machine
}

/// From now on, both services run at this noon.
fn at(machine: &Machine, day: &str) {
    for service in UNITS.iter().filter(|unit| unit.ends_with(".service")) {
        let drop_in = format!("[Service]\nEnvironment=MESHBUNDLE_NOW={day}T12:00:00Z\n");
        machine.write(&format!("/etc/systemd/system/{service}.d/now.conf"), &drop_in);
    }
    machine.ok("systemctl daemon-reload");
}

/// What the service says in its next run, and whether systemd is content.
fn run(machine: &Machine, service: &str) -> (bool, String) {
    machine.ok("journalctl --rotate --vacuum-time=1s >/dev/null 2>&1 || true");
    let cursor = machine.sh("journalctl --lines 1 --output cat --show-cursor | sed -n 's/^-- cursor: //p'").stdout;
    let done = machine.sh(&format!("systemctl start {service}")).status == 0;
    let failed = machine.sh(&format!("systemctl is-failed --quiet {service}")).status == 0;
    assert_ne!(done, failed, "what went wrong can be seen afterwards");
    let log =
        machine.ok(&format!("journalctl --sync; journalctl --unit {service} --output cat --after-cursor '{}'", cursor.trim()));
    (done, log.stdout)
}

/// Every file with its content and the time of its last change.
fn files(machine: &Machine) -> String {
    machine
        .ok("cd /srv/mesh && find . -type f -printf '%p %i %T@ %m\\n' | sort && find . -type f -exec sha256sum {} + | sort")
        .stdout
}

#[test]
fn a_timer_renews_what_is_due_and_fails_in_the_open() {
    let machine = operators();
    at(&machine, "2026-11-22");
    for unit in UNITS {
        let ran = machine.ok(&format!("systemd-analyze verify --man=no {unit}"));
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{unit}");
    }
    let before = files(&machine);
    let (done, said) = run(&machine, "meshbundle-renew.service");
    assert!(done && said.contains("nothing to renew: the first certificate expires on 2027-"), "{said}");
    assert_eq!(files(&machine), before);

    // Noon of a day on which everything is due. It has no network to ship it by.
    let drop_in = "[Service]\nExecStartPost=/bin/sh -c 'readlink /proc/self/ns/net; touch /etc/mine || echo read-only'\n";
    machine.write(&format!("{RENEW}.d/look.conf"), drop_in);
    at(&machine, "2027-08-23");
    let (done, said) = run(&machine, "meshbundle-renew.service");
    assert!(done && said.contains(" 13 certificates issued, ") && said.contains("order to ship it: out/index.json"), "{said}");
    let network = machine.ok("readlink /proc/self/ns/net").stdout;
    assert!(said.contains("net:[") && !said.contains(network.trim()) && said.contains("read-only"), "{network}{said}");
    fs::remove_file(machine.at(&format!("{RENEW}.d/look.conf"))).expect("removed");
    // The next day reminds of what nobody has shipped.
    at(&machine, "2027-08-24");
    let (done, said) = run(&machine, "meshbundle-renew.service");
    assert!(done && said.contains("nothing to renew, but ") && said.contains(" may still have an earlier certificate"), "{said}");
    let (done, said) = run(&machine, "meshbundle-mesh.service");
    assert!(done, "{said}");
    let metrics = fs::read_to_string(machine.at(METRICS)).expect("metrics");
    promtool(&metrics);
    let behind = metrics.lines().filter(|line| line.starts_with("meshbundle_certificate_units_behind{") && !line.ends_with(" 0"));
    assert_eq!(behind.count(), 13, "{metrics}");

    // The CA's key is encrypted, and nobody is there to be asked.
    machine.ok("mkdir -p /etc/meshbundle && age-keygen -o /etc/meshbundle/identity 2>/dev/null");
    machine.ok(
        "cd /srv/mesh && age-keygen -y /etc/meshbundle/identity >team.txt && meshbundle state encrypt --recipients-file team.txt",
    );
    at(&machine, "2028-06-01");
    let before = files(&machine);
    let (done, said) = run(&machine, "meshbundle-renew.service");
    assert!(!done && said.contains("--identity"), "{said}");
    assert_eq!(files(&machine), before);
    assert!(run(&machine, "meshbundle-mesh.service").0, "the metrics need no key");
    // As process 1 does where it finds no container around it: credentials are mounted beside the service.
    machine.ok("mount --make-rshared /");
    let unit = fs::read_to_string(machine.at(RENEW)).expect("the unit");
    machine.write(RENEW, &unit.replace("#LoadCredential", "LoadCredential").replace("#Environment", "Environment"));
    machine.ok("systemctl daemon-reload");
    let (done, said) = run(&machine, "meshbundle-renew.service");
    assert!(done && said.contains(" 13 certificates issued, "), "{said}");

    // A mesh that is wrong stops it as well.
    machine.write("/srv/mesh/mesh.yaml", &MESH.replace("id: 2", "id: 1"));
    assert!(!run(&machine, "meshbundle-renew.service").0);
    machine.ok("systemctl enable --now meshbundle-renew.timer meshbundle-mesh.timer 2>&1");
}
