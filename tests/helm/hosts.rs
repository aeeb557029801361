//! What the chart has to put into the server's certificate, and whom its etcd has to trust.

use serde_json::{Value, json};

use crate::helm::scene::{Mixed, NODE_PORT, mesh};
use crate::support::receipts::record_everything;

/// The hosts that the values add, where the chart of that version reads them.
fn hosts(values: &Value, new_place: bool) -> Value {
    let tls = &values["clustermesh"]["apiserver"]["tls"];
    let (place, other) = if new_place { (&tls["auto"]["server"], &tls["server"]) } else { (&tls["server"], &tls["auto"]) };
    assert!(other.is_null(), "{tls}");
    place.clone()
}

#[test]
fn what_others_dial_is_added_to_what_the_chart_has_by_itself() {
    let of_chart = r#", endpoints: ["https://cairo.mesh.cilium.io:32379"], hostAliases: { cairo.mesh.cilium.io: [10.63.0.1] }"#;
    let own = r#", endpoints: ["https://mesh.example.net:2379", "https://10.63.0.1:2379", "https://[fd00::1]:2379"], extraDnsNames: [more.example.net]"#;
    let all = json!({ "extraDnsNames": ["mesh.example.net", "more.example.net"], "extraIpAddresses": ["10.63.0.1", "fd00::1"] });
    for (version, etcd, expected) in [
        ("1.20", of_chart, json!(null)),
        ("1.20", own, all.clone()),
        ("1.19", own, all),
        ("1.14", NODE_PORT, json!({ "extraIpAddresses": ["10.63.0.1"] })),
    ] {
        let values = Mixed::new(&mesh(version, "", etcd)).values();
        assert_eq!(hosts(&values, version == "1.20"), expected, "{version} {etcd}");
    }
}

/// Its etcd trusts the CA that signs the readers, beside the chart's own; where that CA is the chart's, nothing has to be said.
#[test]
fn the_values_let_its_etcd_trust_the_signer_of_the_readers() {
    let bundle = Mixed::new(&mesh("1.20", "", NODE_PORT)).values()["tls"]["caBundle"].clone();
    assert_eq!(bundle["enabled"], true);
    assert_eq!(bundle["content"].as_str().expect("PEM").matches("BEGIN CERTIFICATE").count(), 2);
    let text =
        mesh("1.20", "", NODE_PORT).replace(", clientSigner: mesh", "").replace("corp.crt }", "corp.crt, key: files/corp.key }");
    assert!(Mixed::new(&text).values().get("tls").is_none());
}

/// From 1.20 on, hosts at the old place count only where the new one has none.
#[test]
fn a_release_keeps_its_hosts_where_they_are() {
    let hosts = |version: &str, tls: &str| {
        let values = format!("clustermesh: {{apiserver: {{tls: {tls}}}}}\n");
        let mixed = Mixed::of_release(&mesh(version, ", values: release.yaml", NODE_PORT), &values);
        let tls = mixed.values()["clustermesh"]["apiserver"]["tls"].clone();
        [tls["server"]["extraIpAddresses"].clone(), tls["auto"]["server"]["extraIpAddresses"].clone()]
    };
    let (old, both) = ("{server: {extraIpAddresses: [192.0.2.1]}}", json!(["192.0.2.1", "10.63.0.1"]));
    let ours = json!(["10.63.0.1"]);
    assert_eq!(hosts("1.19", old), [both.clone(), json!(null)]);
    assert_eq!(hosts("1.20", old), [both.clone(), json!(null)]);
    assert_eq!(hosts("1.20", "{server: {extraIpAddresses: []}}"), [json!([]), ours]);
    let new = "{server: {extraIpAddresses: [192.0.2.9]}, auto: {server: {extraIpAddresses: [192.0.2.1]}}}";
    assert_eq!(hosts("1.20", new), [json!(["192.0.2.9"]), both]);
}

