//! The top of the file: mesh, cilium, trust, links, accept; and each cluster with the defaults merged in.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::definition::{Accept, DefaultAuthority, KeyAlgorithm, Links, Mesh, ProvidedCa, Trust};
use super::super::duration::{BadLifetime, Lifetime};
use super::super::name::Label;
use super::super::tree::{Value, YamlNode};
use super::cilium::{cilium, empty};
use super::cluster::cluster;
use super::reader::{MeshReader, field, items, table, text};

/// Longest name of a mesh, in bytes: it is part of subjects, for which X.520 allows 64 characters.
const MESH_NAME_MAX: usize = 32;

/// Reads the whole file. Wrong values have been reported and are replaced by harmless ones, so that the rules can check the rest.
/// No files are ever made of a mesh with an error.
pub(crate) fn mesh(reader: &mut MeshReader, file: &YamlNode) -> Option<Mesh> {
    let root = FieldPath::root();
    let name = mesh_name(reader, file).or_else(|| Label::new("unnamed").ok());
    let cilium = cilium(reader, file, &root);
    let trust = trust(reader, file);
    let links = links(file);
    let accept = accept(file);
    let (mut clusters, mut unsound) = (Vec::new(), Vec::new());
    let written = items(file, "clusters", &root);
    reader.names = written.iter().filter_map(|(node, _)| text(node, "name")).map(str::to_owned).collect();
    for (node, path) in written {
        let merged = merged(node, file);
        match cluster(reader, &merged, node, &path) {
            Some(cluster) => clusters.push(cluster),
            None => unsound.extend(text(node, "name").map(str::to_owned)),
        }
    }
    let mut mesh = Mesh { name: name?, cilium, trust, links, accept, clusters, unsound };
    follow(
        &mut mesh,
        |name| if let Some(stand_in) = reader.stand_ins.get(name) { stand_in.to_string() } else { name.to_owned() },
    );
    Some(mesh)
}

/// Renames every mention of a cluster to the name that it has now.
fn follow(mesh: &mut Mesh, now: impl Fn(&str) -> String) {
    match &mut mesh.links {
        Links::Full => {}
        Links::Hub(hub) => *hub = now(hub),
        Links::Pairs(pairs) => pairs.iter_mut().for_each(|(a, b, _)| (*a, *b) = (now(a), now(b))),
    }
    for cluster in &mut mesh.clusters {
        let overrides = std::mem::take(&mut cluster.etcd.endpoints_for);
        cluster.etcd.endpoints_for = overrides.into_iter().map(|(reader, endpoints)| (now(&reader), endpoints)).collect();
    }
}

fn mesh_name(reader: &mut MeshReader, file: &YamlNode) -> Option<Label> {
    let (name, path) = (text(file, "mesh")?, FieldPath::root().field("mesh"));
    match Label::new(name) {
        Ok(label) if name.len() <= MESH_NAME_MAX => Some(label),
        Ok(_) => {
            let message = format!("`{name}` has {} characters, {MESH_NAME_MAX} are allowed", name.len());
            reader
                .add(Diagnostic::new(Code::UnsafePath, path, message).help("shorten it: it becomes part of the subjects of CAs"));
            None
        }
        Err(bad) => {
            reader.bad_name(Code::UnsafePath, &path, "a name of a mesh", name, &bad);
            None
        }
    }
}

/// A cluster's mapping, completed with values that it does not set: its fields, then `defaults`, then the mesh's `cilium`. What it cannot
/// take of them is left out once its runtime is known.
/// `cilium` and `etcd` are merged field by field, everything else is taken as a whole.
fn merged(cluster: &YamlNode, file: &YamlNode) -> YamlNode {
    let mut merged = merge(cluster, field(file, "defaults").unwrap_or(&empty()), &["cilium", "etcd"]);
    if let (Some(cilium), Value::Map(entries)) = (file.get("cilium"), &mut merged.value) {
        match entries.iter_mut().find(|entry| entry.key == "cilium") {
            Some(own) => own.value = merge(&own.value, &cilium.value, &[]),
            None => entries.push(cilium.clone()),
        }
    }
    merged
}

