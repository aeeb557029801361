//! Two machines and a wire: this one, with the rules, and another one, with the addresses of listed machines and of strangers.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Sandbox, tool};

const ENDS: &str = include_str!("ends.py");

/// A mesh with everything that a rule can be about, in both families. Its clusters encrypt in two ways only so that one ruleset has
/// both.
pub(crate) const MESH: &str = r#"
version: 1
mesh: prod
cilium: { version: "1.18", routingMode: tunnel, tunnelProtocol: vxlan }
accept:
- { code: CM0214, at: "clusters", reason: so that one ruleset has all }
defaults: { runtime: { kind: systemd }, etcd: { localClients: true } }
clusters:
- { name: oslo, id: 1, nodeCIDRs: [10.1.0.0/24, "fd00:1::/64"], nodes: [{ name: n1, address: 10.1.0.1 }, n2],
    cilium: { encryption: ipsec },
    etcd: { endpoints: ["https://10.1.0.1:2379", "https://[fd00:1::1]:2379"], peers: true,
            members: [{ name: e1, addresses: [10.1.0.1, "fd00:1::1"] }, { name: e2, addresses: [10.1.0.2] }] } }
- { name: rome, id: 2, nodeCIDRs: [10.2.0.0/24, "fd00:2::/64"], nodes: [n1],
    cilium: { encryption: wireguard },
    etcd: { endpoints: ["https://10.2.0.1:2379"], members: [{ name: e1, addresses: [10.2.0.1] }] } }
"#;

/// An end of connections, in the namespace of this test or in one of its own.
pub(crate) struct End {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl End {
    pub(crate) fn here(sandbox: &Sandbox) -> Self {
        Self::start(sandbox, Command::new("python3"))
    }

    /// At the other end of a wire to here, with these addresses.
    pub(crate) fn away(sandbox: &Sandbox, ours: &[&str], theirs: &[&str]) -> Self {
        let mut unshare = Command::new("unshare");
        unshare.args(["--net", "python3"]);
        let mut end = Self::start(sandbox, unshare);
        // What it answers shows that it is in its namespace.
        assert_eq!(end.says("run ip link set lo up"), "0");
        let process = end.process.id().to_string();
        tool("ip", "iproute2", ["link", "add", "here", "type", "veth", "peer", "name", "away", "netns", &process]);
        tool("ip", "iproute2", ["link", "set", "here", "up"]);
        assert_eq!(end.says("run ip link set away up"), "0");
        for address in ours {
            tool("ip", "iproute2", ["address", "add", &wide(address), "dev", "here", "nodad"].into_iter().filter(known(address)));
        }
        for address in theirs {
            let words = ["run", "ip", "address", "add", &wide(address), "dev", "away", "nodad"].join(" ");
            let words = if address.contains(':') { words } else { words.replace(" nodad", "") };
            assert_eq!(end.says(&words), "0", "{words}");
        }
        end
    }

    fn start(sandbox: &Sandbox, mut command: Command) -> Self {
        sandbox.write("ends.py", ENDS);
        command.arg(sandbox.path("ends.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python3 starts");
        let (to, from) = (process.stdin.take().expect("a pipe"), process.stdout.take().expect("a pipe"));
        Self { process, to, from: BufReader::new(from) }
    }

    /// What it answers to a command.
    #[track_caller]
    pub(crate) fn says(&mut self, command: &str) -> String {
        writeln!(self.to, "{command}").expect("it reads");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("it answers");
        assert!(line.ends_with('\n'), "{command}: it has died");
        line.trim_end().to_owned()
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// All of a family are on one wire.
fn wide(address: &str) -> String {
    format!("{address}/{}", if address.contains(':') { 16 } else { 8 })
}

/// IPv4 has no duplicate address detection.
fn known(address: &str) -> impl Fn(&&str) -> bool {
    let is_6 = address.contains(':');
    move |word: &&str| is_6 || *word != "nodad"
}

/// Waits until the rules have dropped `packets` of a protocol and port.
#[track_caller]
pub(crate) fn await_drops(table: &str, protocol: &str, port: u16, packets: u64) {
    for _ in 0..1200 {
        if drops(table, protocol, port) >= packets {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("{protocol} {port}: not {packets} packets were dropped, but {}", drops(table, protocol, port));
}

/// Packets that the rules of a table have dropped.
fn drops(table: &str, protocol: &str, port: u16) -> u64 {
    let listed: Value = serde_json::from_str(&tool("nft", "nftables", ["-j", "list", "table", "inet", table])).expect("JSON");
    let rules = listed["nftables"].as_array().expect("a list").iter().map(|entry| &entry["rule"]["expr"]);
    let counters = rules.filter_map(|expr| {
        let parts = expr.as_array()?;
        let is_it = parts.iter().any(|part| {
            let matched = &part["match"];
            matched["left"]["payload"]["protocol"] == protocol && matched["right"] == port
        });
        let counter = parts.iter().find_map(|part| part["counter"]["packets"].as_u64())?;
        is_it.then_some(counter)
    });
    counters.sum()
}