/// What is in a bundle replaces what is in Secrets. A bundle that the chart does not write stays as it is: Helm would refuse to make it.
#[test]
fn a_bundle_that_a_release_has_gets_all_cas() {
    let content = |runtime: &str, etcd: &str, bundle: &str| {
        let text = mesh("1.20", runtime, NODE_PORT).replace("authority: corp, clientSigner: mesh", etcd).replace("{ , ", "{ ");
        let mixed = Mixed::of_release(&text, &format!("tls: {{caBundle: {bundle}}}\n"));
        let content = mixed.values()["tls"]["caBundle"]["content"].clone();
        content.as_str().map(|pem| pem.matches("BEGIN CERTIFICATE").count())
    };
    let (chart, provided) = (", values: release.yaml", ", method: provided, values: release.yaml");
    let both = "authority: corp, clientSigner: mesh";
    assert_eq!(content(chart, both, "{enabled: true, content: x}"), Some(2));
    assert_eq!(content(chart, both, "{enabled: false}"), Some(2));
    assert_eq!(content(provided, "", "{enabled: true, content: x}"), Some(1));
    assert_eq!(content(provided, "", "{enabled: false}"), None);
    for by_hand in ["{enabled: true}", "{enabled: true, useSecret: true}", "{enabled: true, content: \"\"}"] {
        assert_eq!(content(chart, both, by_hand), if by_hand.contains("content") { Some(0) } else { None }, "{by_hand}");
    }
    assert_eq!(content(chart, both, "{enabled: true, useSecret: true, content: x}"), Some(2));
}

/// A host that nobody dials any more stays until there is evidence that the last reader has the new one. Values go first, nodes last.
#[test]
fn an_old_host_stays_until_every_reader_has_the_new_one() {
    let addresses = |mixed: &Mixed| hosts(&mixed.values(), true)["extraIpAddresses"].clone();
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    assert_eq!(mixed.shipped("members"), [""; 0], "at first, NOTES.md has the order");
    mixed.record(&mixed.applied().get());
    let moved = mesh("1.20", "", &NODE_PORT.replace("10.63.0.1", "10.63.0.9"));
    mixed.change(&moved);
    assert_eq!(addresses(&mixed), json!(["10.63.0.1", "10.63.0.9"]));
    assert_eq!(mixed.shipped("members"), ["cairo/helm/clustermesh-remote-users.yaml", "cairo/helm/values.yaml"]);
    assert_eq!(mixed.shipped("nodes"), ["cairo/helm"]);
    mixed.record(&mixed.applied().get());
    mixed.change(&moved);
    assert_eq!(addresses(&mixed), json!(["10.63.0.1", "10.63.0.9"]), "oslo may still dial the old one");
    record_everything(&mixed.sandbox, 100);
    mixed.change(&moved);
    assert_eq!(addresses(&mixed), json!(["10.63.0.9"]));
}

/// A user that readers no longer present stays as long.
#[test]
fn an_old_user_stays_until_every_reader_has_the_new_one() {
    let users = |mixed: &Mixed| mixed.applied().data("clustermesh-remote-users")["users.yaml"].clone();
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    mixed.record(&mixed.applied().get());
    let renamed = mesh("1.20", "", &format!("{NODE_PORT}, clientName: \"reader-{{cluster}}\""));
    mixed.change(&renamed);
    assert!(users(&mixed).contains("remote-oslo") && users(&mixed).contains("reader-oslo"), "{}", users(&mixed));
    assert_eq!(mixed.shipped("users"), ["cairo/helm/clustermesh-remote-users.yaml"]);
    record_everything(&mixed.sandbox, 100);
    mixed.change(&renamed);
    assert!(!users(&mixed).contains("remote-oslo"), "{}", users(&mixed));
}

/// With the authMode `legacy`, its etcd has no user but `remote`: it waits until no reader presents another one.
#[test]
fn an_auth_mode_waits_for_readers_whose_user_it_would_remove() {
    for version in ["1.20", "1.18"] {
        let mode = |mixed: &Mixed| mixed.values()["clustermesh"]["apiserver"]["tls"]["authMode"].clone();
        let mixed = Mixed::new(&mesh(version, ", authMode: migration", NODE_PORT));
        mixed.record(&mixed.applied().get());
        let legacy = mesh(version, ", authMode: legacy", NODE_PORT);
        mixed.change(&legacy);
        assert_eq!(mode(&mixed), "migration", "{version}: oslo may still present `remote-oslo`");
        mixed.record(&mixed.applied().get());
        record_everything(&mixed.sandbox, 100);
        mixed.change(&legacy);
        assert_eq!((mode(&mixed), mixed.shipped("members")), ("legacy".into(), vec!["cairo/helm/values.yaml".to_owned()]));
    }
}

