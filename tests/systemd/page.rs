//! `docs/systemd.md` as it stands: its commands, one after the other, on a machine that has nothing, and what they print; then
//! everything that goes wrong there, for the words that the page shows.

use std::fs;
use std::path::Path;

use crate::support::complete::blocks;
use crate::support::console::{commands, shows};
use crate::support::{Sandbox, sample};
use crate::systemd::machine::Machine;
use crate::systemd::mesh::UNIT;

/// A page for users.
pub(crate) fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).expect("the page")
}

/// The sample, with one more site.
fn larger(sample: &str) -> String {
    let (_, last) = sample.split_once("- name: osl").expect("a last cluster");
    let site = [("osl", "hel"), ("10.23.", "10.24."), ("fd00:23:", "fd00:24:"), ("10.123.", "10.124.")];
    let site = site.iter().fold(last.to_owned(), |text, (from, to)| text.replace(from, to));
    let site = site.replace("fd00:123:", "fd00:124:").replace("id: 300", "id: 301");
    format!("{sample}- name: hel{site}")
}

fn send(sandbox: &Sandbox, machine: &Machine, bundle: &str, name: &str) {
    fs::copy(sandbox.path(format!("out/bundles/fra/{bundle}.tar.gz")), machine.at(&format!("/root/{name}"))).expect("copied");
}

#[test]
fn the_page_runs_and_its_messages_are_real() {
    let text = page("systemd.md");
    let mesh = sample("own-authorities.yaml");
    let sandbox = Sandbox::with_mesh(&mesh);
    sandbox.generate(&[]);
    let machine = Machine::boot("fra-edge01");
    machine.write("/etc/systemd/system/cilium-agent.service", &UNIT.replace(" CILIUM_CLUSTERMESH_CONFIG=/elsewhere", ""));
    send(&sandbox, &machine, "nodes/fra-edge01", "fra-edge01.tar.gz");
    send(&sandbox, &machine, "nodes/fra-edge01", "old.tar.gz");
    send(&sandbox, &machine, "nodes/fra-edge02", "fra-edge02.tar.gz");
    send(&sandbox, &machine, "etcd/fra-etcd1", "fra-etcd1.tar.gz");

    let (first, later) = text.split_once("\n## Later").expect("a second part");
    for (part, count) in [(first, 11), (later, 6)] {
        let commands: Vec<_> = blocks(part, "console").into_iter().flat_map(commands).collect();
        assert_eq!(commands.len(), count, "{commands:?}");
        let mut folder = ".".to_owned();
        for (command, shown) in commands {
            let ran = machine.sh(&format!("cd '{folder}' && {{ {command}\n}} 2>&1; status=$?; pwd >/run/folder; exit $status"));
            let printed: Vec<_> = ran.stdout.lines().collect();
            // Both streams: the last line is the one on stdout.
            assert!(ran.status == 0 && shows(&shown, &printed), "$ {command}\n{}", ran.stdout);
            folder = machine.sh("cat /run/folder").stdout.trim_end().to_owned();
        }
        sandbox.write("mesh.yaml", &larger(&mesh));
        sandbox.generate(&[]);
        send(&sandbox, &machine, "nodes/fra-edge01", "fra-edge01.tar.gz");
    }
    // Another etcd has moved.
    sandbox.write("mesh.yaml", &larger(&mesh).replace("https://10.22.0.1:2379", "https://10.22.0.9:2379"));
    sandbox.generate(&[]);
    send(&sandbox, &machine, "nodes/fra-edge01", "moved.tar.gz");
    goes_wrong(&text, &machine, &mesh);
}

/// A member of an etcd, and its renewal, in the words of `docs/etcd.md`.
#[test]
fn a_member_is_installed_and_renewed_in_the_words_of_its_page() {
    let text = page("etcd.md");
    let words = text.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    let mesh = sample("own-authorities.yaml");
    let sandbox = Sandbox::with_mesh(&mesh);
    let machine = Machine::boot("fra-etcd1");
    let drop_in = text.split("```ini\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the drop-in");
    let path = drop_in.lines().next().and_then(|line| line.strip_prefix("# ")).expect("its place");
    machine.write("/etc/systemd/system/etcd.service", ETCD);
    machine.write(path, drop_in);
    let key = "/etc/etcd/clustermesh/server.key";
    for (mesh, line) in [(mesh.clone(), "restart=etcd"), (mesh.replace("etcd.fra.", "new.fra."), "restart=none")] {
        sandbox.write("mesh.yaml", &mesh);
        sandbox.generate(&[]);
        send(&sandbox, &machine, "etcd/fra-etcd1", "fra-etcd1.tar.gz");
        let before = fs::read(machine.at(key)).ok();
        let ran = machine.ok(words);
        assert_eq!(ran.last_line(), format!("changed=yes {line}"), "{}", ran.stderr);
        let after = fs::read(machine.at(key)).expect("a key");
        assert!(before.is_none_or(|before| before == after), "another certificate has the same key");
        assert_eq!(machine.ok(&format!("stat -c '%U:%G %a' {key}")).stdout, "etcd:etcd 600\n");
    }
}

