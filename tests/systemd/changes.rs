//! `docs/changes.md` as it stands, on machines with systemd and real etcds, while every link that both sides have is read all the time.

use std::thread::sleep;
use std::time::Duration;

use crate::support::complete::blocks;
use crate::support::namespaces::alone;
use crate::support::story::{Stage, play};
use crate::support::{Sandbox, tool};
use crate::systemd::administrator::Administrator;
use crate::systemd::links::Readers;
use crate::systemd::machine::Machine;
use crate::systemd::mesh::UNIT;
use crate::systemd::network::Network;
use crate::systemd::page::page;

/// As Debian starts it; the settings are in a file beside the bundle's.
const ETCD: &str = "[Service]
Type=notify
User=etcd
StateDirectory=etcd
EnvironmentFile=/etc/etcd/etcd-member.env
ExecStart=/usr/bin/etcd
";

/// The address of the machine where the mesh was generated.
const HERE: &str = "10.9.0.1";

/// The members that run when the page begins.
const MEMBERS: [(&str, &str, &str); 4] =
    [("ams", "ams1", "10.1.0.1"), ("fra", "fra1", "10.2.0.1"), ("fra", "fra2", "10.2.0.2"), ("fra", "fra3", "10.2.0.3")];

/// The machines of the page, and who ships to them.
struct Site<'a> {
    administrator: Administrator<'a>,
    network: Network,
    machines: Vec<(String, Machine)>,
    readers: Readers,
}

impl<'a> Site<'a> {
    /// The mesh of the page's first block, shipped and recorded.
    fn new(sandbox: &'a Sandbox) -> Self {
        let text = page("changes.md");
        sandbox.write("mesh.yaml", blocks(&text, "yaml").first().expect("a mesh"));
        let script =
            blocks(&page("year.md"), "sh").into_iter().find(|block| block.starts_with("# ship.sh")).expect("ship.sh").to_owned();
        sandbox.write("operator.sh", "[ -d \"out/bundles/$1\" ]\n");
        let administrator = Administrator::new(sandbox);
        let readers = Readers::new(sandbox);
        let mut site = Self { administrator, network: Network::new(HERE), machines: Vec::new(), readers };
        for (cluster, name, address) in MEMBERS {
            site.boot(name, address);
            let all: Vec<String> = MEMBERS
                .iter()
                .filter(|(of, ..)| *of == cluster)
                .map(|(_, name, address)| format!("{name}=https://{address}:2380"))
                .collect();
            let settings = format!(
                "ETCD_NAME={name}\nETCD_DATA_DIR=/var/lib/etcd\nETCD_LISTEN_CLIENT_URLS=https://{address}:2379\n\
                 ETCD_ADVERTISE_CLIENT_URLS=https://{address}:2379\nETCD_LISTEN_PEER_URLS=https://{address}:2380\n\
                 ETCD_INITIAL_ADVERTISE_PEER_URLS=https://{address}:2380\nETCD_INITIAL_CLUSTER={}\nETCD_INITIAL_CLUSTER_TOKEN={cluster}\n\
                 ETCD_ENABLE_GRPC_GATEWAY=false\n",
                all.join(",")
            );
            site.machine(name).write("/etc/etcd/etcd-member.env", &settings);
        }
        site.boot("edge1", "10.2.0.11");

        site.run("meshbundle generate --create-authorities");
        // The members of a new etcd start together; and the page's diff follows.
        let announcing = script.replace(
            "systemctl restart cilium-agent.service",
            "systemctl enable clustermesh-announce.service && systemctl restart --no-block cilium-agent.service clustermesh-announce.service",
        );
        sandbox.write(
            "ship.sh",
            &announcing.replace("restart='systemctl restart etcd'", "restart='systemctl restart --no-block etcd'"),
        );
        site.run("sh ship.sh members");
        for (_, name, _) in MEMBERS {
            site.await_active(name, "etcd.service");
        }
        site.run("sh ship.sh users operators nodes");
        let enable = ["ams", "fra"].map(|cluster| format!("sh out/bundles/{cluster}/etcd/etcd-auth.sh --enable >{cluster}.txt"));
        site.run(&format!("{} & {} && wait && meshbundle rollout record mesh.yaml ams.txt fra.txt", enable[0], enable[1]));
        sandbox.write("ship.sh", &script);
        site
    }

