//! samples/compose: a whole project, and a mesh that a cluster joins later. That it comes up, tests/conformance shows.

use std::collections::BTreeSet;
use std::fs;

use crate::docs::document;
use crate::support::Sandbox;

/// The sample's mesh, with more of it behind.
fn mesh(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("mesh.yaml"), document("samples/compose/mesh.yaml") + more).expect("written");
    sandbox
}

#[test]
fn the_mesh_of_compose_is_sound_before_and_after_a_cluster_joins() {
    for more in [String::new(), document("samples/compose/south.yaml")] {
        let ran = mesh(&more).ok(&["lint", "mesh.yaml", "--deny-warnings"]);
        assert!(ran.stdout.contains("no findings"), "{}", ran.stdout);
    }
}

/// Nobody who fills in `.env` is asked for more later, or for less.
#[test]
fn the_example_of_dot_env_has_every_variable() {
    let sandbox = mesh("");
    sandbox.ok(&["generate", "mesh.yaml", "--out", "out", "--create-authorities", "--unpack"]);
    let ours = sandbox.read("out/unpacked/east/nodes/east1/payload/docker-compose.clustermesh.yaml");
    let files = document("samples/compose/docker-compose.yaml") + &ours;
    let asked: BTreeSet<&str> = files.split("${").skip(1).filter_map(|rest| rest.split([':', '}']).next()).collect();
    let example = document("samples/compose/.env.example");
    let lines = example.lines().filter(|line| !line.starts_with('#'));
    let given: BTreeSet<&str> = lines.filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert_eq!(asked, given);
}

/// The override goes over a service that is there, and brings what the sample leaves to it.
#[test]
fn the_override_goes_over_the_agent_of_the_sample() {
    let mesh = document("samples/compose/mesh.yaml");
    let file = document("samples/compose/docker-compose.yaml");
    let service = mesh.split("service: ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a service");
    assert!(file.contains(&format!("\n  {service}:\n")), "{service}");
    for left in ["/var/lib/clustermesh", "CILIUM_CLUSTER"] {
        assert!(!file.contains(left), "the sample has {left} itself");
    }
}