fn merge(own: &YamlNode, under: &YamlNode, nested: &[&str]) -> YamlNode {
    let (Value::Map(own_entries), Value::Map(under_entries)) = (&own.value, &under.value) else { return own.clone() };
    let mut entries: Vec<_> = own_entries.iter().filter(|entry| !matches!(entry.value.value, Value::Null)).cloned().collect();
    for entry in under_entries {
        match entries.iter_mut().find(|mine| mine.key == entry.key) {
            None => entries.push(entry.clone()),
            Some(mine) if nested.contains(&entry.key.as_str()) => mine.value = merge(&mine.value, &entry.value, &[]),
            Some(_) => {}
        }
    }
    YamlNode { span: own.span.clone(), value: Value::Map(entries) }
}

fn trust(reader: &mut MeshReader, file: &YamlNode) -> Trust {
    let path = FieldPath::root().field("trust");
    let empty = empty();
    let node = field(file, "trust").unwrap_or(&empty);
    let mut authorities = BTreeMap::new();
    for (name, value, path) in table(node, "authorities", &path) {
        let label = reader.authority_name(name, &path);
        let certificate = text(value, "certificate").and_then(|file| reader.file(file, &path.field("certificate")));
        let key = text(value, "key").and_then(|file| reader.file(file, &path.field("key")));
        if let (Some(label), Some(certificate)) = (label, certificate) {
            authorities.insert(label, ProvidedCa { certificate, key });
        }
    }
    let mut lifetime = |node: Option<&YamlNode>, key: &str, path: &FieldPath, default: Lifetime| {
        let Some(written) = node.and_then(|node| text(node, key)) else { return default };
        Lifetime::new(written).unwrap_or_else(|bad| {
            let (code, cause) = match bad {
                BadLifetime::Form(_) => (Code::BadDuration, Code::BadDuration.entry().why),
                BadLifetime::TooLong(_) => (Code::Lifetimes, "no one maintains a certificate for so long"),
            };
            reader.add(Diagnostic::new(code, path.field(key), bad.to_string()).cause(cause));
            default
        })
    };
    let (validity, at) = (field(node, "validity"), path.field("validity"));
    Trust {
        authority: match text(node, "authority") {
            Some("per-cluster") => DefaultAuthority::PerCluster,
            _ => DefaultAuthority::Shared,
        },
        key_algorithm: match text(node, "keyAlgorithm") {
            Some("ecdsa-p384") => KeyAlgorithm::EcdsaP384,
            Some("ed25519") => KeyAlgorithm::Ed25519,
            _ => KeyAlgorithm::EcdsaP256,
        },
        authority_validity: lifetime(validity, "authority", &at, Lifetime::days(3650)),
        server_validity: lifetime(validity, "server", &at, Lifetime::days(365)),
        client_validity: lifetime(validity, "client", &at, Lifetime::days(365)),
        renew_before: lifetime(Some(node), "renewBefore", &path, Lifetime::days(90)),
        authorities,
    }
}

fn links(file: &YamlNode) -> Links {
    let path = FieldPath::root().field("links");
    let Some(node) = field(file, "links") else { return Links::Full };
    match &node.value {
        Value::Map(_) => text(node, "hub").map_or(Links::Full, |hub| Links::Hub(hub.to_owned())),
        Value::List(pairs) => {
            let read = |(position, pair): (usize, &YamlNode)| match &pair.value {
                Value::List(ends) => match ends.as_slice() {
                    [a, b] => Some((a.as_text()?.to_owned(), b.as_text()?.to_owned(), path.item(position))),
                    _ => None,
                },
                _ => None,
            };
            Links::Pairs(pairs.iter().enumerate().filter_map(read).collect())
        }
        _ => Links::Full,
    }
}

fn accept(file: &YamlNode) -> Vec<Accept> {
    items(file, "accept", &FieldPath::root())
        .into_iter()
        .filter_map(|(node, path)| {
            Some(Accept {
                code: text(node, "code")?.to_owned(),
                at: FieldPath::written(text(node, "at")?),
                reason: text(node, "reason")?.to_owned(),
                path,
            })
        })
        .collect()
}
