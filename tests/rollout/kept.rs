//! What an etcd keeps: an old host or user stays as long as something installed may need it, and no longer.

use serde_json::{Value, json};

use crate::evolution::scene::{Scene, strings};
use crate::installer::mesh::{MESH, moved};
use crate::support::receipts::receipt_line;

/// A receipt of the newest generation of a node.
fn receipt(scene: &Scene, cluster: &str, node: &str, due: &[&str]) -> String {
    let manifest = scene.bundle(&format!("{cluster}/nodes/{node}")).manifest();
    let generation = manifest["generation"].as_u64().expect("a number");
    let counter = 10 * generation + u64::from(due.is_empty());
    receipt_line(&manifest, &format!("{cluster}/node/{node}"), counter, due)
}

fn record(scene: &Scene, receipts: &[String], more: &[&str]) {
    scene.sandbox.write("receipts.txt", &receipts.join("\n"));
    let ran = scene.sandbox.ok(&[&["rollout", "record", "mesh.yaml", "receipts.txt"], more].concat());
    assert!(ran.said("0 other lines"), "{}", ran.stdout);
}

/// What is kept: kind, name, for whom, and who is waited for.
fn kept(report: &Value) -> Vec<(String, String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let each = report["kept"].as_array().expect("kept").iter();
    each.map(|one| (text(&one["name"]), text(&one["by"]), strings(&one["waiting"]).into_iter().map(str::to_owned).collect()))
        .collect()
}

fn entry(name: &str, by: &str, waiting: &[&str]) -> (String, String, Vec<String>) {
    (name.to_owned(), by.to_owned(), waiting.iter().map(|&bundle| bundle.to_owned()).collect())
}

/// A renamed endpoint once cut every agent that had the old config: the members' new certificates were without the old name.
#[test]
fn an_old_endpoint_is_covered_until_every_reader_is_recorded() {
    let scene = Scene::new(MESH);
    scene.change(&moved(), &[]);
    let hosts = |scene: &Scene| scene.inventory()["credentials"]["server/b/etcd-b"]["hosts"].to_string();
    assert!(hosts(&scene).contains("10.0.2.1") && hosts(&scene).contains("10.0.2.9"));
    let own = ["b/nodes/n1", "b/operator"];
    let of_a = ["a/nodes/n1", "a/nodes/n2"];
    assert_eq!(kept(&scene.plan(&[])), [entry("10.0.2.1", "a", &of_a), entry("10.0.2.1", "b", &own)]);

    // A node whose agent was not restarted still dials its own etcd by the old config. That of a peer is read at once.
    record(
        &scene,
        &[receipt(&scene, "a", "n1", &["agent"]), receipt(&scene, "b", "n1", &["agent"])],
        &["--by-hand", "b/operator"],
    );
    assert_eq!(kept(&scene.plan(&[])), [entry("10.0.2.1", "a", &of_a[1..]), entry("10.0.2.1", "b", &own[..1])]);
    let status = scene.sandbox.ok(&["rollout", "status"]);
    assert!(
        status.said("b: `10.0.2.1` stays in the SANs of the members until 1 more of the 2 bundles of `a` are past generation 1")
    );
    scene.generate(&[]);
    assert!(hosts(&scene).contains("10.0.2.1\""), "one node is late, and the host is gone");

    record(&scene, &[receipt(&scene, "a", "n2", &[]), receipt(&scene, "b", "n1", &[])], &[]);
    let plan = scene.plan(&[]);
    assert_eq!(kept(&plan), []);
    assert!(plan["pending"].as_bool().expect("a flag"), "the host is dropped");
    scene.generate(&[]);
    assert!(!hosts(&scene).contains("10.0.2.1\""), "{}", hosts(&scene));
    assert_eq!(scene.plan(&[])["pending"], false);
}

