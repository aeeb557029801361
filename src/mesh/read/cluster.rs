//! One cluster, defaults merged in: identity, runtime, ranges, nodes.

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::client_name::ClientName;
use super::super::definition::{Cluster, Member, Node};
use super::super::helm::HelmRelease;
use super::super::name::{ClusterName, Label};
use super::super::node_range::{MAX_EXPANSION, expand};
use super::super::runtime::Runtime;
use super::super::tree::{Value, YamlNode};
use super::cilium::{cilium, empty};
use super::etcd::etcd;
use super::fitting::fitting;
use super::paths::relative;
use super::reader::{MeshReader, field, items, text};
use super::runtime::runtime;

/// A cluster name that agents reject together with an id.
const RESERVED: &str = "default";
/// The one member of the etcd of a Helm cluster, where it gets its certificates from here.
const APISERVER: &str = "clustermesh-apiserver";
/// The clustermesh directory of agents of compose and systemd, as in the manual guides.
const CONFIG_DIR: &str = "/var/lib/clustermesh";
/// That of the chart's pods (templates/cilium-agent/daemonset.yaml and clustermesh-apiserver/deployment.yaml): nothing sets it.
const POD_CONFIG_DIR: &str = "/var/lib/cilium/clustermesh";

/// Reads a cluster from `merged`, which has the defaults in it; nothing if it has no usable name. Other errors have been reported, and are
/// replaced by harmless values.
pub(super) fn cluster(reader: &mut MeshReader, merged: &YamlNode, own: &YamlNode, path: &FieldPath) -> Option<Cluster> {
    let name = text(merged, "name").and_then(|name| cluster_name(reader, name, &path.field("name")));
    let id: Option<i64> = text(merged, "id").and_then(|id| id.parse().ok());
    let cilium = cilium(reader, merged, path);
    let runtime = runtime(reader, merged, cilium.version, &path.field("runtime"));
    let node = &fitting(merged, own, &runtime, cilium.version);
    let config_dir = config_dir(reader, node, &runtime, &path.field("configDir"));
    let written = field(node, "etcd").filter(|node| matches!(node.value, Value::Map(_)));
    let mut etcd = etcd(reader, written.unwrap_or(&empty()), usual_client(&runtime), &path.field("etcd"));
    if runtime.helm().is_some_and(HelmRelease::has_provided_certificates) {
        etcd.members.extend(Label::new(APISERVER).ok().map(|name| Member {
            name,
            addresses: Vec::new(),
            path: path.field("runtime"),
        }));
    }
    let (pods, hosts) = (reader.cidrs(node, "podCIDRs", path), reader.cidrs(node, "nodeCIDRs", path));
    let services = reader.cidrs(node, "serviceCIDRs", path);
    let nodes = nodes(reader, node, path);
    Some(Cluster {
        name: name?,
        id: id.unwrap_or_default(),
        id_read: id.is_some(),
        cilium,
        runtime,
        config_dir,
        emit_options: text(node, "options") != Some("none"),
        etcd,
        etcd_read: written.is_some(),
        pod_cidrs: pods,
        node_cidrs: hosts,
        service_cidrs: services,
        nodes,
        path: path.clone(),
    })
}

fn cluster_name(reader: &mut MeshReader, name: &str, path: &FieldPath) -> Option<ClusterName> {
    if name == RESERVED {
        let finding = Diagnostic::new(Code::ReservedName, path.clone(), "a cluster in a mesh cannot be named `default`");
        reader.add(finding.help("give it another name"));
        // It continues under this name, so that its other errors are reported as well.
        return ClusterName::new(name).ok();
    }
    match ClusterName::new(name) {
        Ok(name) => Some(name),
        Err(mut bad) => {
            bad.suggestion = bad.suggestion.filter(|suggestion| suggestion != RESERVED);
            reader.bad_name(Code::ClusterName, path, "a cluster name", name, &bad);
            let free = bad.suggestion.filter(|suggestion| reader.names.insert(suggestion.clone()))?;
            let stand_in = ClusterName::new(&free).ok()?;
            reader.stand_ins.insert(name.to_owned(), stand_in.clone());
            Some(stand_in)
        }
    }
}

