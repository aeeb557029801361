//! A sound mesh has no findings; one slip gives its code at its place, and no other code; and the order of the file does not
//! change what is found.

use std::collections::{BTreeMap, BTreeSet};

use meshbundle::diag::Diagnostic;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;
use serde_json::{Value, json};

use crate::properties::issued::check;
use crate::properties::model::{Model, half_links, linked, mesh};
use crate::support::Sandbox;

/// A change to one cluster of a mesh. It says at which place, below the cluster `a` or `b` of its two, the finding is expected,
/// or nothing where this mesh cannot have the slip.
type Change = fn(&mut Model, usize, usize) -> Option<Place>;

/// Where a finding is expected.
enum Place {
    /// In a cluster, at this path below it.
    In(usize, &'static str),
    /// At this path.
    At(&'static str),
    /// In either of two clusters, at this path below it: which of them is told depends on the rest of the mesh.
    Either(usize, usize, &'static str),
}

use Place::{At, Either, In};

/// Slips, each with the code that it must give.
const SLIPS: &[(&str, Change)] = &[
    ("CM0002", |model, a, _| set(model, a, &["kubeconfig"], json!("x"), In(a, "kubeconfig"))),
    ("CM0004", |model, a, _| set(model, a, &["nodes"], json!({ "a": "b" }), In(a, "nodes"))),
    ("CM0006", |model, a, _| set(model, a, &["options"], json!("never"), In(a, "options"))),
    ("CM0007", |model, _, _| top(model, &["trust", "renewBefore"], json!("soon"), "trust.renewBefore")),
    ("CM0008", |model, _, _| top(model, &["mesh"], json!("../mesh"), "mesh")),
    ("CM0103", |model, a, b| {
        // Of clusters with one name both would be meant by each link.
        model.top.as_object_mut()?.remove("links");
        drop_routes(model);
        let name = model.clusters[a]["name"].clone();
        model.clusters[b]["name"] = name;
        Some(At("*"))
    }),
    ("CM0104", |model, a, _| set(model, a, &["id"], json!(0), In(a, "id"))),
    ("CM0104", |model, a, _| set(model, a, &["id"], json!(256), In(a, "id"))),
    ("CM0105", |model, a, b| {
        let id = model.clusters[a]["id"].clone();
        set(model, b, &["id"], id, Either(a, b, "id"))
    }),
    ("CM0106", |model, _, _| top(model, &["cilium", "maxConnectedClusters"], json!(100), "cilium.maxConnectedClusters")),
    ("CM0107", |model, a, _| set(model, a, &["cilium", "version"], json!("v1.18.2"), In(a, "cilium.version"))),
    ("CM0109", |model, a, _| push(model, a, &["nodes"], json!("Node_1"), "nodes")),
    ("CM0110", |model, a, _| set(model, a, &["nodes"], json!(["n", "m", "n"]), In(a, "nodes"))),
    ("CM0111", |model, a, _| push(model, a, &["nodes"], json!("n[9:1]"), "nodes")),
    ("CM0113", |model, a, _| {
        set(model, a, &["cilium", "ipam"], json!("eni"), In(a, "id")).filter(|_| model.clusters[a]["id"].as_u64() >= Some(128))
    }),
    ("CM0201", |model, a, _| push(model, a, &["podCIDRs"], json!("10.0.0.0/33"), "podCIDRs")),
    ("CM0202", |model, a, _| set(model, a, &["etcd", "extraIpAddresses"], json!(["10.0.0"]), In(a, "etcd.extraIpAddresses"))),
    ("CM0203", |model, a, b| {
        see_all(model)?;
        let range = model.clusters[b]["podCIDRs"][0].clone();
        push(model, a, &["podCIDRs"], range, "")?;
        Some(Either(a, b, "podCIDRs"))
    }),
    ("CM0203", |model, a, b| {
        see_all(model)?;
        let inside = model.clusters[b]["podCIDRs"][0].as_str()?.replace(".0.0/16", ".7.128/25");
        push(model, a, &["podCIDRs"], json!(inside), "")?;
        Some(Either(a, b, "podCIDRs"))
    }),
    ("CM0204", |model, a, b| {
        see_all(model)?;
        let range = model.clusters[b]["podCIDRs"][0].clone();
        // Nodes outside of a new range are another finding.
        model.clusters[a].as_object_mut()?.remove("nodes");
        push(model, a, &["nodeCIDRs"], range, "")?;
        Some(At("clusters["))
    }),
    ("CM0205", |model, a, b| {
        see_all(model)?;
        push(model, a, &["serviceCIDRs"], json!("192.168.0.0/16"), "")?;
        push(model, b, &["serviceCIDRs"], json!("192.168.9.0/24"), "")?;
        Some(Either(a, b, "serviceCIDRs"))
    }),
    ("CM0206", |model, a, _| {
        let inside = model.clusters[a]["podCIDRs"][0].as_str()?.replace(".0.0/16", ".9.0/24");
        model.clusters[a]["serviceCIDRs"] = json!([inside]);
        Some(In(a, "serviceCIDRs"))
    }),
    ("CM0208", |model, a, _| push(model, a, &["podCIDRs"], json!("100.255.7.1/24"), "podCIDRs")),
    ("CM0209", |model, a, b| {
        see_all(model)?;
        for cluster in [a, b] {
            model.clusters[cluster].as_object_mut()?.remove("nodeCIDRs");
            push(model, cluster, &["nodes"], json!({ "name": "twin", "address": "192.0.2.77" }), "")?;
        }
        Some(Either(a, b, "nodes"))
    }),
    ("CM0210", |model, a, _| {
        model.clusters[a]["nodeCIDRs"] = json!(["192.168.0.0/16"]);
        model.clusters[a]["nodes"] = json!([{ "name": "stray", "address": "192.0.2.77" }]);
        Some(In(a, "nodes"))
    }),
    ("CM0211", |model, a, _| {
        let native = model.top["cilium"]["routingMode"] == "native";
        push(model, a, &["podCIDRs"], json!("192.168.0.0/16"), "")?;
        native.then_some(At(""))
    }),
    ("CM0213", |model, a, b| {
        let other = if model.top["cilium"]["routingMode"] == "native" { "tunnel" } else { "native" };
        let linked = are_linked(model, a, b);
        model.clusters[a].as_object_mut()?.remove("podCIDRs");
        set(model, a, &["cilium", "routingMode"], json!(other), At("")).filter(|_| linked)
    }),
    ("CM0214", |model, a, b| {
        let other = if model.top["cilium"]["encryption"] == "ipsec" { "wireguard" } else { "ipsec" };
        let given = model.top["cilium"]["encryption"].is_string();
        let linked = are_linked(model, a, b);
        set(model, a, &["cilium", "encryption"], json!(other), At("")).filter(|_| linked && given)
    }),
    ("CM0301", |model, a, _| set(model, a, &["etcd", "endpoints"], json!([]), In(a, "etcd.endpoints"))),
    ("CM0302", |model, a, _| push(model, a, &["etcd", "endpoints"], json!("https://198.51.100.1"), "etcd.endpoints")),
    ("CM0302", |model, a, _| push(model, a, &["etcd", "endpoints"], json!("198.51.100.1:2379"), "etcd.endpoints")),
    ("CM0303", |model, a, _| push(model, a, &["etcd", "endpoints"], json!("http://198.51.100.1:2379"), "etcd.endpoints")),
    ("CM0304", |model, a, _| set(model, a, &["etcd", "extraDnsNames"], json!(["a_b.c"]), In(a, "etcd.extraDnsNames"))),
    ("CM0305", |model, a, b| {
        // As seen by somebody who reads both; its own etcd it does not read.
        model.top.as_object_mut()?.remove("links");
        drop_routes(model);
        (0..model.clusters.len()).find(|at| *at != a && *at != b && model.clusters[*at]["runtime"] != "external")?;
        let shared = json!("https://198.51.100.1:2379");
        push(model, a, &["etcd", "endpoints"], shared.clone(), "")?;
        push(model, b, &["etcd", "endpoints"], shared, "")?;
        Some(Either(a, b, "etcd.endpoints"))
    }),
    ("CM0306", |model, a, _| {
        let first = model.clusters[a]["etcd"]["endpoints"][0].clone();
        push(model, a, &["etcd", "endpoints"], first, "etcd.endpoints")
    }),
    ("CM0308", |model, a, _| {
        model.clusters[a]["etcd"].as_object_mut()?.remove("endpointsFor");
        let read = (0..model.clusters.len()).any(|b| model.clusters[b]["runtime"] != "external" && are_linked(model, a, b));
        push(model, a, &["etcd", "endpoints"], json!("https://a.mesh.cilium.io:2379"), "etcd.endpoints").filter(|_| read)
    }),
    ("CM0309", |model, a, _| {
        set(model, a, &["etcd", "hostAliases"], json!({ "nobody.example.net": ["192.0.2.9"] }), In(a, "etcd.hostAliases"))
            .filter(|_| model.top["cilium"]["version"] != "1.20")
    }),
    ("CM0310", |model, a, _| push(model, a, &["etcd", "endpoints"], json!("https://127.0.0.1:2379"), "etcd.endpoints")),
    ("CM0311", |model, a, b| {
        let member = model.clusters[b]["etcd"]["members"][0]["addresses"][0].as_str()?.to_owned();
        push(model, a, &["etcd", "endpoints"], json!(format!("https://{member}:9999")), "etcd.endpoints")
    }),
    ("CM0401", |model, a, _| set(model, a, &["etcd", "authority"], json!("nobody"), In(a, "etcd"))),
    ("CM0409", |model, _, _| top(model, &["trust", "renewBefore"], json!("2y"), "trust.renewBefore")),
    ("CM0501", |model, a, _| {
        set(
            model,
            a,
            &["etcd", "endpointsFor"],
            json!({ "nobody-there": ["https://198.51.100.1:1"] }),
            In(a, "etcd.endpointsFor"),
        )
    }),
    ("CM0503", |model, _, _| accept(model, "CM9999")),
    ("CM0504", |model, _, _| accept(model, "CM0405")),
    ("CM0505", |model, _, _| accept(model, "CM0105")),
    ("CM0506", |model, a, _| {
        let member = model.clusters[a]["etcd"]["members"][0].clone();
        push(model, a, &["etcd", "members"], member, "etcd.members")
    }),
    ("CM0507", |model, a, _| set(model, a, &["configDir"], json!("/etc"), In(a, "configDir"))),
    ("CM0509", |model, a, _| {
        set(model, a, &["runtime"], json!({ "kind": "systemd", "unit": "x" }), In(a, "runtime"))
            .filter(|_| !model.clusters[a]["runtime"].is_null() && model.clusters[a]["etcd"]["localClients"] == true)
    }),
    ("CM0511", |model, a, _| {
        // Where own clients are issued, they are readers, too.
        model.clusters[a]["etcd"]["localClients"] = json!(false);
        model.clusters[a]["etcd"]["announce"] = json!(false);
        if model.clusters[a]["runtime"] == "external" {
            return None;
        }
        let accepted = json!({ "code": "CM0423", "at": "clusters", "reason": "they have some" });
        match model.top["accept"].as_array_mut() {
            Some(accept) => accept.push(accepted),
            None => model.top["accept"] = json!([accepted]),
        }
        let own = model.clusters[a]["name"].as_str()?.to_owned();
        set(model, a, &["etcd", "endpointsFor"], json!({ own: ["https://198.51.100.1:1"] }), In(a, "etcd.endpointsFor"))
    }),
    ("CM0512", |model, a, _| {
        let host = "same.example.net";
        set(model, a, &["nodes"], json!([{ "name": "x", "hostname": host }, { "name": "y", "hostname": host }]), In(a, "nodes"))
    }),
];

/// Sets the field at `path` of a cluster.
fn set(model: &mut Model, cluster: usize, path: &[&str], value: Value, place: Place) -> Option<Place> {
    let mut field = &mut model.clusters[cluster];
    for name in path {
        field = field.as_object_mut()?.entry(*name).or_insert(json!({}));
    }
    *field = value;
    Some(place)
}

/// Sets the field at `path` of the mesh.
fn top(model: &mut Model, path: &[&str], value: Value, place: &'static str) -> Option<Place> {
    let mut field = &mut model.top;
    for name in path {
        field = field.as_object_mut()?.entry(*name).or_insert(json!({}));
    }
    *field = value;
    Some(At(place))
}

/// Adds an item to the list at `path` of a cluster.
fn push(model: &mut Model, cluster: usize, path: &[&str], value: Value, place: &'static str) -> Option<Place> {
    let mut field = &mut model.clusters[cluster];
    for name in path {
        field = field.as_object_mut()?.entry(*name).or_insert(json!([]));
    }
    field.as_array_mut()?.push(value);
    Some(In(cluster, place))
}

fn accept(model: &mut Model, code: &str) -> Option<Place> {
    model.top["accept"].as_array_mut()?.push(json!({ "code": code, "at": "clusters", "reason": "x" }));
    Some(At("accept"))
}

/// Links every cluster to every other, so that all addresses matter to all.
fn see_all(model: &mut Model) -> Option<()> {
    model.top.as_object_mut()?.remove("links");
    drop_routes(model);
    Some(())
}

fn drop_routes(model: &mut Model) {
    let is_external = model.clusters.iter().any(|cluster| cluster["runtime"] == "external");
    model.top["accept"] = json!(is_external.then(half_links).into_iter().collect::<Vec<_>>());
    for cluster in &mut model.clusters {
        cluster["etcd"].as_object_mut().map(|etcd| etcd.remove("endpointsFor"));
    }
}

fn are_linked(model: &Model, a: usize, b: usize) -> bool {
    let name = |at: usize| model.clusters[at]["name"].as_str().unwrap_or_default();
    linked(model.top.get("links"), name(a), name(b))
}

/// What nobody has accepted.
fn open(text: &str) -> Vec<Diagnostic> {
    check(text).1.into_iter().filter(|finding| finding.accepted.is_none()).collect()
}

/// A mesh of three clusters or more, and two of them.
fn scene() -> impl Strategy<Value = (Model, usize, usize)> {
    mesh(3..7).prop_flat_map(|model| {
        let count = model.clusters.len();
        (Just(model), Just((0..count).collect::<Vec<_>>()).prop_shuffle()).prop_map(|(model, order)| (model, order[0], order[1]))
    })
}

/// Which codes are told, and of which clusters. At which end of a conflict it is told, and what is told together, the order may
/// decide.
fn told(model: &Model) -> BTreeMap<String, BTreeSet<String>> {
    let names = model.names();
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in open(&model.text()) {
        let paths = std::iter::once(&finding.path).chain(finding.labels.iter().map(|label| &label.path));
        let mut words: Vec<String> = paths.map(|path| path.as_str().replace(['[', ']'], "`")).collect();
        words.extend([Some(finding.message), finding.cause.map(String::from)].into_iter().flatten());
        let named = names.iter().filter(|name| words.iter().any(|text| text.contains(&format!("`{name}`"))));
        told.entry(finding.code.to_string()).or_default().extend(named.cloned());
    }
    told
}

fn is_at(finding: &Diagnostic, place: &Place, names: &[String]) -> bool {
    let below = |cluster: usize, path: &str| finding.path.as_str().starts_with(&format!("clusters[{}].{path}", names[cluster]));
    match place {
        In(cluster, path) => below(*cluster, path),
        Either(a, b, path) => below(*a, path) || below(*b, path),
        At("*") => true,
        At(path) => finding.path.as_str().starts_with(path),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_sound_mesh_has_no_findings(model in mesh(1..8)) {
        let findings = open(&model.text());
        prop_assert!(findings.is_empty(), "{findings:#?}\n{}", model.yaml());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// By the program itself, keys and files and all: what lints clean is written, and there is nothing to do after it.
    #[test]
    fn a_sound_mesh_is_written_without_a_word_of_complaint(model in mesh(1..5)) {
        let sandbox = Sandbox::with_mesh(&model.text());
        let generate = ["generate", "mesh.yaml", "--out", "out", "--create-authorities", "--unpack"];
        let ran = sandbox.run(&generate);
        prop_assert_eq!(ran.status, 0, "{}\n{}", ran.stderr, model.yaml());
        let plan = sandbox.run(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]);
        prop_assert_eq!(plan.status, 0, "{}\n{}", plan.stdout, model.yaml());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(768))]

    #[test]
    fn a_slip_gives_its_code_at_its_place_and_no_other((mut model, a, b) in scene(), (code, slip) in select(SLIPS)) {
        let names = model.names();
        let Some(place) = slip(&mut model, a, b) else { return Ok(()) };
        let findings = open(&model.text());
        prop_assert!(!findings.is_empty(), "{code} is not found\n{}", model.yaml());
        for finding in &findings {
            prop_assert_eq!(finding.code.as_str(), code, "{:#?}\n{}", finding, model.yaml());
            prop_assert!(is_at(finding, &place, &names), "{code} is elsewhere: {finding:#?}\n{}", model.yaml());
        }
    }

    #[test]
    fn the_order_of_clusters_does_not_change_what_is_found(
        (mut model, a, b) in scene(),
        slips in proptest::collection::vec(select(SLIPS), 1..4),
        turn in 1_usize..6,
    ) {
        // Which of two clusters with one name is meant nobody can say.
        for (_, slip) in slips.into_iter().filter(|(code, _)| *code != "CM0103") {
            let _ = slip(&mut model, a, b);
        }
        let before = told(&model);
        let by = turn % model.clusters.len();
        model.clusters.rotate_left(by);
        prop_assert_eq!(before, told(&model), "{}", model.yaml());
    }
}
