//! What an agent's process is started with: the options of its bundle, exactly, and what its unit gives it besides.

use std::collections::BTreeMap;
use std::fs;

use crate::support::Sandbox;
use crate::systemd::machine::Machine;
use crate::systemd::mesh::{MESH, UNIT};

/// The machine `n1` with a bundle of its name, the unit's file in `/etc`, and nothing installed.
pub(crate) fn machine(sandbox: &Sandbox, cluster: &str, unit_file: &str) -> Machine {
    let machine = Machine::boot("n1");
    machine.write(&format!("/etc/systemd/system/{unit_file}"), UNIT);
    send(sandbox, &machine, cluster);
    machine
}

/// As `scp` does.
pub(crate) fn send(sandbox: &Sandbox, machine: &Machine, cluster: &str) {
    let archive = sandbox.path(format!("out/bundles/{cluster}/nodes/n1.tar.gz"));
    fs::copy(archive, machine.at("/root/n1.tar.gz")).expect("copied");
    machine.ok(&format!("rm -rf {cluster}.n1 && tar xzf n1.tar.gz && cp {cluster}.n1/install.sh ."));
}

fn pairs<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let split = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    lines.map(|line| split(line).unwrap_or_else(|| panic!("no variable: {line}"))).collect()
}

/// The options of the bundle in each form, which have to say the same; as variables.
fn options(sandbox: &Sandbox, cluster: &str) -> BTreeMap<String, String> {
    let top = sandbox.unpack(&format!("{cluster}/nodes/n1"));
    let env = fs::read_to_string(top.join("options/agent.env")).expect("the environment");
    assert_eq!(fs::read_to_string(top.join("payload/etc/cilium/clustermesh.env")).expect("the environment file"), env);
    let variables = pairs(env.lines());
    let variable = |option: &str| format!("CILIUM_{}", option.to_uppercase().replace('-', "_"));
    let args = fs::read_to_string(top.join("options/agent.args")).expect("the words");
    let words = pairs(args.lines().map(|line| line.strip_prefix("--").expect("an option")));
    assert_eq!(words.iter().map(|(name, value)| (variable(name), value.clone())).collect::<BTreeMap<_, _>>(), variables);
    let files = fs::read_dir(top.join("options/config-map")).expect("a folder").map(|entry| entry.expect("an entry"));
    let one = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("text");
        (variable(&name), fs::read_to_string(entry.path()).expect("text").trim_end_matches('\n').to_owned())
    };
    assert_eq!(files.map(one).collect::<BTreeMap<_, _>>(), variables);
    variables
}

/// The agent's words are its unit's alone, and of Cilium's variables it has exactly these.
fn has_exactly(machine: &Machine, unit: &str, wanted: &BTreeMap<String, String>) {
    let (words, environment) = machine.process(unit);
    assert_eq!(words, ["/bin/sh", "-c", "sleep infinity & wait", "cilium-agent", "--devices=eth0", "--debug"]);
    let is = pairs(environment.iter().map(String::as_str));
    let cilium = is.iter().filter(|(name, _)| name.starts_with("CILIUM")).map(|(name, value)| (name.clone(), value.clone()));
    assert_eq!(&cilium.collect::<BTreeMap<_, _>>(), wanted);
    assert_eq!(is.get("GOGC").map(String::as_str), Some("50"));
    assert_eq!(is.get("MINE").map(String::as_str), Some("with a $ and a \\"));
}

