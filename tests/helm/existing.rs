//! A release that has values: what the mesh takes from them, and what is refused.

use serde_json::{Value, json};

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::files::files;
use crate::support::{Ran, Sandbox};

const NAMED: &str = ", values: cairo.yaml";

/// A mesh whose cairo has these values.
fn with_values(version: &str, more: &str, values: &str) -> Sandbox {
    let sandbox = Sandbox::with_mesh(&mesh(version, &format!("{NAMED}{more}"), NODE_PORT));
    files(&sandbox.path("files"));
    sandbox.write("cairo.yaml", values);
    sandbox
}

fn generate(sandbox: &Sandbox, words: &[&str]) -> Ran {
    sandbox.run(&[&["generate", "mesh.yaml", "--create-authorities"], words].concat())
}

/// What the mesh does not say is as the release has it, and not as the chart's default.
#[test]
fn the_release_says_what_the_mesh_does_not() {
    let values = "clustermesh: {apiserver: {kvstoremesh: {enabled: no}, tls: {authMode: legacy}}}\n";
    let sandbox = with_values("1.20", "", values);
    assert_eq!(generate(&sandbox, &[]).status, 0);
    let files = sandbox.tree("out/bundles/cairo/helm");
    assert!(!files.contains_key("secrets/cilium-kvstoremesh.yaml"), "KVStoreMesh is off");
    assert!(!files.contains_key("clustermesh-remote-users.yaml"), "the authMode is legacy");
    assert_eq!(files["values.yaml"].0 & 0o777, 0o600);
    let merged = sandbox.read("out/bundles/cairo/helm/values.yaml");
    assert!(merged.contains("kvstoremesh: {enabled: no}"), "{merged}");
    assert_eq!(sandbox.read("out/bundles/cairo/helm/NOTES.md").matches("--values values.yaml").count(), 1);
}

/// What the release says of itself is part of the bundle. The rest of its text is only in the merged values: nothing is sealed or shipped anew
/// for it.
#[test]
fn other_values_of_the_release_make_no_new_generation() {
    let sandbox = with_values("1.20", "", "a: 1\n");
    assert_eq!(generate(&sandbox, &[]).status, 0);
    let generation = |sandbox: &Sandbox| {
        let plan = sandbox.run(&["plan", "mesh.yaml", "--format", "json"]).json();
        let bundles = plan["bundles"].as_array().expect("bundles").clone();
        bundles.iter().find(|one| one["path"] == "cairo/helm").expect("it")["generation"].clone()
    };
    assert_eq!(generation(&sandbox), json!(1));
    sandbox.write("cairo.yaml", "a: 2 # changed\n");
    assert_eq!(generation(&sandbox), json!(1));
    assert_eq!(generate(&sandbox, &[]).status, 0);
    assert!(sandbox.read("out/bundles/cairo/helm/values.yaml").starts_with("a: 2 # changed\n"));
    sandbox.write("cairo.yaml", "clustermesh: {apiserver: {kvstoremesh: {enabled: false}}}\n");
    assert_eq!(generation(&sandbox), json!(2));
}

/// A link that only the values have ends only by name.
#[test]
fn a_link_that_only_the_values_have_is_not_removed_unless_asked() {
    let listed = "clustermesh: {config: {enabled: true, clusters: [{name: oslo, port: 1}, {name: lima, port: 2379}]}}\n";
    let sandbox = with_values("1.20", "", listed);
    let ran = generate(&sandbox, &[]);
    assert!(ran.status == 1 && ran.said("CM0605") && ran.said("--remove cairo/lima"), "{}", ran.stdout);
    assert!(!ran.said("cairo/oslo"), "the mesh has that link");
    assert!(!sandbox.path("out").exists() && !sandbox.path("state").exists());
    assert_eq!(generate(&sandbox, &["--remove", "cairo/lima"]).status, 0);
    // Links that the chart does not write are none.
    for off in
        [listed.replace("enabled: true, clu", "enabled: false, clu"), listed.replace("name: lima", "enabled: false, name: lima")]
    {
        assert_eq!(generate(&with_values("1.20", "", &off), &[]).status, 0, "{off}");
    }
}

/// What is not merged is reported before anything is written, and says what is wrong.
#[test]
fn values_that_cannot_be_merged_stop_the_run() {
    for (values, said) in [
        ("- a\n", "a list"),
        ("cluster: &x {id: 63}\ny: *x\n", "in a form"),
        ("kind: Deployment\napiVersion: apps/v1\n", "it is a Deployment"),
        ("cluster: {id: 7}\n", "CM0519"),
        ("cluster: {name: other}\n", "CM0519"),
        ("a: [\n", "not YAML"),
        ("\u{0}", "CM0518"),
    ] {
        let sandbox = with_values("1.20", "", values);
        let ran = generate(&sandbox, &[]);
        assert!(ran.status == 1 && ran.said(said), "{values}: {}", ran.stdout);
        assert!(!sandbox.path("state").exists(), "{values}");
    }
    let sandbox = with_values("1.20", "", "a: 1\n");
    std::fs::remove_file(sandbox.path("cairo.yaml")).expect("removed");
    let ran = generate(&sandbox, &[]);
    assert!(ran.status == 1 && ran.said("CM0407") && ran.said("helm get values"), "{}", ran.stdout);
}

