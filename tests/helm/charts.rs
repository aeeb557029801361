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
        let (given, kvstoremesh) = (runtime.contains("authMode"), runtime.contains("kvstoremesh"));
        assert_eq!(mesh["apiserver"]["tls"]["authMode"], if given { json!(mode) } else { json!(null) }, "{case}");
        assert_eq!((&mesh["config"]["enabled"], &mesh["useAPIServer"]), (&json!(false), &json!(true)), "{case}");
        let expected = if kvstoremesh { json!(objects.contains(&cache)) } else { json!(null) };
        assert_eq!(mesh["apiserver"]["kvstoremesh"]["enabled"], expected, "{case}: what is not said stays as it is");
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
        (", chart: \"1.20.2\"", "chart 1.20.2 runs", "HelmChartConfig"),
        ("", "kubectl replace -f clustermesh-remote-users.yaml || kubectl create -f clustermesh-remote-users.yaml\n", "Argo CD"),
        (", authMode: legacy", "kubectl replace -f secrets/cilium-clustermesh.yaml || ", "clustermesh-remote-users"),
        (", kvstoremesh: false", "secrets/cilium-clustermesh.yaml", "kubectl replace -f secrets/cilium-kvstoremesh.yaml"),
        (", namespace: cilium", "--version VERSION --namespace cilium", "HelmChartConfig"),
        (", flavour: rke2", "HelmChartConfig `rke2-cilium`", "helm upgrade"),
        (", gitops: true, method: cronJob", "ServerSideApply=true", "helm upgrade"),
    ] {
        let mixed = Mixed::new(&mesh("1.20", runtime, NODE_PORT));
        let notes = mixed.sandbox.read("out/bundles/cairo/helm/NOTES.md");
        assert!(notes.contains(said) && !notes.contains(unsaid), "{runtime}\n{notes}");
    }
}

/// What the mesh says of the release is in the values, and what it does not say is not: a release that runs keeps what it has.
#[test]
fn the_values_set_only_what_the_mesh_says() {
    let bare = Mixed::new(&mesh("1.20", "", r#", endpoints: ["https://cairo.example.net:32379"]"#)).values();
    let hosts = json!({ "tls": { "auto": { "server": { "extraDnsNames": ["cairo.example.net"] } } } });
    assert_eq!(bare["clustermesh"]["apiserver"], hosts);
    let of_chart = r#", endpoints: ["https://cairo.mesh.cilium.io:32379"], hostAliases: { cairo.mesh.cilium.io: [10.63.0.1] }"#;
    assert!(Mixed::new(&mesh("1.20", "", of_chart)).values()["clustermesh"].get("apiserver").is_none());
    let given = Mixed::new(&mesh("1.20", ", authMode: cluster, kvstoremesh: false, method: certmanager", of_chart)).values();
    let apiserver =
        json!({ "kvstoremesh": { "enabled": false }, "tls": { "authMode": "cluster", "auto": { "method": "certmanager" } } });
    assert_eq!(given["clustermesh"]["apiserver"], apiserver);
}
