//! What compose reads: the override must be wired, and nothing that is not ours is edited for it.

use std::fs;
use std::path::PathBuf;

use crate::installer::mesh::{MESH, compose};
use crate::installer::node::{Node, in_each_shell};
use crate::support::Ran;

const BASE: &str = "services:\n  cilium-agent:\n    image: x\n";
const OVERRIDE: &str = "docker-compose.override.yaml";

fn link(node: &Node, name: &str) -> Option<PathBuf> {
    fs::read_link(node.at(name)).ok()
}

#[test]
fn the_overrides_own_name_is_taken_where_it_is_free() {
    in_each_shell(&compose(), |node| {
        for base in ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"] {
            let node = node.named("n1");
            node.write(base, BASE);
            node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
            assert_eq!(link(&node, OVERRIDE), Some(PathBuf::from("docker-compose.clustermesh.yaml")));
            node.installed("a/nodes/n1", &[], "changed=no restart=none");
            node.installed("a/nodes/n1", &["--uninstall"], "changed=yes restart=agent,announce");
            assert_eq!(node.tree().into_keys().collect::<Vec<_>>(), [base]);
        }
    });
}

#[test]
fn existing_overrides_are_reported_and_kept() {
    in_each_shell(&compose(), |node| {
        let told = node.named("n1");
        told.write("docker-compose.yml", BASE);
        told.write("docker-compose.override.yml", BASE);
        let line = "COMPOSE_FILE=docker-compose.yml:docker-compose.override.yml:docker-compose.clustermesh.yaml";
        let ran = told.install("a/nodes/n1", &[]);
        assert!(ran.status == 0 && ran.said(line) && link(&told, OVERRIDE).is_none(), "{}", ran.stderr);
        told.write(".env", &format!("OTHER=1\n{line}\n"));
        let ran = told.installed("a/nodes/n1", &[], "changed=no restart=none");
        assert!(!ran.said("COMPOSE_FILE"), "{}", ran.stderr);

        let named = node.named("n1");
        named.write("docker-compose.yml", BASE);
        named.write(".env", "COMPOSE_FILE=docker-compose.yml:extra.yaml\n");
        let ran = named.install("a/nodes/n1", &[]);
        assert!(ran.said("COMPOSE_FILE=docker-compose.yml:extra.yaml:docker-compose.clustermesh.yaml"), "{}", ran.stderr);
        assert!(link(&named, OVERRIDE).is_none());

        let empty = node.named("n1");
        let ran = empty.install("a/nodes/n1", &[]);
        assert!(ran.status == 0 && ran.said("there is no docker-compose.yaml in"), "{}", ran.stderr);
    });
}

/// Each way of running agents has records of its own: they would not know of each other.
#[test]
fn another_runtime_in_the_same_place_is_refused() {
    in_each_shell(&compose(), |node| {
        node.write("docker-compose.yml", BASE);
        node.install("a/nodes/n1", &[]);
        node.change(MESH, &[]);
        node.refused("a/nodes/n1", &[], "this node is already installed for another runtime");
        let script = node.at(".meshbundle/node/current/install.sh");
        let ran = Ran::of(&mut node.command(&script, &["--root", node.root().to_str().expect("text"), "--uninstall"]));
        assert!(ran.status == 0 && ran.said("docker-compose up -d --remove-orphans"), "{}", ran.stderr);
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
    });
}

/// As compose reads it: the last line counts, quoted or exported or with a carriage return; and only the very name is ours.
#[test]
fn compose_file_is_read_as_compose_reads_it() {
    let ours = "docker-compose.yml:docker-compose.clustermesh.yaml";
    let wired = [
        format!("COMPOSE_FILE={ours}"),
        format!("export COMPOSE_FILE={ours}"),
        format!("COMPOSE_FILE=\"{ours}\""),
        format!("COMPOSE_FILE={ours}\r"),
        "COMPOSE_FILE=a.yml\nCOMPOSE_FILE='docker-compose.yml:./docker-compose.clustermesh.yaml'".to_owned(),
    ];
    let not = [
        "COMPOSE_FILE=docker-compose.yml:other/docker-compose.clustermesh.yaml.bak".to_owned(),
        "export COMPOSE_FILE=\"docker-compose.yml\"\r".to_owned(),
        format!("COMPOSE_FILE={ours}\nCOMPOSE_FILE=docker-compose.yml"),
    ];
    in_each_shell(&compose(), |node| {
        for (line, fine) in wired.iter().map(|line| (line, true)).chain(not.iter().map(|line| (line, false))) {
            let node = node.named("n1");
            node.write("docker-compose.yml", BASE);
            node.write(".env", &format!("{line}\n"));
            let ran = node.install("a/nodes/n1", &[]);
            assert_eq!(ran.said("warning: compose does not read"), !fine, "{line}: {}", ran.stderr);
            assert!(fine || ran.stderr.contains(":docker-compose.clustermesh.yaml\n"), "{line}: {}", ran.stderr);
            assert!(link(&node, OVERRIDE).is_none(), "{line}");
            let ran = node.install("a/nodes/n1", &["--uninstall"]);
            assert_eq!(ran.said("remove docker-compose.clustermesh.yaml from COMPOSE_FILE"), fine, "{line}: {}", ran.stderr);
        }
    });
}
