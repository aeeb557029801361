//! `firewall --check` on a machine: it names the line that is missing, and only that one. nftables is the firewall on the way.

use serde_json::Value;

use crate::firewall::scene::{End, MESH};
use crate::support::namespaces::alone;
use crate::support::reports::judged;
use crate::support::{Sandbox, tool};

fn check(sandbox: &Sandbox, status: i32) -> Value {
    let ran = sandbox.run(&["firewall", "--check", "--for", "rome/node/n1", "--format", "json"]);
    assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    let report = ran.json();
    judged("firewallCheck", &report);
    assert_eq!(report["open"] == true, status == 0);
    report
}

/// `10.1.0.1:2379 open` for each address.
fn ways(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let tried = report["tried"].as_array().expect("a list").iter();
    let mut ways: Vec<String> = tried.map(|tried| format!("{} {}", text(&tried["address"]), text(&tried["way"]))).collect();
    ways.sort();
    ways
}

#[test]
fn the_missing_line_is_named() {
    alone("firewall::check::the_missing_line_is_named", || {
        // This machine is a node of rome; oslo, and the etcd of rome, are at the other end of the wire.
        let sandbox = Sandbox::with_mesh(MESH);
        let (ours, theirs) = (["10.2.0.5", "fd00:2::5"], ["10.1.0.1", "fd00:1::1", "10.2.0.1"]);
        let mut away = End::away(&sandbox, &ours, &theirs);
        for port in [2379, 4240] {
            assert_eq!(away.says(&format!("listen {port}")), "ready");
        }
        let mut here = End::here(&sandbox);
        for address in theirs {
            assert_eq!(here.says(&format!("dial {} {address} 2379", ours[usize::from(address.contains(':'))])), "open");
        }
        let open = ["10.1.0.1:2379 open", "10.1.0.1:4240 open", "10.2.0.1:2379 open", "[fd00:1::1]:2379 open"];
        let report = check(&sandbox, 0);
        assert_eq!(ways(&report), open);
        // What gives no answer is not judged.
        let untried = report["notJudged"].as_array().expect("a list").iter().map(|line| line["protocol"].as_str().expect("text"));
        for protocol in ["udp", "esp", "icmp"] {
            assert!(untried.clone().any(|other| other == protocol), "{protocol}: {report:#}");
        }

        // A firewall on the way drops one port.
        let rules = "table inet way {\n chain out {\n  type filter hook output priority filter;\n  ip daddr 10.1.0.1 tcp dport 2379 drop\n }\n}\n";
        sandbox.write("way.nft", rules);
        tool("nft", "nftables", ["-f", sandbox.path("way.nft").to_str().expect("text")]);
        let report = check(&sandbox, 1);
        assert_eq!(ways(&report), [&["10.1.0.1:2379 silent"], &open[1..]].concat());
        let first = &report["tried"][0];
        let missing = "allow tcp 2379 from rome nodes (10.2.0.0/24, fd00:2::/64) to 10.1.0.1, in each firewall on the way";
        assert_eq!((&first["help"], &first["code"]), (&missing.into(), &"CM0803".into()), "{first:#}");
        // One that rejects looks like a machine where nothing listens: both are said.
        sandbox.write("way.nft", &format!("flush ruleset\n{}", rules.replace(" drop", " reject with tcp reset")));
        tool("nft", "nftables", ["-f", sandbox.path("way.nft").to_str().expect("text")]);
        let report = check(&sandbox, 1);
        assert_eq!(ways(&report)[0], "10.1.0.1:2379 refused");
        let help = report["tried"][0]["help"].as_str().expect("text");
        assert!(help.starts_with("start what listens there; if it runs, a firewall rejects: allow tcp 2379 from"), "{help}");

        let text = sandbox.run(&["firewall", "--check", "--for", "rome/node/n1", "--quiet"]).stdout;
        assert!(text.contains(help) && text.starts_with("oslo etcd, required: ") && !text.contains(":4240"), "{text}");

        // What is for people alone is shown, and is no fault.
        sandbox.write("way.nft", &format!("flush ruleset\n{}", rules.replace("2379", "4240")));
        tool("nft", "nftables", ["-f", sandbox.path("way.nft").to_str().expect("text")]);
        assert_eq!(ways(&check(&sandbox, 0))[1], "10.1.0.1:4240 silent");
    });
}
