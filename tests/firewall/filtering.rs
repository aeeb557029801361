//! Rules on a machine that is a node and a member: what the list has passes, and what it lacks does not.

use crate::firewall::scene::{End, MESH, await_drops};
use crate::support::namespaces::alone;
use crate::support::{Sandbox, tool};

/// The machine with the rules, in both families.
const OURS: [&str; 2] = ["10.1.0.1", "fd00:1::1"];
/// A node of rome, another member of oslo, and one that is in no list; the same of IPv6, which has no member.
const READER: [&str; 2] = ["10.2.0.5", "fd00:2::5"];
const MEMBER: &str = "10.1.0.2";
const STRANGER: [&str; 2] = ["10.9.9.9", "fd00:9::9"];
const SSH: u16 = 22;

struct Scene {
    sandbox: Sandbox,
    here: End,
    away: End,
}

impl Scene {
    fn new(mesh: &str) -> Self {
        let sandbox = Sandbox::with_mesh(mesh);
        let theirs = [&READER[..], &[MEMBER], &STRANGER].concat();
        let away = End::away(&sandbox, &OURS, &theirs);
        let here = End::here(&sandbox);
        Self { sandbox, here, away }
    }

    /// Loads the rules of a machine, in a form.
    fn load(&self, form: &str, unit: &str) {
        let rules = self.sandbox.ok(&["firewall", "--format", form, "--for", unit]).stdout;
        self.sandbox.write("rules.nft", &rules);
        let file = if form == "nft" { "rules.nft" } else { "own.nft" };
        let own = format!(
            "table inet filter {{\n  include \"{}\"\n  chain input {{\n    type filter hook input priority filter; policy drop;\n    iif lo accept\n    \
             ct state established,related accept\n    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept\n    \
             jump meshbundle\n    tcp dport {SSH} accept\n  }}\n}}\n",
            self.sandbox.path("rules.nft").display()
        );
        self.sandbox.write("own.nft", &own);
        let file = self.sandbox.path(file);
        let file = file.to_str().expect("text");
        tool("nft", "nftables", ["-c", "-f", file]);
        tool("nft", "nftables", ["-f", file]);
    }

    /// TCP from a listed address passes.
    #[track_caller]
    fn passes(&mut self, from: &str, to: &str, port: u16) {
        assert_eq!(self.away.says(&format!("dial {from} {to} {port}")), "open", "{from} to {to} {port}");
    }

    /// TCP from an address that is not listed does not. `table` counts it.
    #[track_caller]
    fn is_dropped(&mut self, table: &str, from: &str, to: &str, port: u16, packets: u64) {
        self.away.says(&format!("begin {from} {to} {port}"));
        await_drops(table, "tcp", port, packets);
        assert_eq!(self.away.says(&format!("begun {from} {to} {port}")), "closed", "{from} to {to} {port}");
    }

    /// UDP of a stranger, then of a listed address: only the second one arrives.
    #[track_caller]
    fn only_listed(&mut self, table: &str, stranger: &str, listed: &str, to: &str, port: u16, packets: u64) {
        self.away.says(&format!("send {stranger} {to} {port}"));
        await_drops(table, "udp", port, packets);
        self.away.says(&format!("send {listed} {to} {port}"));
        assert_eq!(self.here.says(&format!("received {port} {listed}")), listed, "{port}");
    }

    fn listen(&mut self) {
        for port in [2379, 2380, 4240, SSH] {
            assert_eq!(self.here.says(&format!("listen {port}")), "ready");
        }
        for port in [8472, 51871, 53] {
            assert_eq!(self.here.says(&format!("udp {port}")), "ready");
        }
        assert_eq!(self.here.says("raw"), "ready");
    }

    /// What holds with a table of its own, and with a chain in another table.
    fn judge(&mut self, table: &str) {
        for (family, ours) in OURS.into_iter().enumerate() {
            let (reader, stranger) = (READER[family], STRANGER[family]);
            let packets = u64::try_from(family).expect("small") + 1;
            for port in [2379, 4240] {
                self.passes(reader, ours, port);
                self.is_dropped(table, stranger, ours, port, packets);
            }
            for port in [8472, 51871] {
                self.only_listed(table, stranger, reader, ours, port, packets);
            }
            // Nobody is locked out.
            self.passes(stranger, ours, SSH);
            self.away.says(&format!("echo {reader} {ours}"));
            assert_eq!(self.away.says(&format!("reply {reader}")), "reply");
        }
        self.passes(MEMBER, OURS[0], 2380);
        // A reader is no member.
        self.is_dropped(table, READER[0], OURS[0], 2380, 1);
        // Loopback is not judged.
        assert_eq!(self.here.says("dial 127.0.0.1 127.0.0.1 2379"), "open");
    }
}

