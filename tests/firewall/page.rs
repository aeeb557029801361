//! The page about firewalls, on a machine where all addresses of the mesh are, and one port is closed.

use std::process::Command;

use crate::firewall::scene::End;
use crate::support::namespaces::{add_addresses, alone};
use crate::support::story::{Stage, play};
use crate::support::{Sandbox, tool};

struct Machine(Sandbox);

impl Stage for Machine {
    fn sandbox(&self) -> &Sandbox {
        &self.0
    }

    fn heading(&mut self, _heading: &str) {}

    fn run(&mut self, command: &str) -> String {
        let program = env!("CARGO_BIN_EXE_meshbundle");
        let line = format!("exec 2>&1\n{}", command.replacen("meshbundle ", &format!("{program} "), 1));
        let ran = Command::new("sh").args(["-c", &line]).current_dir(self.0.path("")).output().expect("a shell");
        String::from_utf8(ran.stdout).expect("text")
    }
}

#[test]
fn the_page_about_firewalls_runs_as_written() {
    alone("firewall::page::the_page_about_firewalls_runs_as_written", || {
        let sandbox = Sandbox::new();
        add_addresses(["10.1.0.2", "10.1.0.11", "10.1.0.12", "10.2.0.2"].map(|address| address.parse().expect("an address")));
        let mut here = End::here(&sandbox);
        for port in [2379, 4240] {
            assert_eq!(here.says(&format!("listen {port}")), "ready");
        }
        let way = "table inet way {\n chain out {\n  type filter hook output priority filter;\n  ip daddr 10.1.0.2 tcp dport 2379 drop\n }\n}\n";
        sandbox.write("way.nft", way);
        tool("nft", "nftables", ["-f", sandbox.path("way.nft").to_str().expect("text")]);
        play("firewall.md", &mut Machine(sandbox), 5);
    });
}
