//! The name and the id that agents have: never another one, unless told so.

use crate::installer::mesh::{MESH, compose, renumbered};
use crate::installer::node::{Node, in_each_shell};

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
    let places: [(&str, &str, bool); 16] = [
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
        ("etc/systemd/system/cilium-agent.service", "[Service]\n; Environment=CILIUM_CLUSTER_NAME=old\n", true),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nEnvironment=KAFKA_CLUSTER_ID=abcd\n", true),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nEnvironmentFile=/etc/default/cil*\n", false),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=cilium-agent --config=/etc/cilium/agent.yaml\n", false),
        ("etc/systemd/system/cilium-agent.service.d/50-clustermesh.conf", "[Service]\nEnvironment=CILIUM_CLUSTER_ID=9\n", false),
        ("etc/systemd/system/service.d/10.conf", "[Service]\nEnvironment=CILIUM_CLUSTER_ID=9\n", false),
        ("etc/systemd/system/cilium-agent.service", "[Service]\nEnvironmentFile=-/etc/default/%p\n", false),
    ];
    in_each_shell(MESH, |node| {
        for (path, text, fine) in places {
            let node = node.named("n1");
            node.write(path, text);
            node.write("etc/default/cilium", "CILIUM_CLUSTER_NAME=old\n");
            node.write("etc/default/cilium-agent", "CILIUM_CLUSTER_NAME=old\n");
            node.write("etc/cilium/config/cluster-id", "9\n");
            node.write("etc/cilium/agent.yaml", "cluster-name: old\n");
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

/// What compose mounts, and what else it reads.
#[test]
fn agents_get_their_name_from_all_files_of_compose() {
    let service = |line: &str| format!("services:\n  cilium-agent:\n    image: x\n    {line}\n");
    let config_dir =
        "command: cilium-agent --config-dir=/tmp/cilium/config-map\n    volumes:\n    - ./config-map:/tmp/cilium/config-map:ro";
    let files: [(&[(&str, &str)], &str); 5] = [
        (&[("agent.env", "CILIUM_CLUSTER_NAME=old\n")], "env_file:\n    - other.env\n    - agent.env"),
        (&[("config-map/cluster-id", "77")], config_dir),
        (&[("agent.env", "CILIUM_CLUSTER_NAME=old\n")], "env_file: agent.env"),
        (&[("agent.env", "CILIUM_CLUSTER_NAME=old\n")], "env_file:\n    # ours\n    - agent.env"),
        (
            &[(".env", "COMPOSE_FILE=docker-compose.yml:base.yml\n"), ("base.yml", "command: --cluster-name=old\n")],
            "privileged: true",
        ),
    ];
    in_each_shell(&compose(), |node| {
        for (others, line) in files {
            let node = node.named("n1");
            node.write("docker-compose.yml", &service(line));
            others.iter().for_each(|(path, text)| node.write(path, text));
            judge(&node, false, line);
        }
        let node = node.named("n1");
        node.write("docker-compose.yml", &service("command: cilium-agent --cluster-name=${NAME}"));
        let ran = node.install("a/nodes/n1", &[]);
        assert!(ran.status == 0 && ran.said("takes the cluster's name from a variable: check that it is `a`"), "{}", ran.stderr);
    });
}

/// Files that a compose file takes in are read, too, wherever they are in turn.
#[test]
fn agents_have_their_name_from_what_is_extended_and_included() {
    let service = |line: &str| format!("services:\n  cilium-agent:\n    image: x\n    {line}\n");
    let named = "services:\n  base:\n    command: --cluster-name=old\n";
    let files: Vec<(Vec<(&str, String)>, &str)> = vec![
        (vec![("base.yaml", named.into())], "extends:\n      file: base.yaml\n      service: base"),
        (vec![("base.yaml", named.into())], "extends: { file: ./base.yaml, service: base }"),
        (vec![("base.yaml", named.into())], "extends: {service: base, \"file\": \"base.yaml\"}"),
        (
            vec![
                ("more/base.yaml", "services:\n  base:\n    extends:\n      service: b\n      file: ../again.yaml\n".into()),
                ("again.yaml", named.into()),
            ],
            "extends:\n      service: base\n      file: more/base.yaml",
        ),
        (
            vec![
                ("more/agent.env", "CILIUM_CLUSTER_ID=9\n".into()),
                ("more/base.yaml", "services:\n  base:\n    env_file:\n    - other.env\n    - agent.env\n".into()),
            ],
            "extends:\n      file: more/base.yaml\n      service: base",
        ),
        (
            vec![("agent.env", "CILIUM_CLUSTER_NAME=old\n".into())],
            "env_file:\n    - other.env\n    - path: agent.env\n      required: false",
        ),
        (vec![("base.yaml", named.into())], "restart: always\ninclude:\n- base.yaml"),
        (vec![("a.yaml", "services: {}\n".into()), ("base.yaml", named.into())], "restart: always\ninclude: [a.yaml, base.yaml]"),
        (
            vec![("a.yaml", "services: {}\n".into()), ("base.yaml", named.into())],
            "restart: always\ninclude:\n  - a.yaml # first\n  - path: base.yaml",
        ),
        (
            vec![("a.yaml", "include:\n- base.yaml\n".into()), ("base.yaml", named.into())],
            "restart: always\ninclude:\n  - path:\n    - a.yaml",
        ),
    ];
    let unclear = [
        "extends:\n      file: base.yaml\n      service: base",
        "extends:\n      file: ${BASE}\n      service: base",
        "restart: always\ninclude:\n- base.yaml",
        "restart: always\ninclude:\n- https://git.example.net/base.git",
        "restart: always\ninclude:\n- oci://registry.example.net/base:1",
        "restart: always\ninclude:\n- path: a.yaml\n  project_directory: elsewhere",
    ];
    in_each_shell(&compose(), |node| {
        for (others, line) in &files {
            let node = node.named("n1");
            node.write("docker-compose.yml", &service(line));
            others.iter().for_each(|(path, text)| node.write(path, text));
            judge(&node, false, line);
        }
        // The service itself is elsewhere in the file: there is nothing to follow.
        let node = node.named("n1");
        node.write(
            "docker-compose.yml",
            "services:\n  cilium-agent:\n    extends: base\n  base:\n    image: x\n    develop: { watch: [{ include: y }] }\n",
        );
        judge(&node, true, "extends: base");
        for line in unclear {
            let node = node.named("n1");
            node.write("docker-compose.yml", &service(line));
            node.write("a.yaml", "services: {}\n");
            node.refused("a/nodes/n1", &[], "cannot tell which name and id the agents have");
            assert_eq!(node.install("a/nodes/n1", &["--change-identity"]).status, 0, "{line}");
            // From then on agents have it from here.
            assert_eq!(node.install("a/nodes/n1", &[]).status, 0, "{line}");
        }
        let node = node.named("n1");
        node.write("docker-compose.yml", &service("restart: always"));
        node.write(".env", "COMPOSE_FILE=docker-compose.yml:$MORE\n");
        node.refused("a/nodes/n1", &[], "COMPOSE_FILE in `");
    });
}

/// A link is a file like any other, unless it leads to ours.
#[test]
fn a_compose_file_that_is_a_link_is_read() {
    in_each_shell(&compose(), |node| {
        node.write("shared/cilium.yaml", "services:\n  cilium-agent:\n    command: --cluster-name=old\n");
        std::os::unix::fs::symlink("shared/cilium.yaml", node.at("docker-compose.yaml")).expect("a link");
        judge(node, false, "a link");
    });
}

/// Two clusters have a node of the same name.
#[test]
fn another_clusters_bundle_is_refused() {
    let silent = MESH.replace("- name: a\n  id: 1\n", "- name: a\n  id: 1\n  options: none\n");
    let silent = silent.replace("- name: b\n  id: 2\n", "- name: b\n  id: 2\n  options: none\n");
    for mesh in [MESH, &silent] {
        in_each_shell(mesh, |node| {
            node.install("a/nodes/n1", &[]);
            node.refused("b/nodes/n1", &[], "it would change the cluster's name from `a`");
        });
    }
}

/// Name and id came from us, and no longer do.
#[test]
fn agents_do_not_lose_their_name_unnoticed() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.change(&MESH.replacen("  id: 1\n", "  id: 1\n  options: none\n", 1), &[]);
        node.refused("a/nodes/n1", &[], "agents would lose their cluster name `a`");
        node.write(
            "etc/systemd/system/cilium-agent.service",
            "[Service]\nEnvironment=CILIUM_CLUSTER_NAME=a CILIUM_CLUSTER_ID=1\n",
        );
        assert_eq!(node.install("a/nodes/n1", &[]).status, 0);
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

/// Agents that get neither name nor id from here have them from elsewhere, and they are the mesh's.
#[test]
fn where_nothing_is_emitted_the_name_must_be_the_meshs() {
    let silent = MESH.replacen("  id: 1\n", "  id: 1\n  options: none\n", 1);
    in_each_shell(&silent, |node| {
        node.write("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=cilium-agent --cluster-name=old\n");
        node.refused("a/nodes/n1", &[], "it would change the cluster's name from `old`");
        node.write("etc/systemd/system/cilium-agent.service", "[Service]\nExecStart=cilium-agent --cluster-name=a\n");
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
    });
}
