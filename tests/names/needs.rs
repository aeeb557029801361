//! Who needs which name, where they find it, and what the mesh says of its addresses.

use serde_json::Value;

use super::MESH;
use crate::support::Sandbox;
use crate::support::reports::judged;

fn report(mesh: &str) -> Value {
    let ran = Sandbox::with_mesh(mesh).ok(&["dns", "--format", "json"]);
    let report = ran.json();
    judged("dns", &report);
    report
}

fn named<'a>(report: &'a Value, name: &str) -> &'a Value {
    let names = report["names"].as_array().expect("names");
    names.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}: {report:#}"))
}

/// `program version by clusters`, one for each.
fn needs(name: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let need = |need: &Value| {
        let clusters: Vec<String> = need["clusters"].as_array().expect("clusters").iter().map(text).collect();
        format!("{} {} {} {}", text(&need["program"]), text(&need["cilium"]), text(&need["by"]), clusters.join(","))
    };
    name["neededBy"].as_array().expect("needs").iter().map(need).collect()
}

#[test]
fn each_program_finds_a_name_in_its_own_way() {
    let report = report(MESH);
    // Agents from 1.20 on read it from their config, in pods as well; older ones have what their runtime gives them.
    assert_eq!(
        needs(named(&report, "etcd.oslo.example.net")),
        [
            "agents 1.18 nodeHostsOrDns quito",
            "agents 1.19 extraHosts oslo",
            "agents 1.19 bundleHosts rome",
            "agents 1.20 config lima",
            "kvstoremesh 1.20 config cairo",
            "operator 1.19 hostsOrDns oslo",
            "announcer 1.19 extraHosts oslo",
            "administrator 1.19 hostsOrDns oslo",
        ]
    );
    assert_eq!(needs(named(&report, "cairo.mesh.cilium.io")), ["agents 1.19 extraHosts oslo"]);
    // Aliases are what configs have: an address that `members` or `front` gives is in no file of a bundle.
    assert_eq!(needs(named(&report, "rome.example.org")), ["agents 1.19 projectHostsOrDns oslo"]);
    assert_eq!(needs(named(&report, "etcd1.oslo.example.net")), ["members 1.19 hostsOrDns oslo"]);
    let service = named(&report, "clustermesh-apiserver.cilium.svc");
    assert_eq!((needs(service), &service["service"]), (vec!["agents 1.20 service cairo".to_owned()], &Value::from(true)));
    let settled = |name| named(&report, name)["settled"].as_bool().expect("a truth");
    assert_eq!((settled("cairo.mesh.cilium.io"), settled("etcd.oslo.example.net")), (true, false));
    assert!(!report["names"].to_string().contains("localhost"), "every machine knows it");
}

#[test]
fn a_pod_that_is_too_old_for_aliases_needs_dns() {
    let old = MESH.replacen(
        "runtime: { kind: helm, namespace: cilium, method: provided }",
        "cilium: { version: \"1.19\" }\n  runtime: { kind: helm, method: provided }",
        1,
    );
    let needs = needs(named(&report(&old), "etcd.oslo.example.net"));
    assert!(needs.contains(&"kvstoremesh 1.19 podDns cairo".to_owned()), "{needs:?}");
}

#[test]
fn no_address_is_guessed() {
    let report = report(MESH);
    let addresses = |name| named(&report, name)["addresses"].clone();
    assert_eq!(addresses("etcd1.oslo.example.net"), Value::from(vec!["10.1.0.1"]));
    assert_eq!(addresses("etcd2.oslo.example.net"), Value::from(Vec::<Value>::new()), "which of its two is meant is not known");
    assert_eq!(
        addresses("etcd.lima.example.net"),
        Value::from(Vec::<Value>::new()),
        "a member without this name is another host"
    );
    assert_eq!(addresses("rome.example.org"), Value::from(vec!["10.2.0.9", "fd00:2::9"]), "one of each family is one machine");
    let text = Sandbox::with_mesh(MESH).ok(&["dns"]).stdout;
    assert!(text.contains("etcd.lima.example.net: the mesh has no address for it\n"), "{text}");
}

#[test]
fn a_name_with_two_meanings_is_reported() {
    let twice = MESH.replace("https://quito.mesh.cilium.io:32379", "https://x.example.com:32380");
    let twice = twice.replace("cairo.mesh.cilium.io", "x.example.com").replace("quito.mesh.cilium.io", "x.example.com");
    let report = report(&twice);
    let name = named(&report, "x.example.com");
    assert_eq!((&name["ambiguous"], name["answers"].as_array().map(Vec::len)), (&Value::from(true), Some(2)), "{name:#}");
    let hosts = Sandbox::with_mesh(&twice).ok(&["dns", "--format", "hosts"]).stdout;
    assert!(hosts.contains("# clusters give it different addresses"), "{hosts}");
}

/// What is printed for a resolver is a file: findings are not in it.
#[test]
fn findings_are_never_in_a_file() {
    let sandbox = Sandbox::with_mesh(&MESH.replacen("id: 2", "id: 1", 1));
    let refused = sandbox.run(&["dns", "--format", "hosts"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (1, ""));
    assert!(refused.said("CM0105"), "{}", refused.stderr);
    let shown = sandbox.run(&["dns"]);
    assert!(shown.status == 1 && shown.stdout.contains("CM0105"), "{}", shown.stdout);
    // A mesh with warnings: people see them, a file has none.
    let sandbox = Sandbox::with_mesh(MESH);
    assert!(sandbox.ok(&["dns"]).stdout.contains("CM0307"));
    assert!(!sandbox.ok(&["dns", "--format", "hosts"]).stdout.contains("CM0307"));
}