/// New certificates are in Secrets alone.
#[test]
fn values_are_shipped_only_when_they_change() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    mixed.record(&mixed.applied().get());
    mixed.sandbox.ok(&["generate", "mesh.yaml", "--rekey"]);
    assert_eq!((mixed.shipped("members"), mixed.shipped("nodes")), (Vec::new(), vec!["cairo/helm".to_owned()]));
    let moved = mesh("1.20", "", &NODE_PORT.replace("10.63.0.1", "10.63.0.9"));
    mixed.change(&moved);
    let early = vec!["cairo/helm/clustermesh-remote-users.yaml".to_owned(), "cairo/helm/values.yaml".to_owned()];
    assert_eq!(mixed.shipped("members"), early);
    // Another change does not make one forget the first.
    mixed.sandbox.ok(&["generate", "mesh.yaml", "--rekey"]);
    assert_eq!(mixed.shipped("members"), early);
    mixed.record(&mixed.applied().get());
    mixed.sandbox.ok(&["generate", "mesh.yaml", "--rekey"]);
    assert_eq!(mixed.shipped("members"), Vec::<String>::new());
}

/// With nothing from here in the cluster, Helm may own the Secrets of these names: it would delete them with the values.
#[test]
fn values_come_early_only_where_the_objects_are_there() {
    for (version, runtime, users) in
        [("1.18", ", authMode: cluster", &[][..]), ("1.20", "", &["cairo/helm/clustermesh-remote-users.yaml"])]
    {
        let mixed = Mixed::new(&mesh(version, runtime, NODE_PORT));
        assert_eq!((mixed.shipped("members"), mixed.shipped("nodes")), (Vec::new(), vec!["cairo/helm".to_owned()]), "{version}");
        assert_eq!(mixed.shipped("users"), users, "{version}");
    }
}

/// A Helm cluster is one bundle, however many of its files are named in waves.
#[test]
fn a_plan_counts_bundles_and_not_their_files() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let plan = |mixed: &Mixed| mixed.sandbox.ok(&["plan", "mesh.yaml"]).stdout;
    assert!(plan(&mixed).contains("of 5 bundles, 5 are not known to be installed"), "{}", plan(&mixed));
    mixed.record(&mixed.applied().get());
    assert!(plan(&mixed).contains("of 5 bundles, 4 are not known to be installed"), "{}", plan(&mixed));
}

/// Who takes the objects out of a cluster may give its links back to Helm.
#[test]
fn a_cluster_that_comes_back_without_its_objects_begins_anew() {
    let both = mesh("1.20", "", NODE_PORT);
    let mixed = Mixed::new(&both);
    mixed.record(&mixed.applied().get());
    let (alone, _) = both.split_once("- name: cairo").expect("a cluster");
    mixed.sandbox.write("mesh.yaml", alone);
    mixed.sandbox.ok(&["generate", "mesh.yaml", "--remove", "cairo"]);
    mixed.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "cairo/helm"]);
    mixed.change(&both);
    assert_eq!((mixed.shipped("members"), mixed.shipped("nodes")), (Vec::new(), vec!["cairo/helm".to_owned()]));
}

/// A host that the chart's certificate lacks is no error: values.yaml adds it, and has to be written for that.
#[test]
fn a_host_that_values_add_may_be_missing_in_the_certificate_of_today() {
    let etcd = r#", endpoints: ["https://new.example.net:32379"], serverCertificates: [files/etcd.crt]"#;
    let mixed = Mixed::new(&mesh("1.20", "", etcd));
    assert_eq!(hosts(&mixed.values(), true)["extraDnsNames"], json!(["new.example.net"]));
    let said = mixed.sandbox.ok(&["lint", "mesh.yaml"]).stdout;
    assert!(said.contains("CM0405") && said.contains("helm/values.yaml"), "{said}");
}