    /// A fresh machine, with etcd's unit and an agent's, and nothing installed.
    fn boot(&mut self, name: &str, address: &str) {
        let machine = self.administrator.boot(name, "cilium-agent.service", UNIT);
        self.network.connect(&machine, address);
        machine.write("/etc/systemd/system/etcd.service", ETCD);
        let text = page("etcd.md");
        let drop_in = blocks(&text, "ini").into_iter().next().expect("the drop-in");
        machine.write(drop_in.lines().next().and_then(|line| line.strip_prefix("# ")).expect("its place"), drop_in);
        machine.ok("systemctl daemon-reload");
        self.readers.add(name, machine.init());
        self.machines.push((name.to_owned(), machine));
    }

    /// The machine is lost, with all that was on it.
    fn lose(&mut self, name: &str) {
        self.readers.remove(name);
        self.machines.retain(|(known, _)| known != name);
    }

    fn machine(&self, name: &str) -> &Machine {
        &self.machines.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no machine {name}")).1
    }

    fn await_active(&self, name: &str, unit: &str) {
        let state = || self.machine(name).sh(&format!("systemctl show --property ActiveState --value {unit}")).stdout;
        while state() != "active\n" {
            let log = || self.machine(name).sh(&format!("journalctl --unit {unit} --output cat")).stdout;
            assert!(state() != "failed\n", "{name}: {}", log());
            sleep(Duration::from_millis(50));
        }
    }

    /// No etcd has rejected a connection because of a certificate, and no member another one. `etcd-auth.sh --enable` tries without one, from
    /// where the mesh was generated.
    fn no_handshake_failed(&self) {
        for (name, machine) in &self.machines {
            let log = machine.sh("journalctl --unit etcd.service --output cat").stdout;
            let rejected = log.lines().filter(|line| line.contains("rejected connection") && line.contains("tls: "));
            let failed: Vec<&str> = rejected.filter(|line| !line.contains(HERE)).collect();
            assert!(failed.is_empty(), "{name}: {failed:#?}");
        }
    }
}

impl Stage for Site<'_> {
    fn sandbox(&self) -> &Sandbox {
        self.administrator.sandbox
    }

    /// What happens to machines before a part of the page.
    fn heading(&mut self, heading: &str) {
        self.readers.demand_all();
        match heading {
            "A site joins" => self.boot("oslo1", "10.3.0.1"),
            "A member is replaced" => {
                self.lose("fra3");
                self.boot("fra4", "10.2.0.4");
            }
            "A machine is replaced" => {
                self.lose("edge1");
                self.boot("edge1", "10.2.0.11");
            }
            _ => {}
        }
    }

    fn run(&mut self, command: &str) -> String {
        println!("$ {command}");
        let ran = self.administrator.shell(command);
        assert_eq!(ran.status, 0, "$ {command}\n{}", ran.stdout);
        ran.stdout
    }

    /// Settings of a machine: `# PATH on MACHINE`, then the file.
    fn other(&mut self, language: &str, block: &str) {
        let first = block.lines().next().and_then(|line| line.strip_prefix("# ")?.split_once(" on "));
        let (path, name) = first.unwrap_or_else(|| panic!("a block in `{language}` names no file"));
        self.machine(name).write(path, block);
    }
}

#[test]
fn the_page_of_changes_runs_and_no_link_is_cut() {
    alone("systemd::changes::the_page_of_changes_runs_and_no_link_is_cut", || {
        // The processes of machines, as their namespaces have them.
        tool("mount", "mount", ["-t", "proc", "proc", "/proc"]);
        let sandbox = Sandbox::new();
        let mut site = Site::new(&sandbox);
        play("changes.md", &mut site, 40);
        site.readers.demand_all();
        site.no_handshake_failed();
        site.readers.end();
    });
}