/// The withdrawal once came in the same run as the new name, and broke agents that were late.
#[test]
fn an_old_user_keeps_its_rights_until_every_reader_is_recorded() {
    let scene = Scene::new(MESH);
    let renamed = MESH.replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { clientName: \"peer-{cluster}\", ");
    assert_ne!(renamed, MESH);
    scene.change(&renamed, &[]);
    let script = scene.sandbox.read("out/bundles/b/etcd/etcd-auth.sh");
    assert!(script.contains("remote-a") && script.contains("peer-a"));
    assert_eq!(kept(&scene.plan(&[])), [entry("remote-a", "a", &["a/nodes/n1", "a/nodes/n2"])]);
    assert!(scene.wave("withdrawal").is_null());

    record(&scene, &[receipt(&scene, "a", "n1", &[]), receipt(&scene, "a", "n2", &[])], &[]);
    scene.generate(&[]);
    assert_eq!(scene.wave("withdrawal")["users"], json!({ "b": ["remote-a"] }));
}

/// Someone never records, and shortens the validity: the first certificate outlives the second.
#[test]
fn a_user_is_kept_until_its_last_certificate_has_expired() {
    let mut scene = Scene::new(MESH);
    let shorter = MESH.replacen("\nclusters:", "\ntrust: { renewBefore: 10d, validity: { client: 30d } }\nclusters:", 1);
    assert_ne!(shorter, MESH);
    scene.change(&shorter, &["--rekey", "--only", "a"]);
    let renamed = shorter.replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { clientName: \"peer-{cluster}\", ");
    scene.change(&renamed, &[]);
    let users = |scene: &Scene| kept(&scene.plan(&["--renew"])).len();
    scene.sandbox.at("2027-05-01T00:00:00Z");
    assert_eq!(users(&scene), 1, "the first certificate is valid");
    scene.sandbox.at("2028-05-01T00:00:00Z");
    assert_eq!(users(&scene), 0);
}

/// Its user once stayed for one run, and the next one, in which nothing had changed, withdrew it: without evidence, and with a new generation.
#[test]
fn the_user_of_a_node_goes_with_the_node() {
    let of_nodes = MESH.replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { clientName: \"{cluster}.{node}\", ");
    let scene = Scene::new(&of_nodes);
    let moved = of_nodes.replace("10.0.2.1", "10.0.2.9");
    scene.change(&moved, &[]);
    record(&scene, &[receipt(&scene, "a", "n1", &[]), receipt(&scene, "b", "n1", &[])], &["--by-hand", "b/operator"]);
    assert_eq!(kept(&scene.plan(&[])), [entry("10.0.2.1", "a", &["a/nodes/n2"])]);
    let fewer = moved.replace("nodes: [n1, { name: n2, hostname: two.example.net }]", "nodes: [n1]");
    assert!(fewer != moved && moved != of_nodes);
    scene.change(&fewer, &[]);
    let gone = |scene: &Scene| scene.inventory()["clusters"]["b"]["retiredUsers"].clone();
    assert_eq!((gone(&scene), kept(&scene.plan(&[]))), (json!(["a.n2"]), vec![]));
    let (out, state) = (scene.out(), scene.state());
    scene.generate(&[]);
    assert!(scene.out() == out && scene.state() == state, "a second run changes something");
}

/// It is not out there: a machine that never had the old files needs no receipt.
#[test]
fn a_node_that_came_later_needs_nothing_old() {
    let scene = Scene::new(MESH);
    scene.change(&moved(), &[]);
    let grown = moved().replace("nodes: [n1, {", "nodes: [n1, n3, {");
    scene.change(&grown, &[]);
    assert_eq!(kept(&scene.plan(&[]))[0], entry("10.0.2.1", "a", &["a/nodes/n1", "a/nodes/n2"]));
}

/// An endpoint that comes back is no longer an old one.
#[test]
fn what_is_wanted_again_is_not_kept() {
    let scene = Scene::new(MESH);
    scene.change(&moved(), &[]);
    scene.change(MESH, &[]);
    let names: Vec<String> = kept(&scene.plan(&[])).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["10.0.2.9", "10.0.2.9"]);
}

