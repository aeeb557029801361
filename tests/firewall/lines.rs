//! The list itself: which lines a mesh has, in which direction, and what is said where the mesh does not say enough.

use std::collections::BTreeSet;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::firewall::scene::MESH;
use crate::support::{Sandbox, sample};

/// The lines of a report as `from > to tcp 2379`.
fn lines(report: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let line = |line: &Value| {
        let number = line["number"].as_u64().map(|number| format!(" {number}")).unwrap_or_default();
        format!("{} > {} {}{number}", text(&line["from"]), text(&line["to"]), text(&line["protocol"]))
    };
    report["lines"].as_array().expect("lines").iter().map(line).collect()
}

fn report(mesh: &str, more: &[&str]) -> Value {
    let sandbox = Sandbox::with_mesh(mesh);
    sandbox.ok(&[&["firewall", "--format", "json"], more].concat()).json()
}

fn between(report: &Value, from: &str, to: &str) -> Vec<String> {
    let is_between = |line: &String| {
        let (dialler, rest) = line.split_once(" > ").expect("two ends");
        dialler.starts_with(&format!("{from} ")) && rest.starts_with(&format!("{to} "))
    };
    lines(report).into_iter().filter(is_between).collect()
}

/// A mesh of two, with settings of `cilium`.
fn two(cilium: &str) -> String {
    let cluster = |name: &str, id: u8| {
        format!(
            "- {{ name: {name}, id: {id}, podCIDRs: [10.{id}0.0.0/16], nodeCIDRs: [10.{id}.0.0/24], runtime: systemd,\n    \
             etcd: {{ endpoints: [\"https://10.{id}.0.1:2379\"], members: [{{ name: e1, addresses: [10.{id}.0.1] }}] }} }}\n"
        )
    };
    format!("version: 1\nmesh: prod\ncilium: {{ {cilium} }}\nclusters:\n{}{}", cluster("oslo", 1), cluster("rome", 2))
}

/// The sample with a Helm cluster, at the time of its certificates.
fn mixed() -> Sandbox {
    let mut sandbox = Sandbox::with_sample("mixed.yaml");
    sandbox.find_files_of("mixed");
    sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("a time"));
    sandbox
}

/// What the page `system_requirements.rst` of each minor demands between nodes, by hand.
#[test]
fn each_datapath_has_its_own_ports() {
    let always = ["oslo nodes > rome etcd tcp 2379", "oslo nodes > rome nodes icmp", "oslo nodes > rome nodes tcp 4240"];
    let native = ["oslo nodes > rome pods any", "oslo pods > rome pods any"];
    let cases: [(&str, &[&str]); 6] = [
        ("routingMode: tunnel, tunnelProtocol: vxlan", &["oslo nodes > rome nodes udp 8472"]),
        ("routingMode: tunnel, tunnelProtocol: geneve", &["oslo nodes > rome nodes udp 6081"]),
        ("routingMode: native, ipv4NativeRoutingCIDR: 10.0.0.0/8", &native),
        ("encryption: wireguard", &["oslo nodes > rome nodes udp 8472", "oslo nodes > rome nodes udp 51871"]),
        ("encryption: ipsec, tunnelProtocol: geneve", &["oslo nodes > rome nodes esp", "oslo nodes > rome nodes udp 6081"]),
        (
            "routingMode: native, ipv4NativeRoutingCIDR: 10.0.0.0/8, encryption: wireguard",
            &["oslo nodes > rome nodes udp 51871", "oslo nodes > rome pods any", "oslo pods > rome pods any"],
        ),
    ];
    for minor in 14..=20 {
        for (settings, more) in cases {
            let report = report(&two(&format!("version: \"1.{minor}\", {settings}")), &[]);
            let expected: BTreeSet<String> = always.iter().chain(more).map(ToString::to_string).collect();
            assert_eq!(between(&report, "oslo", "rome"), expected.into_iter().collect::<Vec<_>>(), "1.{minor}: {settings}");
            let sources = report["lines"].as_array().expect("lines").iter().map(|line| line["source"].as_str().expect("text"));
            let is_of_minor = |source: &str| {
                source.starts_with(&format!("https://docs.cilium.io/en/v1.{minor}/")) || source.starts_with("https://etcd.io/")
            };
            assert!(sources.clone().all(is_of_minor), "1.{minor}: {:?}", sources.collect::<BTreeSet<_>>());
        }
    }
}

