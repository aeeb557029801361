//! The three ways to ship of `docs/rollout.md`, in its words, to machines with systemd: OpenSSH's scp and ssh, Ansible, and a stick. The
//! etcds do not run: in place of `etcd-auth.sh` comes the receipt that it would print.

use std::fs;

use crate::support::complete::blocks;
use crate::support::console::commands;
use crate::support::receipts::{manifest_of_users, receipt_line};
use crate::support::{Sandbox, tool};
use crate::systemd::administrator::Administrator;
use crate::systemd::machine::Machine;
use crate::systemd::mesh::UNIT;
use crate::systemd::page::page;

const MESH: &str = r#"version: 1
mesh: core
cilium: { version: "1.18", routingMode: tunnel, encryption: none }
defaults: { runtime: systemd, etcd: { localClients: true } }
clusters:
- { name: fra, id: 1, nodes: [edge1], podCIDRs: [10.101.0.0/16],
    etcd: { endpoints: ["https://10.1.0.1:2379"], members: [{ name: etcd1, addresses: [10.1.0.1] }] } }
- { name: osl, id: 2, nodes: [edge2], podCIDRs: [10.102.0.0/16],
    etcd: { endpoints: ["https://10.2.0.1:2379"], members: [{ name: etcd2, addresses: [10.2.0.1] }] } }
"#;

const ETCD: &str = "[Service]\nType=exec\nExecStart=/bin/sh -c 'sleep infinity & wait' etcd\nKillSignal=SIGKILL\n";

/// Prints the receipt of the users; all else is for the shell.
const SH: &str = r#"#!/bin/sh
case $1 in
out/bundles/*/etcd/etcd-auth.sh) cat "$1" >/dev/null && cat "$(basename "${1%/etcd/*}").receipt" && echo changed=yes ;;
*) exec /bin/sh "$@" ;;
esac
"#;

/// A part of the page, by its heading.
fn story(heading: &str) -> String {
    let text = page("rollout.md");
    let (_, rest) = text.split_once(&format!("\n### {heading}\n")).expect("a story");
    rest.split("\n### ").next().expect("its end").to_owned()
}

/// Machines, and who ships to them.
struct Site<'a> {
    administrator: Administrator<'a>,
    machines: Vec<(&'static str, Machine)>,
}

impl<'a> Site<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        sandbox.generate(&[]);
        sandbox.write_program("bin/sh", SH);
        for cluster in ["fra", "osl"] {
            let receipt = receipt_line(&manifest_of_users(sandbox, cluster), &format!("{cluster}/users"), 9, &[]);
            sandbox.write(&format!("{cluster}.receipt"), &format!("{receipt}\n"));
        }
        let mut administrator = Administrator::new(sandbox);
        let mut boot = |name: &'static str, unit, text| (name, administrator.boot(name, unit, text));
        let machines = vec![
            boot("etcd1", "etcd.service", ETCD),
            boot("etcd2", "etcd.service", ETCD),
            boot("edge1", "cilium-agent.service", UNIT),
            boot("edge2", "cilium-agent.service", UNIT),
        ];
        Self { administrator, machines }
    }

    /// Writes the files of blocks that begin with `# NAME`.
    fn files(&self, text: &str, kind: &str) {
        for block in blocks(text, kind).into_iter().filter(|block| block.starts_with("# ")) {
            let name = block[2..].split([' ', ':', '\n']).next().expect("a name");
            self.administrator.sandbox.write(name, block);
        }
    }

    /// Runs a command of the page, and compares what it prints on stdout; the number of other lines is not ours.
    fn run(&self, command: &str, shown: &[String]) {
        let ran = self.administrator.shell(&format!("{{ {command}\n}} 2>errors.txt"));
        let known = |line: &str| line.split(';').next().unwrap_or_default().to_owned();
        let (got, want): (Vec<_>, Vec<_>) =
            (ran.stdout.lines().map(known).collect(), shown.iter().map(|line| known(line)).collect());
        let log = self.administrator.sandbox.read("errors.txt");
        assert!(ran.status == 0 && got == want, "$ {command}\n{}{log}", ran.stdout);
    }

    /// What runs has the files, and nothing is left to do but for operators.
    fn is_shipped(&self) {
        for (name, machine) in &self.machines {
            let unit = if name.starts_with("etcd") { "etcd.service" } else { "cilium-agent.service" };
            machine.ok(&format!("systemctl is-active --quiet {unit}"));
        }
        let report = self.administrator.sandbox.run(&["rollout", "status", "--format", "json"]).json();
        let open = report["units"].as_array().expect("units").iter().filter(|unit| unit["done"] == false);
        let open: Vec<&str> = open.map(|unit| unit["unit"].as_str().expect("a unit")).collect();
        assert_eq!(open, ["fra/operator", "osl/operator"]);
    }
}

#[test]
fn scp_ships_and_records() {
    let sandbox = Sandbox::with_mesh(MESH);
    let site = Site::new(&sandbox);
    site.files(&page("year.md"), "sh");
    let text = story("With scp");
    for (command, shown) in blocks(&text, "console").into_iter().flat_map(commands) {
        site.run(&command, &shown);
    }
    site.is_shipped();
}

#[test]
fn ansible_ships_and_records() {
    let sandbox = Sandbox::with_mesh(MESH);
    let site = Site::new(&sandbox);
    let text = story("With Ansible");
    site.files(&text, "ini");
    site.files(&text, "yml");
    let installer = tool(
        "tar",
        "tar",
        ["-xzOf", sandbox.path("out/bundles/fra/nodes/edge1.tar.gz").to_str().expect("text"), "fra.edge1/install.sh"],
    );
    sandbox.write("install.sh", &installer);
    sandbox.write("ansible.cfg", "[defaults]\nremote_user = root\n");
    for (command, shown) in blocks(&text, "console").into_iter().flat_map(commands) {
        site.run(&command, &shown);
        site.is_shipped();
        // Whoever has everything prints the same receipt again.
        let again: Vec<String> = shown.iter().map(|line| line.replace("6 recorded, 6 known", "0 recorded, 12 known")).collect();
        site.run(&command, &again);
    }
}

#[test]
fn a_stick_brings_archives_and_takes_receipts_back() {
    let sandbox = Sandbox::with_mesh(MESH);
    let site = Site::new(&sandbox);
    let text = story("With a stick");
    site.files(&text, "sh");
    fs::create_dir(sandbox.path("stick")).expect("a stick");
    let steps: Vec<_> = blocks(&text, "console").into_iter().map(commands).collect();
    let [there, back] = steps.as_slice() else { panic!("two blocks of commands: {steps:?}") };
    let here = |command: &str| command.replace("/media/stick", "stick");
    for (command, shown) in there {
        site.run(&here(command), shown);
    }
    for (name, machine) in &site.machines {
        let (stick, plugged) = (sandbox.path("stick"), machine.at("/root/"));
        tool("cp", "coreutils", ["-a".as_ref(), stick.as_os_str(), plugged.as_os_str()]);
        let said = machine.ok("sh stick/here.sh").stdout;
        assert!(said.starts_with("changed=yes") && said.lines().count() == 1, "{name}: {said}");
        fs::copy(machine.at("/root/stick/receipts.txt"), stick.join("receipts.txt")).expect("carried back");
    }
    for (command, shown) in back {
        site.run(&here(command), shown);
    }
    site.is_shipped();
    assert!(!sandbox.tree("stick").keys().any(|path| path.ends_with(".tar.gz")), "its keys are gone");
}
