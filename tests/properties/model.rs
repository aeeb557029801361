//! Random meshes that nothing is wrong with, written as text.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::{Just, Strategy, any};
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

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
    (plain, 0_usize..12, any::<bool>()).prop_map(|(names, range, with_host)| {
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
    let client_name = option::of(select(vec!["remote", "remote-{cluster}", "{cluster}.{node}"]));
    let ends = (1_usize..4, any::<bool>(), any::<bool>(), select(vec!["emit", "none"]), any::<bool>(), any::<[bool; 2]>());
    (option::of(runtime()), option::of(nodes()), client_name, ends).prop_map(
        |(runtime, nodes, client_name, (members, by_name, own_route, options, upgraded, [peers, announce]))| {
            let mut cluster = json!({ "etcd": { "members": [] }, "options": options });
            let external = runtime.as_ref().is_some_and(|runtime| runtime == "external");
            set(&mut cluster, "runtime", runtime);
            set(&mut cluster, "nodes", nodes);
            // Helm's etcd knows no users but its own.
            let client_name = client_name.filter(|name| !external || name.starts_with("remote"));
            set(&mut cluster["etcd"], "clientName", client_name.map(Value::from));
            let list: Vec<Value> = (1..=members).map(|n| json!({ "name": format!("e{n}"), "addresses": [] })).collect();
            cluster["etcd"]["members"] = Value::Array(list);
            cluster["etcd"]["peers"] = json!(peers);
            if !external {
                cluster["etcd"]["localClients"] = json!(true);
                cluster["etcd"]["announce"] = json!(announce);
            }
            cluster["drawn"] = json!({ "byName": by_name, "ownRoute": own_route, "upgraded": upgraded });
            cluster
        },
    )
}

/// What the clusters of a mesh have in common.
#[derive(Debug, Clone)]
struct Common {
    /// Minor version of those that are not upgraded yet; the others have the next.
    minor: u16,
    native: bool,
    encryption: Option<&'static str>,
    dual_stack: bool,
    ranges: bool,
}

fn common() -> impl Strategy<Value = Common> {
    let encryption = option::of(select(vec!["none", "wireguard", "ipsec"]));
    (14_u16..20, any::<bool>(), encryption, any::<bool>(), any::<bool>())
        .prop_map(|(minor, native, encryption, dual_stack, ranges)| Common { minor, native, encryption, dual_stack, ranges })
}

impl Common {
    fn cilium(&self) -> Value {
        let mut cilium = json!({ "version": format!("1.{}", self.minor) });
        if self.native {
            cilium["routingMode"] = json!("native");
            cilium["ipv4NativeRoutingCIDR"] = json!("100.0.0.0/8");
            cilium["ipv6NativeRoutingCIDR"] = json!("fd64::/16");
        } else {
            cilium["routingMode"] = json!("tunnel");
            cilium["tunnelProtocol"] = json!("geneve");
        }
        set(&mut cilium, "encryption", self.encryption.map(Value::from));
        // What agents up to 1.18 do; the others must be told.
        cilium["policyDefaultLocalCluster"] = json!(false);
        cilium
    }
}

/// A cluster called `name`, with the number that its id and addresses come from. `reader`: one that reads it, if any does whose
/// files are written here.
fn cluster(mut body: Value, name: &str, number: usize, common: &Common, reader: Option<&str>) -> Value {
    let drawn = body.as_object_mut().and_then(|fields| fields.remove("drawn")).expect("drawn");
    let is = |what: &str| drawn[what].as_bool().expect("told");
    body["name"] = json!(name);
    body["id"] = json!(number);
    if is("upgraded") {
        body["cilium"] = json!({ "version": format!("1.{}", common.minor + 1) });
    }
    let mut endpoints = Vec::new();
    for (at, member) in body["etcd"]["members"].as_array_mut().expect("members").iter_mut().enumerate() {
        let address = format!("10.{number}.0.{}", at + 1);
        endpoints.push(json!(format!("https://{address}:2379")));
        member["addresses"] = json!([address, format!("fd0a:{number:x}::{at:x}")]);
    }
    if is("byName") {
        let host = format!("etcd.{name}.example.net");
        // Older agents would need it in a hosts file.
        if common.minor >= 20 {
            body["etcd"]["hostAliases"] = json!({ host.clone(): ["192.0.2.1"] });
        }
        endpoints.push(json!(format!("https://{host}:32379")));
    }
    body["etcd"]["endpoints"] = Value::Array(endpoints);
    if let Some(reader) = reader.filter(|_| is("ownRoute")) {
        body["etcd"]["endpointsFor"] = json!({ reader: [format!("https://203.0.113.{number}:2379")] });
    }
    body["podCIDRs"] = json!([format!("100.{number}.0.0/16")]);
    if common.dual_stack {
        body["podCIDRs"].as_array_mut().expect("a list").push(json!(format!("fd64:{number:x}::/48")));
    }
    if common.ranges {
        body["nodeCIDRs"] = json!([format!("10.{number}.0.0/16"), format!("fd0a:{number:x}::/48")]);
        body["serviceCIDRs"] = json!([format!("172.{number}.0.0/16")]);
        for node in body.get_mut("nodes").and_then(Value::as_array_mut).into_iter().flatten().filter(|node| node.is_object()) {
            node["address"] = json!(format!("10.{number}.9.9"));
        }
    }
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

/// Whether these links link the two.
pub(crate) fn linked(links: Option<&Value>, a: &str, b: &str) -> bool {
    a != b
        && match links {
            Some(Value::Array(pairs)) => pairs.iter().any(|pair| *pair == json!([a, b]) || *pair == json!([b, a])),
            Some(Value::Object(hub)) => hub["hub"] == a || hub["hub"] == b,
            _ => true,
        }
}

/// The entry for clusters whose runtime is external: others make their half of each link.
pub(crate) fn half_links() -> Value {
    json!({ "code": "CM0515", "at": "clusters", "reason": "theirs" })
}

/// A mesh of some clusters that nothing is wrong with. Clusters that nobody is linked to are accepted, and links that others make one half of.
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
    (named, trust, common()).prop_map(|((names, ids, bodies, links), (authority, algorithm), common)| {
        let internal: Vec<bool> = bodies.iter().map(|body| body["runtime"] != "external").collect();
        let reader_of = |at: usize| {
            let reads = |other: &usize| internal[*other] && linked(links.as_ref(), &names[at], &names[*other]);
            (0..names.len()).find(reads).map(|reader| names[reader].as_str())
        };
        let alone = |name: &&String| !names.iter().any(|other| linked(links.as_ref(), name, other));
        let accept = names
            .iter()
            .filter(alone)
            .map(|name| json!({ "code": "CM0510", "at": format!("clusters[{name}].name"), "reason": "to be linked one day" }));
        let is_half = names.iter().enumerate().any(|(at, name)| !internal[at] && !alone(&name));
        let accept: Vec<Value> = accept.chain(is_half.then(half_links)).collect();
        let clusters =
            bodies.into_iter().enumerate().map(|(at, body)| cluster(body, &names[at], ids[at], &common, reader_of(at)));
        let mut top = json!({
            "version": 1,
            "mesh": "random",
            "cilium": common.cilium(),
            "trust": { "authority": authority, "keyAlgorithm": algorithm },
            "accept": accept,
        });
        set(&mut top, "links", links.clone());
        Model { top, clusters: clusters.collect() }
    })
}
