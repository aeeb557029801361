//! Random meshes that nothing is wrong with, written as text.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// A mesh: the fields of its file, and each of its clusters.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) top: Value,
    pub(crate) clusters: Vec<Value>,
}

impl Model {
    /// The text of its file. JSON is YAML; what YAML adds is for other tests.
    pub(crate) fn text(&self) -> String {
        let mut top = self.top.clone();
        top["clusters"] = Value::Array(self.clusters.clone());
        format!("{top:#}")
    }

    /// The text of its file as people write it.
    pub(crate) fn yaml(&self) -> String {
        let mut top = self.top.clone();
        top["clusters"] = Value::Array(self.clusters.clone());
        serde_yaml::to_string(&top).expect("written")
    }

    /// Names of its clusters.
    pub(crate) fn names(&self) -> Vec<String> {
        self.clusters.iter().map(|cluster| cluster["name"].as_str().expect("a name").to_owned()).collect()
    }
}

/// Sets `key` if there is a value.
fn set(object: &mut Value, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        object[key] = value;
    }
}

fn runtime() -> impl Strategy<Value = Value> {
    select(vec![
        json!("compose"),
        json!("systemd"),
        json!("external"),
        json!({ "kind": "compose", "service": "agent", "hostRoot": "mnt/root" }),
        json!({ "kind": "systemd", "unit": "cilium@1.service" }),
    ])
}

fn nodes() -> impl Strategy<Value = Value> {
    let plain = btree_set("[a-z]{1,3}[0-9]{0,2}", 0..5).prop_filter("a word with a meaning", |names| !names.contains("any"));
    let with_host = any::<bool>();
    (plain, 0_usize..12, with_host).prop_map(|(names, range, with_host)| {
        let mut nodes: Vec<Value> = names.into_iter().map(Value::from).collect();
        if range > 0 {
            nodes.push(json!(format!("rack-[01:{range:02}]")));
        }
        if with_host {
            nodes.push(json!({ "name": "host-1", "hostname": "host1.example.net" }));
        }
        Value::Array(nodes)
    })
}

/// What of a cluster does not depend on its number.
fn body() -> impl Strategy<Value = Value> {
    let version = option::of(select(vec!["1.15", "1.18", "1.20"]));
    let client_name = option::of(select(vec!["remote", "remote-{cluster}", "{cluster}.{node}"]));
    let ends = (1_usize..4, any::<bool>(), any::<bool>(), select(vec!["emit", "none"]));
    (option::of(runtime()), option::of(nodes()), version, client_name, ends).prop_map(
        |(runtime, nodes, version, client_name, (members, by_name, own_route, options))| {
            let mut cluster = json!({ "etcd": { "members": [] }, "options": options });
            set(&mut cluster, "runtime", runtime);
            set(&mut cluster, "nodes", nodes);
            set(&mut cluster, "cilium", version.map(|version| json!({ "version": version })));
            set(&mut cluster["etcd"], "clientName", client_name.map(Value::from));
            let list: Vec<Value> = (1..=members).map(|n| json!({ "name": format!("e{n}"), "addresses": [] })).collect();
            cluster["etcd"]["members"] = Value::Array(list);
            cluster["byName"] = json!(by_name);
            cluster["ownRoute"] = json!(own_route);
            cluster
        },
    )
}

/// A cluster called `name`, with the number that its id and addresses come from.
fn cluster(mut body: Value, name: &str, number: usize, reader: Option<&str>) -> Value {
    let by_name = body["byName"].as_bool().expect("told");
    let own_route = body["ownRoute"].as_bool().expect("told");
    let fields: &mut Map<String, Value> = body.as_object_mut().expect("an object");
    fields.remove("byName");
    fields.remove("ownRoute");
    body["name"] = json!(name);
    body["id"] = json!(number);
    let mut endpoints = Vec::new();
    for (at, member) in body["etcd"]["members"].as_array_mut().expect("members").iter_mut().enumerate() {
        let address = format!("10.{}.{}.{}", number / 256, number % 256, at + 1);
        endpoints.push(json!(format!("https://{address}:2379")));
        member["addresses"] = json!([address, format!("fd00::{number:x}:{at:x}")]);
    }
    if by_name {
        let host = format!("etcd.{name}.mesh");
        endpoints.push(json!(format!("https://{host}:32379")));
        body["etcd"]["hostAliases"] = json!({ host: ["192.0.2.1"] });
    }
    body["etcd"]["endpoints"] = Value::Array(endpoints);
    if let Some(reader) = reader.filter(|_| own_route) {
        body["etcd"]["endpointsFor"] = json!({ reader: ["https://203.0.113.1:2379"] });
    }
    for node in body.get_mut("nodes").and_then(Value::as_array_mut).into_iter().flatten().filter(|node| node.is_object()) {
        node["address"] = json!(format!("10.9.{number}.9"));
    }
    body["podCIDRs"] = json!([format!("100.{number}.0.0/16")]);
    body
}

/// Random links among clusters of these names.
fn links(names: Vec<String>) -> impl Strategy<Value = Option<Value>> {
    let pairs: Vec<Value> = names.iter().enumerate().flat_map(|(at, a)| names[..at].iter().map(move |b| json!([a, b]))).collect();
    let count = pairs.len();
    let some = subsequence(pairs, 0..=count).prop_map(|pairs| Some(Value::Array(pairs)));
    let hub = select(names).prop_map(|name| Some(json!({ "hub": name })));
    proptest::prop_oneof![Just(None), Just(Some(json!("full"))), hub, some]
}

/// A mesh of some clusters that nothing is wrong with.
pub(crate) fn mesh(clusters: std::ops::Range<usize>) -> impl Strategy<Value = Model> {
    let names = btree_set("[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,4})?", clusters)
        .prop_filter("reserved", |names| !names.contains("default") && !names.contains("mesh"));
    let named = names.prop_flat_map(|names| {
        let names: Vec<String> = names.into_iter().collect();
        let count = names.len();
        let ids = Just((1..=254_usize).collect::<Vec<_>>()).prop_shuffle().prop_map(move |ids| ids[..count].to_vec());
        (Just(names.clone()), ids, vec(body(), count), links(names))
    });
    let trust = (select(vec!["shared", "per-cluster"]), select(vec!["ecdsa-p256", "ed25519"]));
    (named, trust).prop_map(|((names, ids, bodies, links), (authority, algorithm))| {
        let reader_of = |at: usize| names.get((at + 1) % names.len()).filter(|_| names.len() > 1).map(String::as_str);
        let clusters = bodies.into_iter().enumerate().map(|(at, body)| cluster(body, &names[at], ids[at], reader_of(at)));
        let mut top = json!({
            "version": 1,
            "mesh": "random",
            "cilium": { "version": "1.19" },
            "trust": { "authority": authority, "keyAlgorithm": algorithm },
        });
        set(&mut top, "links", links);
        Model { top, clusters: clusters.collect() }
    })
}
