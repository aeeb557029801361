//! What charts need of each minor. That they do is shown by rendering them, in `tests/conformance`.

use serde_json::json;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};

/// Which objects there are, for each minor and authMode, and which user readers are.
#[test]
fn objects_and_users_follow_the_chart() {
    let (agents, cache, users) = ("cilium-clustermesh", "cilium-kvstoremesh", "clustermesh-remote-users");
    for (version, runtime, objects, reader, mode, listed) in [
        ("1.14", "", &[agents][..], "remote", "legacy", false),
        ("1.15", ", kvstoremesh: true", &[agents, cache], "remote", "legacy", false),
        ("1.16", "", &[agents, cache], "remote", "legacy", false),
        ("1.18", "", &[agents, cache], "remote", "legacy", false),
        ("1.18", ", authMode: cluster", &[agents, cache], "remote-oslo", "cluster", true),
        ("1.18", ", authMode: migration, kvstoremesh: false", &[agents], "remote-oslo", "migration", true),
        ("1.19", "", &[users, agents, cache], "remote-oslo", "migration", false),
        ("1.20", ", authMode: legacy", &[agents, cache], "remote", "legacy", false),
        ("1.20", ", authMode: cluster", &[users, agents, cache], "remote-oslo", "cluster", false),
    ] {
        let mixed = Mixed::new(&mesh(version, runtime, NODE_PORT));
        let case = format!("{version}{runtime}");
        let mut written = mixed.objects();
        written.sort();
        let mut expected: Vec<String> = objects.iter().map(|name| (*name).to_owned()).collect();
        expected.sort();
        assert_eq!(written, expected, "{case}");
        let inventory = mixed.sandbox.read("state/inventory.json");
        assert!(inventory.contains(&format!("client/oslo/mesh/{reader}\"")), "{case}: {inventory}");
        let values = mixed.values();
        let mesh = &values["clustermesh"];
        assert_eq!(mesh["apiserver"]["tls"]["authMode"], mode, "{case}");
        assert_eq!((&mesh["config"]["enabled"], &mesh["useAPIServer"]), (&json!(false), &json!(true)), "{case}");
        assert_eq!(mesh["apiserver"]["kvstoremesh"]["enabled"], objects.contains(&cache), "{case}");
        let names = if listed { json!([{ "name": "oslo" }]) } else { json!(null) };
        assert_eq!(mesh["config"]["clusters"], names, "{case}: names for the users that the chart lists");
        if objects.contains(&users) {
            let listed = &mixed.applied().data(users)["users.yaml"];
            assert_eq!(listed, "users:\n- name: \"remote-oslo\"\n  role: remote\n", "{case}");
        }
    }
}

/// Names of users of one's own need a list of one's own.
#[test]
fn users_of_other_names_are_listed_where_the_list_is_ours() {
    let etcd = format!("{NODE_PORT}, clientName: \"reader-{{cluster}}\"");
    let mixed = Mixed::new(&mesh("1.19", "", &etcd));
    assert!(mixed.applied().data("clustermesh-remote-users")["users.yaml"].contains("reader-oslo"));
}

/// Identity and number of clusters, as the mesh has them.
#[test]
fn the_values_have_the_identity_of_the_cluster() {
    let text = mesh("1.20", "", NODE_PORT).replace("version: \"1.20\"", "version: \"1.20\", maxConnectedClusters: 511");
    let values = Mixed::new(&text).values();
    assert_eq!(values["cluster"], json!({ "name": "cairo", "id": 63 }));
    assert_eq!(values["clustermesh"]["maxConnectedClusters"], 511);
    let without = Mixed::new(&mesh("1.20", "", NODE_PORT)).values();
    assert!(without["clustermesh"].get("maxConnectedClusters").is_none(), "{without}");
}

/// The notes name what the packager of the chart reads.
#[test]
fn the_notes_are_for_the_packager_of_the_chart() {
    for (runtime, said, unsaid) in [
        (", chart: \"1.20.2\"", "--version 1.20.2 --namespace kube-system", "HelmChartConfig"),
        (", namespace: cilium", "--version '~1.20.0' --namespace cilium", "HelmChartConfig"),
        (", flavour: rke2", "HelmChartConfig `rke2-cilium`", "helm upgrade"),
    ] {
        let mixed = Mixed::new(&mesh("1.20", runtime, NODE_PORT));
        let notes = mixed.sandbox.read("out/bundles/cairo/helm/NOTES.md");
        assert!(notes.contains(said) && !notes.contains(unsaid), "{runtime}\n{notes}");
    }
}
