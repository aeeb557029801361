//! The options of agents and operators: which are written, in every form, and for which version.

use std::collections::BTreeMap;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Bundle, Scene};

/// The options in a bundle, from each of the three forms and from the payload, which must be the same.
fn options(bundle: &Bundle) -> BTreeMap<String, String> {
    let pairs = |text: String, prefix: &str| -> BTreeMap<String, String> {
        let pair = |line: &str| {
            let (name, value) = line.strip_prefix(prefix).expect("the prefix").split_once('=').expect("NAME=VALUE");
            (name.to_lowercase().replace('_', "-"), value.to_owned())
        };
        text.lines().map(pair).collect()
    };
    let env = pairs(bundle.read("options/agent.env"), "CILIUM_");
    assert_eq!(env, pairs(bundle.read("options/agent.args"), "--"));
    assert_eq!(env, pairs(bundle.read("payload/etc/cilium/clustermesh.env"), "CILIUM_"));
    let files =
        std::fs::read_dir(bundle.path("options/config-map")).expect("a folder").map(|file| file.expect("readable").path());
    let file = |path: std::path::PathBuf| {
        let value = std::fs::read_to_string(&path).expect("text");
        (path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned(), value.trim_end().to_owned())
    };
    assert_eq!(env, files.map(file).collect());
    env
}

fn of(names: &[(&str, &str)]) -> BTreeMap<String, String> {
    names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

const ALWAYS: [(&str, &str); 3] = [("cluster-name", "a"), ("cluster-id", "1"), ("clustermesh-config", "/var/lib/clustermesh")];

fn with_cilium(cilium: &str) -> String {
    let clusters = [cluster("a", 1), cluster("b", 2)];
    edit(&mesh(&clusters), "  version: \"1.18\"\n", cilium)
}

#[test]
fn options_always_hold_name_id_and_folder_and_nothing_else() {
    for version in ["1.14", "1.15", "1.17", "1.18", "1.19", "1.20"] {
        let scene = Scene::new(&with_cilium(&format!("  version: \"{version}\"\n")));
        assert_eq!(options(&scene.bundle("a/nodes/n1")), of(&ALWAYS), "{version}");
        assert_eq!(scene.sandbox.read("out/bundles/a/operator/operator.env"), "CILIUM_CLUSTER_NAME=a\nCILIUM_CLUSTER_ID=1\n");
    }
}

/// An unknown flag kills the agent.
#[test]
fn policy_default_local_cluster_is_an_option_of_versions_that_know_it() {
    for (version, told) in [("1.17", false), ("1.18", true), ("1.19", true), ("1.20", true)] {
        for value in ["true", "false"] {
            let cilium = format!("  version: \"{version}\"\n  policyDefaultLocalCluster: {value}\n");
            let scene = Scene::new(&with_cilium(&cilium));
            let mut wanted = of(&ALWAYS);
            if told {
                wanted.extend(of(&[("policy-default-local-cluster", value)]));
            }
            assert_eq!(options(&scene.bundle("a/nodes/n1")), wanted, "{version}");
            assert!(
                !scene.sandbox.read("out/bundles/a/operator/operator.env").contains("POLICY"),
                "the operator does not know it"
            );
        }
    }
}

#[test]
fn max_connected_clusters_is_an_option_when_it_is_set() {
    for (maximum, version) in [("255", "1.15"), ("511", "1.15"), ("511", "1.20")] {
        let cilium = format!("  version: \"{version}\"\n  maxConnectedClusters: {maximum}\n");
        let scene = Scene::new(&with_cilium(&cilium));
        let mut wanted = of(&ALWAYS);
        wanted.extend(of(&[("max-connected-clusters", maximum)]));
        assert_eq!(options(&scene.bundle("a/nodes/n1")), wanted);
        let operator = scene.sandbox.read("out/bundles/a/operator/operator.args");
        assert_eq!(operator, format!("--cluster-name=a\n--cluster-id=1\n--max-connected-clusters={maximum}\n"));
    }
    let scene = Scene::new(&with_cilium("  version: \"1.18\"\n"));
    scene.edit(&with_cilium("  version: \"1.14\"\n  maxConnectedClusters: 511\n"));
    scene.refused(&[], 1, &["CM0112", "agents of 1.14 do not know `max-connected-clusters`"]);
    scene.edit(&edit(&with_cilium("  version: \"1.18\"\n"), "id: 2\n", "id: 300\n"));
    scene.refused(&[], 1, &["CM0104", "cluster id 300 is not"]);
}

/// Each cluster is told what its own version knows.
#[test]
fn versions_differ_within_a_mesh() {
    let clusters = [edit(&cluster("a", 1), "  id: 1\n", "  id: 1\n  cilium: { version: \"1.17\" }\n"), cluster("b", 2)];
    let scene =
        Scene::new(&edit(&mesh(&clusters), "  version: \"1.18\"\n", "  version: \"1.18\"\n  policyDefaultLocalCluster: true\n"));
    assert!(!options(&scene.bundle("a/nodes/n1")).contains_key("policy-default-local-cluster"));
    assert!(options(&scene.bundle("b/nodes/n1")).contains_key("policy-default-local-cluster"));
}

/// Name and id are set elsewhere: no form of them is written, nor anything that would wire one.
#[test]
fn options_none_writes_peers_only() {
    let clusters = [edit(&cluster("a", 1), "  id: 1\n", "  id: 1\n  options: none\n"), cluster("b", 2)];
    let scene = Scene::new(&mesh(&clusters));
    let files: Vec<String> = scene.bundle("a/nodes/n1").tree().into_keys().collect();
    let peer = |file: &str| format!("payload/var/lib/clustermesh/{file}");
    let peers = ["b", "b.etcd-client-ca.crt", "b.etcd-client.crt", "b.etcd-client.key"].map(peer);
    let wanted: Vec<String> = ["SHA256SUMS", "install.sh", "manifest.json"].map(str::to_owned).into_iter().chain(peers).collect();
    assert_eq!(files, wanted);
    assert!(!scene.sandbox.path("out/bundles/a/operator").exists());
    // Compose must mount the folder all the same.
    let compose = edit(&mesh(&clusters), "  options: none\n  runtime: systemd\n", "  options: none\n  runtime: compose\n");
    scene.change(&compose, &[]);
    let file = scene.bundle("a/nodes/n1").read("payload/docker-compose.clustermesh.yaml");
    assert!(file.contains("/var/lib/clustermesh:ro") && !file.contains("environment") && !file.contains("CILIUM"), "{file}");
}

/// The folder as the agent sees it is not where it stands on the host.
#[test]
fn config_dir_and_host_root_decide_where_files_go() {
    let a = edit(
        &cluster("a", 1),
        "  runtime: systemd\n",
        "  runtime: { kind: compose, service: agent, hostRoot: data/host }\n  configDir: /etc/cilium/peers\n",
    );
    let scene = Scene::new(&mesh(&[a, cluster("b", 2)]));
    let bundle = scene.bundle("a/nodes/n1");
    let config = bundle.read("payload/data/host/etc/cilium/peers/b");
    assert!(config.contains("key-file: /etc/cilium/peers/b.etcd-client.key\n"), "{config}");
    let compose = bundle.read("payload/docker-compose.clustermesh.yaml");
    for line in
        ["  agent:\n", "CILIUM_CLUSTERMESH_CONFIG: /etc/cilium/peers\n", "- ./data/host/etc/cilium/peers:/etc/cilium/peers:ro\n"]
    {
        assert!(compose.contains(line), "{line} is not in {compose}");
    }
}