#[test]
fn a_table_of_its_own_keeps_strangers_from_the_ports_of_the_mesh() {
    alone("firewall::filtering::a_table_of_its_own_keeps_strangers_from_the_ports_of_the_mesh", || {
        let mut scene = Scene::new(MESH);
        scene.listen();
        // Before, everybody gets in: the rules are what keeps them out.
        scene.passes(STRANGER[0], OURS[0], 2379);
        scene.load("nft", "oslo/member/e1");
        scene.judge("meshbundle");
        // What belongs to others stays as it was: pings, IPsec, every other port.
        let stranger = STRANGER[0];
        scene.away.says(&format!("echo {stranger} {}", OURS[0]));
        assert_eq!(scene.away.says(&format!("reply {stranger}")), "reply");
        scene.away.says(&format!("esp {stranger} {}", OURS[0]));
        assert_eq!(scene.here.says(&format!("espreceived {stranger}")), stranger);
        scene.away.says(&format!("send {stranger} {} 53", OURS[0]));
        assert_eq!(scene.here.says(&format!("received 53 {stranger}")), stranger);
        // A second load takes the place of the first.
        scene.load("nft", "oslo/member/e1");
        let listed = tool("nft", "nftables", ["list", "tables"]);
        assert_eq!(listed.lines().filter(|line| line.contains("meshbundle")).count(), 1, "{listed}");
        scene.is_dropped("meshbundle", stranger, OURS[0], 2379, 1);
    });
}

#[test]
fn a_chain_in_a_closed_table_opens_what_the_list_has() {
    alone("firewall::filtering::a_chain_in_a_closed_table_opens_what_the_list_has", || {
        let mut scene = Scene::new(MESH);
        scene.listen();
        scene.load("nft-include", "oslo/node/n1");
        scene.judge("filter");
        // ESP and pings of strangers are closed by the table, and those of nodes are opened by the list.
        let (stranger, reader) = (STRANGER[0], READER[0]);
        for from in [stranger, reader] {
            scene.away.says(&format!("esp {from} {}", OURS[0]));
            scene.away.says(&format!("echo {from} {}", OURS[0]));
        }
        assert_eq!(scene.here.says(&format!("espreceived {reader}")), reader);
        assert_eq!(scene.away.says(&format!("reply {reader}")), "reply");
        assert_eq!(scene.away.says(&format!("noreply {stranger}")), "none");
    });
}

/// kube-proxy and container engines give published ports another address before `input` sees them.
#[test]
fn a_published_port_is_judged_before_its_address_is_translated() {
    let cairo = "
- { name: cairo, id: 3, nodeCIDRs: [10.1.0.0/24], runtime: { kind: helm, chart: \"1.18\", authMode: cluster },
    cilium: { encryption: wireguard },
    etcd: { endpoints: [\"https://10.1.0.1:32379\"], localClients: false, authority: cairo, clientSigner: mesh } }
";
    let authorities = "trust: { authorities: { cairo: { certificate: cairo.crt } } }\ndefaults:";
    let mesh = MESH.replacen("[10.1.0.0/24, \"fd00:1::/64\"]", "[10.7.0.0/24]", 1).replacen("10.1.0.1", "10.7.0.1", 3);
    let mesh = mesh.replacen("10.1.0.2", "10.7.0.2", 1).replacen("defaults:", authorities, 1) + cairo.trim_start();
    alone("firewall::filtering::a_published_port_is_judged_before_its_address_is_translated", || {
        let mut scene = Scene::new(&mesh);
        scene.sandbox.authority("cairo");
        scene.listen();
        let nat = "table ip nat {\n chain prerouting {\n  type nat hook prerouting priority dstnat;\n  tcp dport 32379 redirect to :2379\n }\n}\n";
        scene.sandbox.write("nat.nft", nat);
        tool("nft", "nftables", ["-f", scene.sandbox.path("nat.nft").to_str().expect("text")]);
        scene.passes(STRANGER[0], OURS[0], 32379);
        scene.load("nft", "cairo/node/any");
        scene.passes(READER[0], OURS[0], 32379);
        scene.is_dropped("meshbundle", STRANGER[0], OURS[0], 32379, 1);
    });
}