#[test]
fn what_the_mesh_does_not_say_is_said() {
    let sandbox = Sandbox::with_mesh(&two("version: \"1.18\"").replace("nodeCIDRs: [10.2.0.0/24], ", ""));
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    let assumed = report["assumed"].as_array().expect("a list").iter().map(|one| (&one["setting"], &one["value"]));
    let expected = [("routingMode", "tunnel"), ("tunnelProtocol", "vxlan"), ("encryption", "none")];
    assert!(
        assumed.eq(expected.map(|(setting, value)| (setting.into(), value.into())).iter().map(|(a, b): &(Value, Value)| (a, b)))
    );
    assert_eq!(report["assumed"][0]["clusters"], Value::from(vec!["oslo", "rome"]));
    assert!(report["parties"]["rome nodes"]["unknown"].is_string() && report["parties"]["oslo nodes"]["unknown"].is_null());
    let text = sandbox.ok(&["firewall"]).stdout;
    for said in [
        "routingMode of oslo, rome: the lines are for `tunnel`, which is Cilium's default",
        "addresses of rome nodes: cannot tell, its nodes have no `address`, and it has no `nodeCIDRs`",
        "tcp 4250, between nodes: needed if policies demand mutual authentication",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    // Who is not known is not locked out, and the others are.
    let rules = sandbox.ok(&["firewall", "--format", "nft", "--for", "oslo/node/any"]).stdout;
    let mut drops = rules.lines().filter(|line| line.ends_with("drop"));
    // They dial the address that the mesh has, and that is of IPv4.
    assert!(drops.all(|line| line.contains("nfproto ipv6")), "{rules}");
    assert!(rules.contains("# cannot tell, so others may pass: rome nodes"), "{rules}");

    // A cloud decides where its pods are routed.
    let cloud = self::report(&two("version: \"1.18\", ipam: eni"), &[]);
    assert_eq!((&cloud["assumed"][0]["setting"], &cloud["assumed"][0]["value"]), (&"routingMode".into(), &Value::Null));
    assert_eq!(between(&cloud, "oslo", "rome").len(), 3, "{cloud:#}");
}

#[test]
fn etcds_are_dialled_by_those_who_need_them() {
    let report = report(MESH, &["--admin", "10.9.0.5", "--peer-port", "12380"]);
    let etcd: Vec<String> = lines(&report).into_iter().filter(|line| line.contains(" tcp ") && !line.ends_with("4240")).collect();
    let expected = [
        "administrators > oslo members tcp 12380",
        "administrators > oslo members tcp 2379",
        "administrators > rome members tcp 2379",
        "oslo members > oslo members tcp 12380",
        "oslo members > oslo members tcp 2379",
        "oslo nodes > oslo etcd tcp 2379",
        "oslo nodes > rome etcd tcp 2379",
        "rome nodes > oslo etcd tcp 2379",
        "rome nodes > rome etcd tcp 2379",
    ];
    assert_eq!(etcd, expected);
    assert_eq!(report["parties"]["administrators"]["addresses"], Value::from(vec!["10.9.0.5/32"]));
    let members = &report["parties"]["oslo members"]["addresses"];
    assert_eq!(*members, Value::from(vec!["10.1.0.1/32", "10.1.0.2/32", "fd00:1::1/128"]));
    let units = ["oslo/node/n1", "oslo/node/n2", "oslo/member/e1", "oslo/member/e2", "rome/node/n1", "rome/member/e1"];
    assert_eq!(report["units"], Value::from(units.to_vec()));
}

/// A cluster of a chart is dialled at its Service, and its KVStoreMesh dials for its agents.
#[test]
fn a_helm_cluster_has_its_service() {
    let sandbox = mixed();
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    assert!(lines(&report).contains("oslo nodes > cairo etcd tcp 32379"));
    assert_eq!(report["parties"]["cairo etcd"]["addresses"], Value::from(vec!["10.63.0.1/32", "10.63.0.2/32"]));
    let why = |from: &str, to: &str| {
        let mut lines = report["lines"].as_array().expect("lines").iter();
        lines.find(|line| line["from"] == from && line["to"] == to).expect("a line")["why"].as_str().expect("text").to_owned()
    };
    assert!(why("oslo nodes", "cairo etcd").contains("clustermesh-apiserver"));
    assert_eq!(why("cairo nodes", "oslo etcd"), "KVStoreMesh, on any node, reads the etcd of oslo");
    // The release says which type its Service has, and by which port its tunnels are.
    let values = "tunnelPort: 8473\nclustermesh: { apiserver: { service: { type: LoadBalancer } } }\n".replace("{ a", "\n  a");
    let values =
        values.replace("apiserver: { service: { type: LoadBalancer } } }", "apiserver:\n    service:\n      type: LoadBalancer");
    sandbox.write("values.yaml", &values);
    let mesh =
        sample("mixed.yaml").replacen("    namespace: kube-system", "    values: values.yaml\n    namespace: kube-system", 1);
    let mesh = mesh.replacen("cairo.mesh.cilium.io:32379", "cairo.mesh.cilium.io:2379", 1);
    sandbox.write("mesh.yaml", &mesh);
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    assert!(lines(&report).contains("oslo nodes > cairo nodes udp 8473"), "{report:#}");
    let why = report["lines"].as_array().expect("lines").iter().filter_map(|line| line["why"].as_str());
    assert!(why.into_iter().any(|why| why.ends_with("; LoadBalancer of clustermesh-apiserver")));
    // The balancer of the cloud passes traffic to ports that nobody has named.
    let rules = sandbox.ok(&["firewall", "--format", "nft", "--for", "cairo/node/any"]).stdout;
    assert!(!rules.contains("2379"), "{rules}");
}

#[test]
fn without_masquerade_the_pod_of_kvstoremesh_dials_itself() {
    let sandbox = mixed();
    let native = "routingMode: native\n  ipv4NativeRoutingCIDR: 10.0.0.0/8";
    let mesh = sample("mixed.yaml").replacen("routingMode: tunnel", native, 1).replacen("  tunnelProtocol: vxlan\n", "", 1);
    sandbox.write("mesh.yaml", &mesh);
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    assert!(lines(&report).contains("cairo pods > oslo etcd tcp 2379"), "{report:#}");
    assert!(!lines(&report).contains("oslo pods > rome etcd tcp 2379"));
}

#[test]
fn a_balancer_stands_between_agents_and_members() {
    let mesh = MESH.replacen(
        "endpoints: [\"https://10.2.0.1:2379\"]",
        "endpoints: [\"https://10.2.0.100:443\"], front: { kind: passthrough, names: [10.2.0.100] }",
        1,
    );
    let sandbox = Sandbox::with_mesh(&mesh);
    let report = sandbox.ok(&["firewall", "--format", "json"]).json();
    let all = lines(&report);
    for line in ["oslo nodes > rome etcd tcp 443", "rome balancer > rome members tcp 2379", "oslo nodes > rome members tcp 2379"]
    {
        assert!(all.contains(line), "{line}: {all:?}");
    }
    let rules = sandbox.ok(&["firewall", "--format", "nft", "--for", "rome/member/e1"]).stdout;
    assert!(rules.contains("10.2.0.100") || rules.contains("10.2.0.0/24"), "{rules}");
    assert!(!rules.contains("dport 443"), "{rules}");
}

/// Only linked clusters meet, each in its direction.
#[test]
fn clusters_without_a_link_do_not_meet() {
    let mesh = two("version: \"1.18\"");
    let second = mesh.split("- { name: rome").nth(1).expect("a cluster").replace("10.2", "10.3").replace("id: 2", "id: 3");
    let mesh = mesh.replacen("clusters:", "links: { hub: oslo }\nclusters:", 1) + "- { name: lima" + &second;
    let whole = report(&mesh, &[]);
    assert!(between(&whole, "rome", "lima").is_empty() && !between(&whole, "lima", "oslo").is_empty());
    // One cluster's part of it.
    let part = report(&mesh, &["--for", "lima"]);
    assert!(between(&part, "oslo", "rome").is_empty() && !between(&part, "oslo", "lima").is_empty());
    assert!(lines(&part).is_subset(&lines(&whole)) && lines(&part).len() < lines(&whole).len());
}
