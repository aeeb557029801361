//! What is not ours: it stays, and is told, loudly if agents take it for a cluster. And the hosts file, which is the machine's.

use crate::installer::mesh::MESH;
use crate::installer::node::{PEERS, in_each_shell};

#[test]
fn foreign_files_stay_and_are_reported() {
    in_each_shell(MESH, |node| {
        let strangers = [
            ("README", "no config"),
            ("old", "endpoints:\n- https://10.9.9.9:2379\n"),
            (".b.swp", "endpoints: []\n"),
            ("a", "endpoints: []\n"),
        ];
        for (name, text) in strangers {
            node.write(&format!("{PEERS}/{name}"), text);
        }
        for _ in 0..2 {
            let ran = node.install("a/nodes/n1", &[]);
            for name in ["old", ".b.swp"] {
                let words = format!("var/lib/clustermesh/{name}` for the cluster `{name}`");
                assert!(ran.stderr.contains("WARNING: agents take") && ran.said(&words), "{}", ran.stderr);
            }
            assert!(
                ran.said("/README` is not in this bundle; it stays") && ran.said("/a` is not in this bundle"),
                "{}",
                ran.stderr
            );
            assert_eq!(ran.stderr.matches("WARNING").count(), 2, "{}", ran.stderr);
        }
        for (name, text) in strangers {
            assert_eq!(node.read(&format!("{PEERS}/{name}")), text);
        }
    });
}

#[test]
fn a_missing_unit_is_reported() {
    for (unit, file) in [("cilium-agent.service", "cilium-agent.service"), ("agent@edge.service", "agent@.service")] {
        in_each_shell(&MESH.replace("unit: cilium-agent.service", &format!("unit: {unit}")), |node| {
            let words = format!("warning: there is no unit `{unit}` in `");
            assert!(node.install("a/nodes/n1", &[]).said(&words), "{unit}");
            node.write(&format!("usr/lib/systemd/system/{file}"), "[Service]\nExecStart=/bin/true\n");
            assert!(!node.install("a/nodes/n1", &[]).said("warning: there is no unit"), "{unit}");
        });
    }
}

#[test]
fn missing_hosts_lines_are_reported_until_they_are_there() {
    let named = MESH.replace(
        "{ endpoints: [\"https://10.0.2.1:2379\"]",
        "{ endpoints: [\"https://b.mesh.example:2379\"], hostAliases: { b.mesh.example: [10.0.2.1] }",
    );
    in_each_shell(&named, |node| {
        node.write(
            "etc/hosts",
            "127.0.0.1 localhost\n10.0.2.11 b.mesh.example\n10.0.2.1 not-b.mesh.example b.mesh.example.net\n",
        );
        let ran = node.install("a/nodes/n1", &[]);
        assert!(ran.said("need these lines in") && ran.said("10.0.2.1 b.mesh.example"), "{}", ran.stderr);
        for line in ["10.0.2.1 b.mesh.example", "10.0.2.1\tother b.mesh.example more # c"] {
            node.write("etc/hosts", line);
            let ran = node.install("a/nodes/n1", &[]);
            assert!(!ran.said("need these lines"), "{line}: {}", ran.stderr);
        }
    });
}