#[test]
fn the_process_has_exactly_the_options_and_after_an_upgrade_the_new_ones() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    machine.ok("systemctl start cilium-agent.service");
    let before = pairs(machine.process("cilium-agent.service").1.iter().map(String::as_str));
    assert_eq!(before.get("CILIUM_CLUSTERMESH_CONFIG").map(String::as_str), Some("/elsewhere"), "the test's unit says so");

    let restart = "--restart 'systemctl daemon-reload && systemctl restart cilium-agent.service'";
    let ran = machine.ok(&format!("sh install.sh {restart} n1.tar.gz"));
    assert_eq!(ran.last_line(), "changed=yes restart=agent,announce", "{}", ran.stderr);
    let wanted = options(&sandbox, "a");
    assert_eq!(wanted.len(), 8, "an option of the table is not tried here: {wanted:?}");
    assert_eq!(wanted["CILIUM_CLUSTERMESH_CONFIG"], "/var/lib/clustermesh");
    has_exactly(&machine, "cilium-agent.service", &wanted);

    sandbox.write("mesh.yaml", &MESH.replace("policyDefaultLocalCluster: true", "policyDefaultLocalCluster: false"));
    sandbox.generate(&[]);
    send(&sandbox, &machine, "a");
    let ran = machine.ok(&format!("./a.n1/install.sh {restart}"));
    assert_eq!(ran.last_line(), "changed=yes restart=agent", "{}", ran.stderr);
    let newer = options(&sandbox, "a");
    assert_eq!(newer["CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER"], "false");
    has_exactly(&machine, "cilium-agent.service", &newer);

    machine.ok(&format!("./a.n1/install.sh --rollback {restart}"));
    has_exactly(&machine, "cilium-agent.service", &wanted);
    machine.ok(&format!("./a.n1/install.sh --uninstall {restart}"));
    assert_eq!(pairs(machine.process("cilium-agent.service").1.iter().map(String::as_str)).len(), before.len());
}

#[test]
fn an_instance_of_a_template_has_them_too() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "b", "my-agent@.service");
    let ran = machine.ok("sh install.sh n1.tar.gz");
    assert!(ran.said("to do: systemctl daemon-reload && systemctl restart my-agent@edge.1_x.service"), "{}", ran.stderr);
    machine.ok("systemctl daemon-reload && systemctl restart my-agent@edge.1_x.service my-agent@other.service");
    let wanted = options(&sandbox, "b");
    assert_eq!(wanted["CILIUM_CLUSTERMESH_CONFIG"], "/srv/mesh_1.2/peers-of.b");
    has_exactly(&machine, "my-agent@edge.1_x.service", &wanted);
    let other = machine.process("my-agent@other.service").1;
    assert!(other.iter().all(|line| !line.starts_with("CILIUM_CLUSTER_NAME")), "the drop-in reaches another instance: {other:?}");
}

/// Systemd reads drop-ins by name, and of files the last one wins (systemd.exec(5)).
#[test]
fn a_users_own_drop_ins_stand_on_either_side() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let machine = machine(&sandbox, "a", "cilium-agent.service");
    let folder = "/etc/systemd/system/cilium-agent.service.d";
    machine.write("/etc/mine.env", "CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER=false\nCILIUM_DEBUG=\"a 'b' c\"\n");
    machine.write(&format!("{folder}/10-mine.conf"), "[Service]\nEnvironmentFile=/etc/mine.env\n");
    machine.write(&format!("{folder}/90-mine.conf"), "[Service]\nEnvironment=CILIUM_KVSTORE=none CILIUM_PPROF=true\n");
    machine.ok("sh install.sh --restart 'systemctl daemon-reload && systemctl restart cilium-agent.service' n1.tar.gz");
    let mut wanted = options(&sandbox, "a");
    let ours = wanted.clone();
    wanted.extend([("CILIUM_DEBUG", "a 'b' c"), ("CILIUM_PPROF", "true")].map(|(name, value)| (name.into(), value.into())));
    has_exactly(&machine, "cilium-agent.service", &wanted);
    assert_eq!(wanted["CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER"], "true", "our file comes after 10-mine.conf");

    // A file that comes later wins, and an empty assignment forgets those before: docs/systemd.md says so.
    machine.write(&format!("{folder}/90-mine.conf"), "[Service]\nEnvironmentFile=/etc/mine.env\n");
    machine.ok("systemctl daemon-reload && systemctl restart cilium-agent.service");
    wanted.extend([("CILIUM_POLICY_DEFAULT_LOCAL_CLUSTER".into(), "false".into())]);
    wanted.remove("CILIUM_PPROF");
    has_exactly(&machine, "cilium-agent.service", &wanted);
    machine.write(&format!("{folder}/90-mine.conf"), "[Service]\nEnvironmentFile=\n");
    machine.ok("systemctl daemon-reload && systemctl restart cilium-agent.service");
    let only = [("CILIUM_CLUSTERMESH_CONFIG".to_owned(), "/elsewhere".to_owned())];
    has_exactly(&machine, "cilium-agent.service", &BTreeMap::from(only));
    assert_ne!(ours, wanted);
}
