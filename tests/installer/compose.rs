//! What compose reads: the override must be wired, and nothing that is not ours is edited for it.

use std::fs;
use std::path::PathBuf;

use crate::mesh::{MESH, compose};
use crate::node::{Node, in_each_shell};

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
fn what_is_there_already_is_told_and_left() {
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

/// A project that is no longer under compose: what made compose read the override goes with it.
#[test]
fn the_link_goes_with_the_override() {
    in_each_shell(&compose(), |node| {
        node.write("docker-compose.yml", BASE);
        node.install("a/nodes/n1", &[]);
        node.change(MESH, &[]);
        let ran = node.install("a/nodes/n1", &[]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(node.at("docker-compose.clustermesh.yaml").is_file(), "another runtime has other records");
    });
}