/// A link that was removed by name is to end: its user is withdrawn in the same run.
#[test]
fn nothing_is_kept_for_a_link_that_was_removed_by_name() {
    let scene = Scene::new(&crate::installer::mesh::three());
    let gone = scene.sandbox.read("mesh.yaml") + "links: [[a, b], [b, c]]\n";
    scene.change(&gone, &["--remove", "a/c"]);
    assert_eq!(kept(&scene.plan(&[])), []);
    assert_eq!(scene.wave("withdrawal")["users"], json!({ "a": ["remote-c"], "c": ["remote-a"] }));
}

/// A cluster that came back once had lost the memory of its users: a withdrawn reader kept its rights.
#[test]
fn a_cluster_that_comes_back_still_withdraws_its_old_users() {
    let three = crate::installer::mesh::three();
    let scene = Scene::new(&three);
    scene.change(MESH, &["--remove", "c"]);
    let back = three.replace("- name: b\n  id: 2", "- name: d\n  id: 4").replace("etcd-b", "etcd-d");
    scene.change(&back, &["--remove", "b"]);
    let script = scene.sandbox.read("out/bundles/c/etcd/etcd-auth.sh");
    assert!(script.contains("remote-b"), "`remote-b` read `c` before it left, and has its rights still");
    let inventory = scene.inventory();
    assert_eq!(strings(&inventory["clusters"]["c"]["retiredUsers"]), ["remote-b"]);
}

/// A state from before revisions were recorded: hosts of its certificates are taken for dialled by all.
#[test]
fn a_state_of_an_earlier_release_keeps_its_hosts() {
    let scene = Scene::new(MESH);
    let mut inventory = scene.inventory();
    for (_, cluster) in inventory["clusters"].as_object_mut().expect("clusters") {
        cluster.as_object_mut().expect("a record").remove("dialled");
    }
    for (_, bundle) in inventory["bundles"].as_object_mut().expect("bundles") {
        bundle.as_object_mut().expect("a record").remove("revision");
    }
    inventory["format"] = json!(3);
    scene.sandbox.write("state/inventory.json", &inventory.to_string());
    assert_eq!(scene.plan(&[])["pending"], false);
    scene.change(&moved(), &[]);
    let names: Vec<String> = kept(&scene.plan(&[])).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["10.0.2.1", "10.0.2.1"]);
}

/// Agents keep a connection, and with it the user, until the config changes: a new name alone once changed no byte of it, and the
/// withdrawal of the old user broke the connection.
#[test]
fn a_new_user_name_makes_agents_connect_again() {
    let scene = Scene::new(MESH);
    let config = |scene: &Scene| scene.bundle("a/nodes/n1").peer("b");
    let before = config(&scene);
    let mesh = |name: &str| MESH.replace("id: 2\n  etcd: { ", &format!("id: 2\n  etcd: {{ clientName: \"{name}\", "));
    let mut seen = vec![before.clone()];
    for name in ["peer-{cluster}", "peer-of-{cluster}", "{node}-of-{cluster}", "{cluster}-{node}"] {
        scene.change(&mesh(name), &[]);
        let now = config(&scene);
        assert!(!seen.contains(&now), "{name}: {now}");
        seen.push(now);
    }
    scene.change(MESH, &[]);
    assert_eq!(config(&scene), before, "the default name has no line: nothing changes for those who never set one");
}

/// Where all etcds have one name for their readers, the own agents have it, too, but at other etcds: a reader that was removed by name once
/// kept its rights for their sake.
#[test]
fn a_name_that_the_own_agents_have_elsewhere_is_withdrawn() {
    let named = |mesh: &str| mesh.replace("etcd: { localClients", "etcd: { clientName: remote, localClients");
    let scene = Scene::new(&named(MESH));
    let alone = named(MESH).split("- name: b").next().expect("a mesh").to_owned();
    assert_ne!(alone, MESH);
    scene.change(&alone, &["--remove", "b"]);
    assert_eq!(kept(&scene.plan(&[])), []);
    assert_eq!(scene.wave("withdrawal")["users"], json!({ "a": ["remote"] }));
}
