//! Clusters that Cilium's Helm chart runs, and those that they are linked with: what the chart, and those who render it, make of them.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::diag::{Code, Diagnostic};
use crate::mesh::{CertificateMethod, Cluster, Feature, HelmService, Mesh};
use crate::verify::key_as_json;

use super::links::{ResolvedLinks, linked_pairs};

pub(super) fn check(mesh: &Mesh, links: &ResolvedLinks) -> Vec<Diagnostic> {
    let mut reported = BTreeSet::new();
    let mut findings: Vec<Diagnostic> = mesh.clusters.iter().filter_map(check_method).collect();
    findings.extend(mesh.clusters.iter().flat_map(check_service));
    findings.extend(linked_pairs(mesh, links).filter_map(|(reader, remote)| check_node_port(reader, remote)));
    let of_helm = linked_pairs(mesh, links).filter(|(a, b)| a.runtime.helm().is_some() || b.runtime.helm().is_some());
    let ends = of_helm.flat_map(|(a, b)| [a, b]);
    findings.extend(ends.filter(|cluster| reported.insert(&cluster.name)).filter_map(check_name));
    findings
}

/// Helm's templates look up what a cluster has (`lookup` in templates/cilium-ca-secret.yaml of the chart): a renderer that has no cluster
/// finds nothing, and makes a new CA and new certificates each time.
fn check_method(cluster: &Cluster) -> Option<Diagnostic> {
    let release = cluster.runtime.helm().filter(|release| release.gitops && release.method.value() == CertificateMethod::Helm)?;
    let at = if release.method.given().is_some() { "method" } else { "gitops" };
    let message = format!("each rendering of the chart of `{}` makes a new CA", cluster.name);
    let finding = Diagnostic::new(Code::NewAtEachSync, cluster.path.field("runtime").field(at), message);
    Some(finding.help("let the release set `clustermesh.apiserver.tls.auto.method: cronJob`, and say `method: cronJob` here"))
}

/// Whether the Service has the port that others dial.
fn check_service(cluster: &Cluster) -> Vec<Diagnostic> {
    let Some(release) = cluster.runtime.helm() else { return Vec::new() };
    let service = release.known_service;
    if service == HelmService::default() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let at = cluster.path.field("runtime").field("service");
    if let Some(port) = service.node_port.filter(|port| !NODE_PORTS.contains(port)) {
        let message = format!("the NodePort {port} of `{}` is not in Kubernetes' default range", cluster.name);
        let (first, last) = (NODE_PORTS.start(), NODE_PORTS.end());
        let finding = Diagnostic::new(Code::ServicePort, at.clone(), message);
        findings.push(
            finding.help(format!("use {first} to {last}, unless `--service-node-port-range` of its API server has others")),
        );
    }
    let port = service.port();
    if let Some(other) = cluster.etcd.lists().flatten().find(|dialled| dialled.endpoint.port != port) {
        let message = format!("`{}` is not the port of the Service of `{}`, which is {port}", other.endpoint, cluster.name);
        let finding = Diagnostic::new(Code::ServicePort, other.path.clone(), message).also(at, "the Service");
        findings.push(finding.help(format!("dial port {port}, or correct the Service")));
    }
    findings
}

/// With kube-proxy replacement, up to 1.18, an agent that dials another cluster's node at a `NodePort` of its own reaches its own service
/// (cilium/cilium#24692, fixed by #41337 in 1.19).
fn check_node_port(reader: &Cluster, remote: &Cluster) -> Option<Diagnostic> {
    if reader.runtime.helm().is_none()
        || remote.runtime.helm().is_none()
        || reader.cilium.version.has(Feature::NodePortsByAddress)
    {
        return None;
    }
    let own: BTreeSet<u16> = reader.etcd.lists().flatten().map(|dialled| dialled.endpoint.port).collect();
    let dialled = remote.etcd.dialled_by(&reader.name).iter();
    let same = dialled
        .into_iter()
        .find(|dialled| NODE_PORTS.contains(&dialled.endpoint.port) && own.contains(&dialled.endpoint.port))?;
    let port = same.endpoint.port;
    let message = format!("at port {port}, `{}` may reach its own etcd instead of that of `{}`", reader.name, remote.name);
    let finding = Diagnostic::new(Code::SameNodePort, same.path.clone(), message);
    Some(finding.help(format!("give one of the two another port: `clustermesh.apiserver.service.nodePort: {}`", another(port))))
}

/// Kubernetes' default range (`--service-node-port-range` of kube-apiserver).
const NODE_PORTS: RangeInclusive<u16> = 30000..=32767;

/// A port beside it in that range.
fn another(port: u16) -> u16 {
    if port == *NODE_PORTS.end() { port - 1 } else { port + 1 }
}

/// A name that a chart writes as a key without quotes (`{{ .name }}:` in templates/clustermesh-config of the chart, each minor).
fn check_name(cluster: &Cluster) -> Option<Diagnostic> {
    let name = cluster.name.as_str();
    let read = read_by_yaml(name)?;
    let message = format!("`{name}` is the name of a cluster only in quotes: YAML 1.1 reads it as {read}");
    let finding = Diagnostic::new(Code::NameNotText, cluster.path.field("name"), message).cause(
        "Cilium's chart writes it without quotes, and two such names may become one key; meshbundle's own Secrets have quotes",
    );
    Some(finding.help("give the cluster another name before it is linked, such as one with a `-`"))
}

/// What Kubernetes makes of a name without quotes, if that is not the name.
fn read_by_yaml(name: &str) -> Option<String> {
    match key_as_json(name, false) {
        Some(_) if name == "null" => Some("nothing".to_owned()),
        Some(read) => (read != name).then(|| format!("`{read}`")),
        None => Some("a number that is too large".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::read_by_yaml;

    #[test]
    fn names_that_are_no_text_are_known() {
        for name in ["no", "on", "y", "n", "null", "010", "08", "00", "1e3", "0x1f", "0o17", "0b11"] {
            assert!(read_by_yaml(name).is_some(), "{name}");
        }
        for name in ["oslo", "no-1", "1-2", "e3", "0-0", "none", "yes2", "true", "false", "7", "12", "0", "nan", "2026-01-01"] {
            assert!(read_by_yaml(name).is_none(), "{name}");
        }
    }
}
