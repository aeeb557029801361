//! One cluster, defaults merged in: identity, runtime, ranges, nodes.

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::definition::{Cluster, Node, Runtime};
use super::super::image::ImageReference;
use super::super::name::{ClusterName, Label};
use super::super::node_range::{MAX_EXPANSION, expand};
use super::super::tree::{Value, YamlNode};
use super::cilium::{cilium, empty};
use super::etcd::etcd;
use super::reader::{MeshReader, as_text, field, items, text};

/// A cluster name that agents reject together with an id.
const RESERVED: &str = "default";
/// The clustermesh directory of agents of compose and systemd, as in the manual guides.
const CONFIG_DIR: &str = "/var/lib/clustermesh";
/// The agent's service, and the folder of its files below the project's, as in cilium-compose.
const SERVICE: &str = "cilium-agent";
const HOST_ROOT: &str = "mount";

/// Reads a cluster; nothing if it has no usable name. Other errors have been reported, and are replaced by harmless values.
pub(super) fn cluster(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<Cluster> {
    let name = text(node, "name").and_then(|name| cluster_name(reader, name, &path.field("name")));
    let id: Option<i64> = text(node, "id").and_then(|id| id.parse().ok());
    let cilium = cilium(reader, node, path);
    let runtime = runtime(reader, node, &path.field("runtime")).unwrap_or_else(usual_compose);
    let config_dir = text(node, "configDir").unwrap_or(CONFIG_DIR);
    let config_dir = absolute(reader, config_dir, &path.field("configDir")).unwrap_or_else(|| CONFIG_DIR.to_owned());
    let written = field(node, "etcd").filter(|node| matches!(node.value, Value::Map(_)));
    let etcd = etcd(reader, written.unwrap_or(&empty()), &path.field("etcd"));
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

fn runtime(reader: &mut MeshReader, node: &YamlNode, path: &FieldPath) -> Option<Runtime> {
    let Some(written) = field(node, "runtime") else {
        return Some(usual_compose());
    };
    let kind = as_text(written).or_else(|| text(written, "kind"))?;
    let (service, host_root, unit) = (text(written, "service"), text(written, "hostRoot"), text(written, "unit"));
    let owners = [
        ("service", "compose"),
        ("hostRoot", "compose"),
        ("image", "compose"),
        ("meshbundleImage", "compose"),
        ("unit", "systemd"),
    ];
    for (key, owner) in owners {
        if text(written, key).is_some() && kind != owner {
            let message = format!("`{key}` has no effect with the runtime {kind}");
            reader
                .add(Diagnostic::new(Code::BadRuntime, path.field(key), message).help(format!("it belongs to runtime {owner}")));
        }
    }
    match kind {
        "systemd" => {
            let unit = unit.unwrap_or("cilium-agent.service");
            let stem = unit.strip_suffix(".service").unwrap_or_default();
            // The characters of unit names (systemd.unit(5)), without the backslash, because it becomes the name of a folder.
            if stem.is_empty()
                || !stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.@".contains(&byte))
                || stem.starts_with('.')
            {
                let message = format!("`{}` is not the name of a service unit", unit.escape_debug());
                reader.add(
                    Diagnostic::new(Code::BadRuntime, path.field("unit"), message)
                        .help("write it in full, with its ending, such as `cilium-agent.service`"),
                );
                return None;
            }
            Some(Runtime::Systemd { unit: unit.to_owned() })
        }
        "external" => Some(Runtime::External),
        "compose" => {
            let (service, host_root) = (service.unwrap_or(SERVICE), host_root.unwrap_or(HOST_ROOT));
            let service_ok =
                !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            if !service_ok {
                let message = format!("`{}` is not the name of a compose service", service.escape_debug());
                let finding = Diagnostic::new(Code::BadRuntime, path.field("service"), message);
                reader.add(finding.help("use letters, digits, `-`, `_` and `.`"));
            }
            let root_ok = relative(host_root);
            if !root_ok {
                let message = format!("`{}` is not a folder below the compose project", host_root.escape_debug());
                reader.add(
                    Diagnostic::new(Code::UnsafePath, path.field("hostRoot"), message)
                        .help("write a relative path without `..`, such as `mount`"),
                );
            }
            let image = read_image(reader, written, path, "image");
            let announcer_image = read_image(reader, written, path, "meshbundleImage");
            (service_ok && root_ok).then(|| Runtime::Compose {
                service: service.to_owned(),
                host_root: host_root.to_owned(),
                image,
                announcer_image,
            })
        }
        _ => None,
    }
}

/// The runtime of agents by default.
fn usual_compose() -> Runtime {
    Runtime::Compose { service: SERVICE.to_owned(), host_root: HOST_ROOT.to_owned(), image: None, announcer_image: None }
}

fn read_image(reader: &mut MeshReader, runtime: &YamlNode, path: &FieldPath, key: &str) -> Option<ImageReference> {
    let written = text(runtime, key)?;
    match ImageReference::new(written) {
        Ok(image) => Some(image),
        Err(why) => {
            let message = format!("`{}` is not a reference to an image: {why}", written.escape_debug());
            let finding = Diagnostic::new(Code::BadRuntime, path.field(key), message);
            reader.add(
                finding
                    .cause("compose checks it only when it starts the container, and then fails")
                    .help("write it as `docker pull` takes it: `quay.io/cilium/cilium:v1.20.2`, and best with its `@sha256:…`"),
            );
            None
        }
    }
}

/// Whether a text can be part of a path in archives, units and compose files: no character that a shell, YAML or systemd
/// interprets, no `.` and no `..`.
fn part(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn relative(path: &str) -> bool {
    path.len() <= 100 && path.split('/').all(part)
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
        let Some(written) = as_text(item).or_else(|| text(item, "name")) else { continue };
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
