//! Fragments of `mesh.yaml`, as pages and documents show them, completed to a whole mesh that nothing else is wrong with.

use std::collections::BTreeSet;
use std::fs;

use serde_yaml::{Mapping, Value};

use crate::support::Sandbox;
use crate::support::files::files;

const NAMES: [&str; 4] = ["paris", "tokyo", "quito", "lima"];

/// The top-level fields that must be there, as text.
const TOP: [(&str, &str); 4] = [
    ("version", "version: 1\n"),
    ("mesh", "mesh: prod\n"),
    ("cilium", "cilium: { version: \"1.18\" }\n"),
    (
        "clusters",
        "clusters:
- { name: paris, id: 31, etcd: { endpoints: [https://10.11.0.1:2379], localClients: true, members: [{ name: etcd1, addresses: [10.11.0.1] }] } }
- { name: tokyo, id: 32, etcd: { endpoints: [https://10.12.0.1:2379], localClients: true, members: [{ name: etcd1, addresses: [10.12.0.1] }] } }
",
    ),
];

/// A whole mesh with `fragment` in it. What is no YAML, or has a key twice, gets what is missing as text at its end.
pub fn complete(fragment: &str) -> String {
    let Ok(Value::Mapping(mut mesh)) = serde_yaml::from_str(fragment) else {
        let missing = TOP.iter().filter(|(key, _)| !fragment.lines().any(|line| line.starts_with(&format!("{key}:"))));
        return format!("{}\n{}", fragment.trim_end(), missing.map(|(_, text)| *text).collect::<String>());
    };
    for (key, text) in TOP {
        let Value::Mapping(whole) = serde_yaml::from_str(text).expect("YAML") else { panic!("a mapping") };
        let value = whole.into_iter().next().expect("one field").1;
        match mesh.get_mut(key) {
            None => drop(mesh.insert(key.into(), value)),
            Some(Value::Mapping(cilium)) if key == "cilium" => or_insert(cilium, "version", "1.18".into()),
            Some(_) => {}
        }
    }
    if let Some(Value::Sequence(clusters)) = mesh.get_mut("clusters") {
        complete_clusters(clusters);
    }
    serde_yaml::to_string(&mesh).expect("YAML")
}

fn complete_clusters(clusters: &mut Vec<Value>) {
    if clusters.len() == 1 {
        clusters.push(Value::Mapping(Mapping::new()));
    }
    let texts = |key: &str| -> BTreeSet<String> {
        clusters
            .iter()
            .filter_map(|cluster| Some(serde_yaml::to_string(cluster.get(key)?).expect("YAML").trim().to_owned()))
            .collect()
    };
    let (names, ids) = (texts("name"), texts("id"));
    let mut names = NAMES.iter().filter(|name| !names.contains(**name));
    let mut ids = (31..).filter(|id: &u64| !ids.contains(&id.to_string()));
    for (number, cluster) in clusters.iter_mut().enumerate() {
        let Value::Mapping(cluster) = cluster else { continue };
        if !cluster.contains_key("name") {
            cluster.insert("name".into(), (*names.next().expect("a name")).into());
        }
        if !cluster.contains_key("id") {
            cluster.insert("id".into(), ids.next().expect("an id").into());
        }
        or_insert(cluster, "etcd", Value::Mapping(Mapping::new()));
        let method = cluster.get("runtime").and_then(|runtime| runtime.get("method"));
        // The certificates of its etcd come from meshbundle without members.
        let is_provided = method.and_then(Value::as_str) == Some("provided");
        let runtime = cluster.get("runtime").map(|runtime| runtime.get("kind").unwrap_or(runtime));
        let external = runtime.is_some_and(|runtime| matches!(runtime.as_str(), Some("external" | "helm")));
        if let Some(Value::Mapping(etcd)) = cluster.get_mut("etcd") {
            complete_etcd(etcd, external, is_provided, &format!("10.{}.0.1", 11 + number));
        }
    }
}

fn complete_etcd(etcd: &mut Mapping, external: bool, is_provided: bool, address: &str) {
    or_insert(etcd, "endpoints", Value::Sequence(vec![format!("https://{address}:2379").into()]));
    if is_provided || ["members", "authority", "serverTrust", "client"].iter().any(|key| etcd.contains_key(*key)) {
        return;
    }
    let endpoints = etcd.get("endpoints").and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str);
    let mut hosts: Vec<Value> = endpoints.map(|endpoint| host(endpoint).into()).collect();
    if hosts.is_empty() {
        hosts.push(address.into());
    }
    let member = Mapping::from_iter([("name".into(), "etcd1".into()), ("addresses".into(), Value::Sequence(hosts))]);
    etcd.insert("members".into(), Value::Sequence(vec![Value::Mapping(member)]));
    // Own clients know no aliases, and would have a finding of their own.
    if !external && !etcd.contains_key("hostAliases") {
        etcd.insert("localClients".into(), true.into());
    }
}

/// The host of an endpoint, which may lack its scheme or its port.
fn host(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    match rest.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None if rest.matches(':').count() > 1 => rest,
        None => rest.split(':').next().unwrap_or_default(),
    }
}

fn or_insert(mapping: &mut Mapping, key: &str, value: Value) {
    if !mapping.contains_key(key) {
        mapping.insert(key.into(), value);
    }
}

/// Puts the certificates of `tests/diagnostics/files` into the sandbox, as `files/` and as `ca/`.
pub fn add_files(sandbox: &Sandbox) {
    for folder in ["files", "ca"] {
        files(&sandbox.path(folder));
    }
    for entry in fs::read_dir(sandbox.path("files")).expect("the files") {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        if let Some(short) = name.strip_prefix("values-") {
            let text = fs::read_to_string(sandbox.path("files").join(&name)).expect("read");
            sandbox.write(&format!("values/{short}"), &text);
        }
    }
}

/// The codes of what `lint` finds in `mesh`, those that are accepted left out, and the report to show.
pub fn found(sandbox: &Sandbox, mesh: &str) -> (BTreeSet<String>, String) {
    sandbox.write("mesh.yaml", mesh);
    let report = sandbox.run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let findings = report["findings"].as_array().expect("findings");
    let open = findings.iter().filter(|finding| finding["accepted"].is_null());
    let codes = open.map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect();
    (codes, sandbox.run(&["lint", "mesh.yaml"]).stdout)
}

/// The fenced blocks of a document in `language`.
pub fn blocks<'a>(document: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    document.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}
