//! The name and the id that agents have: never another one, unless told so.

use crate::mesh::{MESH, compose, renumbered};
use crate::node::{Node, in_each_shell};

#[test]
fn what_is_installed_keeps_its_id() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let (out, state) = (node.sandbox.path("out"), node.sandbox.path("state"));
        for folder in [out, state] {
            std::fs::remove_dir_all(folder).expect("removed");
        }
        // From a state that has never heard of the old one; generations go on.
        node.change(&renumbered(), &[]);
        node.change(&renumbered().replace("10.0.2.1", "10.0.2.9"), &[]);
        node.refused("a/nodes/n1", &[], "it would change the cluster's id from `1`");
        let ran = node.installed("a/nodes/n1", &["--change-identity"], "changed=yes restart=agent,announce");
        assert!(ran.said("restart all workloads"), "{}", ran.stderr);
    });
}

/// Agents that have their name from elsewhere: unit, drop-in, environment file, config-dir.
#[test]
fn agents_under_systemd_keep_the_name_that_they_have() {
    let places: [(&str, &str, bool); 9] = [
        ("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=/usr/bin/cilium-agent --cluster-name=old\n", false),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=/usr/bin/cilium-agent --cluster-id 9\n", false),
        (
            "etc/systemd/system/cilium-agent.service",
            "[Service]\nExecStart=/usr/bin/cilium-agent --cluster-name=a --cluster-id=1\n",
            true,
        ),
        ("etc/systemd/system/cilium-agent.service", "[Service]\n# ExecStart=/usr/bin/cilium-agent --cluster-name=old\n", true),
        ("lib/systemd/system/cilium-agent.service", "[Service]\nEnvironment=CILIUM_CLUSTER_NAME=old\n", false),
        ("etc/systemd/system/cilium-agent.service.d/10.conf", "[Service]\nEnvironment=\"CILIUM_CLUSTER_ID=9\"\n", false),
        ("etc/systemd/system/cilium-agent.service.d/10.conf", "[Service]\nEnvironmentFile=-/etc/default/cilium\n", false),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=cilium-agent --config-dir=/etc/cilium/config\n", false),
        ("etc/systemd/system/another.service", "[Service]\nEnvironment=CILIUM_CLUSTER_NAME=old\n", true),
    ];
    in_each_shell(MESH, |node| {
        for (path, text, fine) in places {
            let node = node.named("n1");
            node.write(path, text);
            node.write("etc/default/cilium", "CILIUM_CLUSTER_NAME=old\n");
            node.write("etc/cilium/config/cluster-id", "9\n");
            judge(&node, fine, text);
        }
    });
}

#[test]
fn an_instance_keeps_the_name_that_its_template_has() {
    let mesh = MESH.replace("unit: cilium-agent.service", "unit: agent@edge.service");
    in_each_shell(&mesh, |node| {
        for path in ["etc/systemd/system/agent@.service", "lib/systemd/system/agent@.service.d/10.conf"] {
            let node = node.named("n1");
            let text = "[Service]\nEnvironment=CILIUM_CLUSTER_NAME=old\n";
            node.write(path, text);
            judge(&node, false, text);
        }
    });
}

#[test]
fn agents_under_compose_keep_the_name_that_they_have() {
    let service = |line: &str| format!("services:\n  cilium-agent:\n    image: x\n    {line}\n");
    let places = [
        ("docker-compose.yaml", service("environment: { CILIUM_CLUSTER_NAME: old }"), false),
        ("compose.yml", service("environment:\n    - CILIUM_CLUSTER_ID=9"), false),
        ("docker-compose.yml", service("command: cilium-agent --cluster-name=old"), false),
        ("docker-compose.yml", service("command: [\"cilium-agent\", \"--cluster-name=a\", \"--cluster-id=1\"]"), true),
        ("docker-compose.yml", service("command: cilium-agent --config-dir=/tmp/cilium/config-map"), false),
        ("docker-compose.yml", service("command: cilium-agent --cluster-name=${NAME}"), true),
        ("docker-compose.yml", service("environment: { \"CILIUM_CLUSTER_NAME\": \"old\" }"), false),
        ("docker-compose.yml", service("command:\n    - --cluster-name\n    - old"), false),
        ("docker-compose.yml", service("command:\n    - --cluster-id\n    - '1'"), true),
        ("docker-compose.yml", service("command: [--cluster-name, old]"), false),
    ];
    in_each_shell(&compose(), |node| {
        for (path, text, fine) in &places {
            let node = node.named("n1");
            node.write(path, text);
            node.write("mount/tmp/cilium/config-map/cluster-name", "old");
            judge(&node, *fine, text);
        }
    });
}

fn judge(node: &Node, fine: bool, text: &str) {
    if fine {
        assert_eq!(node.install("a/nodes/n1", &["--dry-run"]).status, 0, "{text}");
        return;
    }
    node.refused("a/nodes/n1", &[], "it would change the cluster's");
    let ran = node.install("a/nodes/n1", &["--change-identity"]);
    assert!(ran.status == 0 && ran.said("restart all workloads"), "{text}: {}", ran.stderr);
}

/// Agents that get neither name nor id from here may have any.
#[test]
fn where_nothing_is_emitted_nothing_is_asked() {
    let silent = MESH.replacen("  id: 1\n", "  id: 1\n  options: none\n", 1);
    in_each_shell(&silent, |node| {
        node.write("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=cilium-agent --cluster-name=old\n");
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
    });
}