/// The release's own secrets are in the merged values, 0600, and in nothing else.
#[test]
fn what_the_release_keeps_secret_stays_so() {
    let values = "hubble: {password: hunter2}\ntls:\n  ca: {key: c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC1zZWNyZXQ=}\n";
    let sandbox = with_values("1.20", "", values);
    assert_eq!(generate(&sandbox, &[]).status, 0);
    for (path, (mode, bytes)) in sandbox.tree("out/bundles/cairo/helm") {
        let has = String::from_utf8_lossy(&bytes).contains("hunter2") || String::from_utf8_lossy(&bytes).contains("c2VjcmV0LXN");
        assert_eq!(has, path == "values.yaml", "{path}");
        assert!(!has || mode & 0o777 == 0o600, "{path}");
    }
    for words in [&["plan", "mesh.yaml"][..], &["plan", "mesh.yaml", "--format", "json"], &["lint", "mesh.yaml"]] {
        let ran = sandbox.run(words);
        assert!(!ran.stdout.contains("hunter2") && !ran.stdout.contains("c2VjcmV0LXN"), "{words:?}");
    }
}

/// Lists have the items of both, and CAs that the release trusts stay trusted.
#[test]
fn lists_and_cas_of_the_release_stay() {
    let corp = Sandbox::new();
    files(&corp.path("files"));
    let other = corp.read("files/other.crt");
    let indented: String = other.lines().map(|line| format!("      {line}\n")).collect();
    let values = format!(
        "clustermesh:\n  apiserver:\n    tls:\n      auto:\n        server:\n          extraIpAddresses: [10.1.1.1]\ntls:\n  caBundle:\n    content: |\n{indented}"
    );
    let sandbox = with_values("1.20", "", &values);
    assert_eq!(generate(&sandbox, &[]).status, 0);
    let merged: Value = serde_yaml::from_str(&sandbox.read("out/bundles/cairo/helm/values.yaml")).expect("YAML");
    assert_eq!(merged["clustermesh"]["apiserver"]["tls"]["auto"]["server"]["extraIpAddresses"], json!(["10.1.1.1", "10.63.0.1"]));
    let content = merged["tls"]["caBundle"]["content"].as_str().expect("text");
    assert!(content.starts_with(other.trim_end()) && content.matches("BEGIN CERTIFICATE").count() == 3, "{content}");
}

/// The Service says at which port others find its etcd.
#[test]
fn endpoints_have_the_port_of_the_service() {
    for (service, said) in [
        ("{ type: NodePort, nodePort: 32379 }", None),
        ("{ type: NodePort, nodePort: 32380 }", Some("which is 32380")),
        ("{ nodePort: 8080 }", Some("default range")),
        ("{ type: LoadBalancer }", Some("which is 2379")),
        ("{ type: ClusterIP, nodePort: 32379 }", Some("CM0509")),
    ] {
        let mixed = Sandbox::with_mesh(&mesh("1.20", &format!(", service: {service}"), NODE_PORT));
        files(&mixed.path("files"));
        let ran = mixed.run(&["lint", "mesh.yaml"]);
        assert_eq!(said.is_some_and(|said| ran.said(said)), said.is_some(), "{service}: {}", ran.stdout);
        assert_eq!(ran.said("CM0526"), said.is_some(), "{service}: {}", ran.stdout);
    }
    let mixed = Mixed::new(&mesh("1.20", ", service: { type: NodePort, nodePort: 32379 }", NODE_PORT));
    assert_eq!(mixed.values()["clustermesh"]["apiserver"]["service"], json!({"type": "NodePort", "nodePort": 32379}));
}

/// The sizes that are estimated before anything is issued are those that come out.
#[test]
fn the_estimated_size_of_a_secret_is_that_of_the_file() {
    let hub = |count: usize| {
        let others = (1..=count).map(|n| {
            format!("- {{ name: c{n}, id: {n}, etcd: {{ endpoints: [\"https://10.11.0.{n}:2379\"], localClients: true, members: [{{ name: etcd1, addresses: [10.11.0.{n}] }}] }} }}\n")
        });
        format!(
            "version: 1\nmesh: prod\ncilium: {{ version: \"1.20\" }}\nlinks: {{ hub: cairo }}\nclusters:\n- {{ name: cairo, id: 255, runtime: {{ kind: helm, method: provided }}, etcd: {{ endpoints: [\"https://10.63.0.1:32379\"] }} }}\n{}",
            others.collect::<String>()
        )
    };
    let sandbox = Sandbox::with_mesh(&hub(110));
    let ran = sandbox.run(&["generate", "mesh.yaml", "--create-authorities"]);
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let estimate: u64 =
        said.split("about ").nth(1).and_then(|rest| rest.split(' ').next()).expect(&said).parse().expect("a number");
    let real = sandbox.path("out/bundles/cairo/helm/secrets/cilium-kvstoremesh.yaml").metadata().expect("a file").len();
    assert!(estimate.abs_diff(real) * 20 < real, "about {estimate}, and {real} bytes");
    assert!(said.contains("--server-side") && said.contains("CM0527"), "{said}");
    sandbox.write("mesh.yaml", &hub(80));
    assert!(!sandbox.run(&["lint", "mesh.yaml"]).said("CM0527"));
}
