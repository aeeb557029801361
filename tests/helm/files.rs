//! The files: the Secrets are a node's clustermesh directory, and everything else has no secret.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::Sandbox;

/// Without KVStoreMesh the agents' Secret, mounted, is a directory like that of a node. `verify` finds nothing wrong with it.
#[test]
fn a_mounted_secret_is_a_clustermesh_directory() {
    for (kvstoremesh, secret) in [("false", "cilium-clustermesh"), ("true", "cilium-kvstoremesh")] {
        let mixed = Mixed::new(&mesh("1.20", &format!(", kvstoremesh: {kvstoremesh}"), NODE_PORT));
        let cluster = mixed.applied();
        let names: Vec<String> = cluster.data(secret).into_keys().collect();
        assert_eq!(names, ["oslo", "oslo.etcd-client-ca.crt", "oslo.etcd-client.crt", "oslo.etcd-client.key"]);
        // The config names the files where pods have them.
        let root = mixed.sandbox.path("root");
        let mounted = root.join("var/lib/cilium/clustermesh");
        cluster.mount(secret, &mounted);
        let words = ["verify", mounted.to_str().expect("text"), "--root", root.to_str().expect("text"), "--cluster", "cairo"];
        let ran = mixed.sandbox.ok(&[&words[..], &["--mesh", "mesh.yaml", "--deny-warnings"]].concat());
        assert!(ran.said("oslo"), "{}", ran.stdout);
    }
}

/// With KVStoreMesh, agents read each remote cluster in the etcd of clustermesh-apiserver, with the certificate that its chart mounts.
#[test]
fn agents_read_the_cache_with_the_certificate_of_their_chart() {
    for (version, prefix) in [("1.16", "common"), ("1.17", "local"), ("1.20", "local")] {
        let mixed = Mixed::new(&mesh(version, ", namespace: cilium", NODE_PORT));
        let config = mixed.applied().data("cilium-clustermesh");
        assert_eq!(config.len(), 1, "no certificate and no key: {:?}", config.keys());
        let stem = format!("/var/lib/cilium/clustermesh/{prefix}-etcd-client");
        let expected = format!(
            "endpoints:\n- https://clustermesh-apiserver.cilium.svc:2379\ntrusted-ca-file: {stem}-ca.crt\nkey-file: {stem}.key\ncert-file: {stem}.crt\n"
        );
        assert_eq!(config["oslo"], expected);
    }
}

/// Secrets are 0600, and no key is anywhere else: not in values, notes, the plan, or what is printed.
#[test]
fn nothing_but_secrets_has_a_secret() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let cluster = mixed.applied();
    let key = cluster.data("cilium-kvstoremesh")["oslo.etcd-client.key"].clone();
    let line = key.lines().nth(1).expect("base64 of a key");
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, &key);
    for (path, (mode, bytes)) in mixed.sandbox.tree("out/bundles/cairo/helm") {
        let text = String::from_utf8(bytes).expect("text");
        let is_secret = path.starts_with("secrets/");
        assert_eq!(mode & 0o777, if is_secret { 0o600 } else { 0o644 }, "{path}");
        assert!(is_secret || !text.contains(line) && !text.contains("PRIVATE KEY") && !text.contains(&encoded), "{path}");
    }
    let folder = mixed.sandbox.path("out/bundles/cairo/helm/secrets").metadata().expect("a folder").permissions().mode();
    assert_eq!(folder & 0o022, 0, "others write to it");
    for words in [&["plan", "mesh.yaml"][..], &["plan", "mesh.yaml", "--format", "json"], &["rollout", "status"]] {
        let ran = mixed.sandbox.run(words);
        assert!(!ran.stdout.contains(line) && !ran.stdout.contains("PRIVATE KEY"), "{words:?}");
    }
}