/// An etcd that is started without the bundle's files.
const ETCD: &str =
    "[Service]\nEnvironment=ETCD_LISTEN_CLIENT_URLS=https://10.21.0.1:2379\nExecStart=/usr/bin/etcd --name=fra-etcd1\n";

/// Every row of the page's table that begins with words; the machine has three generations, and nothing installed.
fn goes_wrong(text: &str, machine: &Machine, mesh: &str) {
    let other = Sandbox::with_mesh(mesh);
    other.generate(&[]);
    other.write("mesh.yaml", &larger(mesh));
    other.generate(&[]);
    send(&other, machine, "nodes/fra-edge01", "other.tar.gz");
    machine.ok("cp fra.fra-edge01/install.sh .");
    let unit = "/etc/systemd/system/cilium-agent.service";
    machine.write("/etc/systemd/system/etcd.service", ETCD);
    machine.write(
        "/etc/systemd/system/flags.conf",
        "[Service]\nEnvironmentFile=/etc/etcd/clustermesh/etcd.env\nExecStart=\nExecStart=/usr/bin/etcd --cert-file=/x\n",
    );
    let cases = [
        "sh install.sh fra-edge02.tar.gz".to_owned(),
        format!("sed -i 's/ --debug/ --cluster-id=9/' {unit}; sh install.sh fra-edge01.tar.gz"),
        format!(
            "sed -i 's/ --cluster-id=9//' {unit}; mkdir -p /var/lib/clustermesh; mount --bind /tmp /var/lib/clustermesh; \
                 sh install.sh fra-edge01.tar.gz; umount /var/lib/clustermesh"
        ),
        "mount --bind -o ro /var/lib /var/lib; sh install.sh fra-edge01.tar.gz; umount /var/lib".to_owned(),
        "head -c 5000 fra-edge01.tar.gz >half.tar.gz; sh install.sh half.tar.gz".to_owned(),
        "sh install.sh --restart 'systemctl restart no-such.service' fra-edge01.tar.gz; systemctl restart cilium-agent.service"
            .to_owned(),
        "sh install.sh old.tar.gz".to_owned(),
        "sh install.sh other.tar.gz".to_owned(),
        "systemctl daemon-reload; rm /etc/cilium/clustermesh.env; systemctl restart cilium-agent.service".to_owned(),
        format!("rm {unit}; sh install.sh fra-edge01.tar.gz"),
        "sh install.sh --any-host fra-etcd1.tar.gz".to_owned(),
        "cd /etc/systemd/system; mkdir etcd.service.d; mv flags.conf etcd.service.d/; cd; sh install.sh --any-host fra-etcd1.tar.gz".to_owned(),
        "sed -i /etcd/d /etc/passwd; sh install.sh --any-host fra-etcd1.tar.gz".to_owned(),
        "echo >>fra.fra-edge01/payload/etc/cilium/clustermesh.env; ./fra.fra-edge01/install.sh".to_owned(),
        "sh install.sh moved.tar.gz; sh install.sh --rollback old.tar.gz".to_owned(),
    ];
    let said: String = cases.iter().map(|case| machine.sh(&format!("{{ {case}\n}} 2>&1")).stdout).collect();
    let rows = text.split("| message |").nth(1).expect("the table").lines().filter_map(|line| line.strip_prefix("| ``"));
    let rows: Vec<_> = rows.map(|row| row.split("``").next().expect("words").trim_end()).collect();
    assert_eq!(rows.len(), 16, "{rows:?}");
    for words in rows {
        assert!(said.lines().any(|line| line.trim_end() == words), "nothing says `{words}`:\n{said}");
    }
}
