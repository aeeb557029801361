//! Where monitoring scrapes: the units of samples/monitoring under a real systemd, on machines with what `install.sh` has placed, and the
//! services for compose.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::certs::{list, one};
use crate::installer::mesh::{MESH as INSTALLER_MESH, compose};
use crate::installer::node::in_each_shell;
use crate::support::{Ran, Sandbox};
use crate::systemd::environment::{machine, send};
use crate::systemd::mesh::MESH;

fn monitoring(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/monitoring").join(name)).expect("a sample")
}

const CERTS: &str = "/var/lib/prometheus/node-exporter/meshbundle-certs.prom";
const PROBE: &str = "/var/lib/prometheus/node-exporter/meshbundle.prom";

/// They are copied, checked, and run once: what the next minute or hour would do.
#[test]
fn timers_write_what_is_installed() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    machine.ok("sh install.sh n1.tar.gz && mkdir -p /var/lib/prometheus/node-exporter");
    let units = ["meshbundle-certs.service", "meshbundle-certs.timer", "meshbundle-probe.service", "meshbundle-probe.timer"];
    for unit in units {
        machine.write(&format!("/etc/systemd/system/{unit}"), &monitoring(unit));
    }
    machine.ok("systemctl daemon-reload");
    for unit in units {
        let ran = machine.ok(&format!("systemd-analyze verify --man=no {unit}"));
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{unit}");
    }
    machine.ok("systemctl start meshbundle-certs.service");
    let read = |path: &str| fs::read_to_string(machine.at(path)).expect("metrics");
    let certs = read(CERTS);
    for line in [
        "meshbundle_bundle_generation{unit=\"a/node/n1\"} 1\n",
        "meshbundle_restart_due{unit=\"a/node/n1\",what=\"agent\"} 1\n",
        "meshbundle_restart_due{unit=\"a/node/n1\",what=\"etcd\"} 0\n",
        "{kind=\"client\",cluster=\"a\",name=\"CN=remote-a",
        "{kind=\"local\",cluster=\"a\",name=\"CN=admin-a",
        "{kind=\"ca\",name=\"",
    ] {
        assert!(certs.contains(line), "{line}\n{certs}");
    }
    let log = machine.sh("journalctl --unit meshbundle-certs.service --output cat").stdout;
    assert!(log.contains("{\"receipt\":1,\"mesh\":\"m\""), "the receipt is in the journal: {log}");
    // A link that is not ready is no failure of the unit.
    machine.ok("systemctl start meshbundle-probe.service");
    let probe = read(PROBE);
    assert!(probe.contains("meshbundle_link_ready{cluster=\"b\"} 0\n"), "{probe}");

    // The agent is restarted, and a new generation comes.
    sandbox.write("mesh.yaml", &MESH.replace("policyDefaultLocalCluster: true", "policyDefaultLocalCluster: false"));
    sandbox.ok(&["generate", "mesh.yaml", "--out", "out"]);
    send(&sandbox, &machine, "a");
    machine.ok("sh install.sh n1.tar.gz && for what in agent announce; do sh /var/lib/meshbundle/node/current/install.sh --restarted $what; done && systemctl start meshbundle-certs.service");
    let certs = read(CERTS);
    assert!(certs.contains("{unit=\"a/node/n1\"} 2\n") && certs.contains("what=\"agent\"} 0\n"), "{certs}");
    machine.ok("systemctl enable --now meshbundle-certs.timer meshbundle-probe.timer 2>&1");
}

/// A machine with a member alone: what its etcd has, where it has it. A file that was changed there counts.
#[test]
fn a_member_is_listed_as_its_files_are() {
    in_each_shell(INSTALLER_MESH, |node| {
        node.install("a/etcd/etcd-a", &["--any-host"]);
        node.sandbox.write("etc/hosts", "");
        let root = node.root();
        let root = root.to_str().expect("text");
        let report = list(&node.sandbox, &[root]);
        assert_eq!(report["installed"], json!([{ "unit": "a/member/etcd-a", "generation": 1, "due": ["etcd"] }]), "{report:#}");
        let servers = |report: &Value| -> Vec<Value> {
            let all = report["certificates"].as_array().expect("a list").iter();
            all.filter(|view| view["kind"] == "server").map(|view| view["member"].clone()).collect()
        };
        assert_eq!(servers(&report), [json!("etcd-a")], "{report:#}");
        let file = node.at("etc/etcd/clustermesh/server.crt");
        let before = one(&report, report["certificates"][0]["name"].as_str().expect("a name"));
        assert!(before["files"][0].as_str().expect("a file").ends_with("etc/etcd/clustermesh/server.crt"), "{report:#}");
        fs::remove_file(file).expect("removed");
        assert_eq!(servers(&list(&node.sandbox, &[root])), Vec::<Value>::new());
    });
}

/// In a project, the records are beside the files.
#[test]
fn a_project_of_compose_is_listed_and_its_services_are_sound() {
    in_each_shell(&compose(), |node| {
        let project = node.named("n1");
        project.write("docker-compose.yaml", "services:\n  cilium-agent:\n    image: x\n");
        project.write(".env", "MESHBUNDLE_IMAGE=meshbundle:local\n");
        project.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        let root = project.root();
        let report = list(&node.sandbox, &[root.to_str().expect("text")]);
        assert_eq!(report["installed"][0]["unit"], "a/node/n1", "{report:#}");
        let kinds = report["certificates"].as_array().expect("a list").iter().map(|view| view["kind"].as_str().expect("a kind"));
        let kinds: std::collections::BTreeSet<&str> = kinds.collect();
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["ca", "client", "local"], "{report:#}");
    });
    let sandbox = Sandbox::new();
    sandbox.write("docker-compose.metrics.yaml", &monitoring("docker-compose.metrics.yaml"));
    let mut command = Command::new("docker-compose");
    command.args(["--file", "docker-compose.metrics.yaml", "config"]).env("MESHBUNDLE_IMAGE", "meshbundle:local");
    let ran = Ran::of(command.current_dir(sandbox.path("")));
    assert_eq!(ran.status, 0, "docker-compose; apt-get install docker-compose: {}", ran.stderr);
    // The words that its services start are commands of the program.
    sandbox.write("project/README", "");
    for (service, verb) in [("meshbundle-certs", "certs"), ("meshbundle-probe", "probe")] {
        let text = monitoring("docker-compose.metrics.yaml");
        let words =
            text.split(&format!("  {service}:\n")).nth(1).and_then(|rest| rest.split("entrypoint: [").nth(1)).expect("a service");
        let words: Vec<String> =
            words.split(']').next().expect("words").split(", ").map(|word| word.trim_matches('"').to_owned()).collect();
        let mut words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        assert_eq!(words[0], verb);
        for word in &mut words {
            *word = match *word {
                "/project" => "project",
                "/textfiles/meshbundle-certs.prom" | "/textfiles/meshbundle.prom" => "x.prom",
                other => other,
            };
        }
        // A project without a config is an error of `certs`, and waited for by `probe`, so that is not started.
        if verb == "certs" {
            let ran = sandbox.run(&words);
            assert!(ran.status == 3 && ran.stderr.contains("holds no certificate"), "{words:?} {}", ran.stderr);
        }
    }
}