/// `verify` proves the links of what was written, in both directions; the certificates that the chart makes for its own pods are not missed.
#[test]
fn what_is_written_is_proven() {
    let mut sandbox = Sandbox::with_sample("mixed.yaml");
    sandbox.find_files_of("mixed");
    sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("RFC 3339"));
    sandbox.ok(&["generate", "mesh.yaml", "--create-authorities"]);
    let proven = sandbox.ok(&["verify", "out", "--mesh", "mesh.yaml", "--deny-warnings"]).stdout;
    let of_cairo = proven.split_once("KVStoreMesh of `cairo`").expect("it is read").1;
    assert_eq!(of_cairo.lines().skip(2).take(2).filter(|line| line.ends_with("both ends")).count(), 2, "{proven}");
    // With Secrets of the chart beside it, one that is missing is.
    let folder = sandbox.path("out/bundles/cairo/helm/secrets");
    let remote =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: clustermesh-apiserver-remote-cert, namespace: kube-system}\ndata: {}\n";
    std::fs::write(folder.join("remote.yaml"), remote).expect("written");
    let ran = sandbox.run(&["verify", folder.to_str().expect("text"), "--cluster", "cairo"]);
    assert!(ran.status == 1 && ran.said("CM0706") && ran.said("clustermesh-apiserver-local-cert"), "{}", ran.stdout);
}

/// Names that YAML 1.1 does not read as text stay names in every file. `kubernetes::read` refuses a key that is something else.
#[test]
fn names_that_yaml_reads_as_something_else_stay_names() {
    for name in ["no", "on", "y", "010", "1e3", "null", "7"] {
        let text = mesh("1.20", ", kvstoremesh: false", NODE_PORT);
        let mixed = Mixed::new(&text.replace("- name: oslo", &format!("- name: \"{name}\"")));
        let data = mixed.applied().data("cilium-clustermesh");
        assert!(data.contains_key(name), "{name}: {:?}", data.keys());
        let users = mixed.applied().data("clustermesh-remote-users")["users.yaml"].clone();
        assert!(users.contains(&format!("remote-{name}")), "{users}");
    }
}

/// A second run changes nothing, and the same bytes come from the same state.
#[test]
fn a_second_run_leaves_every_byte() {
    let mixed = Mixed::new(&mesh("1.19", "", NODE_PORT));
    let before = mixed.sandbox.tree("out");
    assert!(mixed.sandbox.ok(&["generate", "mesh.yaml"]).said("0 certificates issued"));
    assert!(mixed.sandbox.tree("out") == before);
    std::fs::remove_dir_all(mixed.sandbox.path("out")).expect("removed");
    mixed.sandbox.ok(&["generate", "mesh.yaml"]);
    assert!(mixed.sandbox.tree("out/bundles/cairo") == below(&before, "bundles/cairo/"));
}

/// The part of a tree below a folder.
fn below(tree: &BTreeMap<String, (u32, Vec<u8>)>, folder: &str) -> BTreeMap<String, (u32, Vec<u8>)> {
    tree.iter().filter_map(|(path, file)| Some((path.strip_prefix(folder)?.to_owned(), file.clone()))).collect()
}

/// A cluster that Helm no longer runs gets archives, and its objects are taken back by name.
#[test]
fn a_cluster_that_leaves_helm_is_told_what_to_delete() {
    let of_corp = |etcd: &str| {
        let text = mesh("1.20", "", etcd).replace("corp.crt }", "corp.crt, key: files/corp.key }");
        text.replace(", clientSigner: mesh", "")
    };
    let mixed = Mixed::new(&of_corp(NODE_PORT));
    mixed.record(&mixed.applied().get());
    let own = ", endpoints: [\"https://10.63.0.1:2379\"], localClients: true, members: [{ name: e, addresses: [10.63.0.1] }]";
    mixed.change(&of_corp(own).replace("{ kind: helm }", "systemd"));
    assert!(!mixed.sandbox.path("out/bundles/cairo/helm").exists(), "its files are gone");
    let command = "kubectl delete secret,configmap --all-namespaces --selector meshbundle/cluster=cairo";
    let plan = mixed.sandbox.ok(&["plan", "mesh.yaml", "--format", "json"]).json().to_string();
    assert!(plan.contains(command) && plan.contains("--by-hand cairo/helm"), "{plan}");
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "cairo/helm"]);
    let plan = mixed.sandbox.ok(&["plan", "mesh.yaml", "--format", "json"]).json().to_string();
    assert!(!plan.contains(command), "{plan}");
}