/// The clustermesh directory as agents see it.
fn config_dir(reader: &mut MeshReader, node: &YamlNode, runtime: &Runtime, path: &FieldPath) -> String {
    let written = text(node, "configDir");
    if runtime.helm().is_none() {
        return absolute(reader, written.unwrap_or(CONFIG_DIR), path).unwrap_or_else(|| CONFIG_DIR.to_owned());
    }
    if let Some(other) = written.filter(|written| written.trim_end_matches('/') != POD_CONFIG_DIR) {
        let message =
            format!("`{}` is not where the pods of Cilium's Helm chart have their clustermesh directory", other.escape_debug());
        let finding = Diagnostic::new(Code::ConfigDir, path.clone(), message);
        reader.add(finding.help(format!("remove it: with runtime helm it is always `{POD_CONFIG_DIR}`")));
    }
    POD_CONFIG_DIR.to_owned()
}

/// The clients of an etcd that names none.
fn usual_client(runtime: &Runtime) -> ClientName {
    match runtime.helm() {
        Some(release) if !release.auth_mode.value().knows_each_reader() => ClientName::remote(),
        Some(_) | None => ClientName::default(),
    }
}

fn absolute(reader: &mut MeshReader, path: &str, at: &FieldPath) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    if trimmed.strip_prefix('/').is_some_and(relative) {
        return Some(trimmed.to_owned());
    }
    let message = format!("`{}` is not the absolute path of a separate folder", path.escape_debug());
    let finding = Diagnostic::new(Code::ConfigDir, at.clone(), message);
    reader.add(finding.help(format!("write an absolute path without `..`, such as `{CONFIG_DIR}`")));
    None
}

/// The maximum number of nodes of a mesh, so that a few ranges do not fill the memory. 511 clusters with 700 nodes each have
/// fewer.
const MAX_NODES: usize = 400_000;

fn nodes(reader: &mut MeshReader, cluster: &YamlNode, path: &FieldPath) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (item, path) in items(cluster, "nodes", path) {
        let Some(written) = item.as_text().or_else(|| text(item, "name")) else { continue };
        let names = match expand(written) {
            Ok(names) => names,
            Err(reason) => {
                let message = format!("`{}` is not a node or a range of nodes: {reason}", written.escape_debug());
                reader.add(Diagnostic::new(Code::NodeRange, path, message));
                continue;
            }
        };
        let address = text(item, "address").and_then(|address| reader.address(address, &path.field("address")));
        let hostname = text(item, "hostname").and_then(|name| reader.host(name, &path.field("hostname")));
        if names.len() > 1 && (address.is_some() || hostname.is_some()) {
            let message = format!("`{written}` expands to {} nodes, which cannot share an address or a host name", names.len());
            reader.add(Diagnostic::new(Code::NodeRange, path.clone(), message).help("list these nodes one by one"));
        }
        if nodes.len() + names.len() > MAX_EXPANSION {
            let message = format!("a cluster of more than {MAX_EXPANSION} nodes");
            reader.add(
                Diagnostic::new(Code::NodeRange, path, message)
                    .help("shorten the list, or leave `nodes` out: one bundle for all"),
            );
            break;
        }
        reader.nodes += names.len();
        if reader.nodes > MAX_NODES {
            let message = format!("a mesh of more than {MAX_NODES} nodes");
            reader.add(Diagnostic::new(Code::NodeRange, path, message).help("leave `nodes` out: one bundle for all"));
            break;
        }
        let range = names.len() > 1;
        for name in names {
            match Label::new(&name) {
                Ok(label) if name == "any" => {
                    let message = format!("`{label}` is the name of the bundle for all nodes");
                    reader.add(Diagnostic::new(Code::NodeName, path.clone(), message).help("give the node another name"));
                }
                Ok(name) => {
                    nodes.push(Node { name, address, hostname: hostname.as_ref().map(ToString::to_string), path: path.clone() });
                }
                Err(mut bad) => {
                    // A correction of one name of a range does not correct the range.
                    bad.suggestion = bad.suggestion.filter(|suggestion| !range && suggestion != "any");
                    // The most common mistake is a full host name, which belongs in another field.
                    if !range && let Some((short, _)) = name.split_once('.').filter(|(short, _)| Label::new(short).is_ok()) {
                        bad.suggestion = Some(format!("{{ name: {short}, hostname: {name} }}"));
                    }
                    reader.bad_name(Code::NodeName, &path, "a node name", &name, &bad);
                    break;
                }
            }
        }
    }
    nodes
}
