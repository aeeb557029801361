//! Names of endpoints: how agents without a Kubernetes API resolve them, and what that requires of the host.

use std::collections::BTreeSet;

use crate::diag::{Code, Collector, Diagnostic};
use crate::mesh::{Cluster, Feature, Host, Mesh, Runtime};

use super::links::{self, Readers};
use super::outliers::list_clusters;

pub(super) fn check(mesh: &Mesh, readers: &Readers<'_>) -> Vec<Diagnostic> {
    let mut findings = Collector::of_mesh();
    for cluster in &mesh.clusters {
        check_unused(cluster, &mut findings);
        check_hidden_from_local(cluster, &mut findings);
        check_one_address(cluster, readers.get(&cluster.name).map_or(&[][..], Vec::as_slice), &mut findings);
        let Some(readers) = readers.get(&cluster.name) else { continue };
        check_unresolved(cluster, readers, &mut findings);
        check_hidden(cluster, readers, &mut findings);
        check_hidden_from_pods(cluster, readers, &mut findings);
    }
    findings.finish()
}

fn check_unused(cluster: &Cluster, findings: &mut Collector) {
    let path = cluster.path.field("etcd").field("hostAliases");
    let names: BTreeSet<&Host> = cluster.etcd.lists().flatten().map(|dialled| &dialled.endpoint.host).collect();
    for name in cluster.etcd.host_aliases.keys().filter(|name| !names.contains(name)) {
        let message = format!("no endpoint of `{}` has the name `{name}`", cluster.name);
        findings.push(
            Diagnostic::new(Code::AliasUnused, path.field(&name.to_string()), message)
                .help("use the name of the endpoint, or remove the alias"),
        );
    }
}

/// Endings of names that only the DNS of a cluster knows, and Helm's domain of remote clusters, which no DNS knows
/// (`clustermesh.config.domain` in the chart's values).
const NOT_IN_DNS: [&str; 3] = [".mesh.cilium.io", ".svc", ".cluster.local"];

fn check_unresolved(cluster: &Cluster, readers: &[&Cluster], findings: &mut Collector) {
    for dialled in links::dialled_endpoints(cluster, readers) {
        let host = &dialled.endpoint.host;
        let Some(name) = host.name().filter(|_| !cluster.etcd.host_aliases.contains_key(host)) else { continue };
        let why = if NOT_IN_DNS.iter().any(|ending| name.ends_with(ending)) {
            "it exists only in Kubernetes DNS"
        } else if !name.contains('.') && name != "localhost" {
            "it has no domain, so each node would search its own domains"
        } else {
            continue;
        };
        findings.push(
            Diagnostic::new(Code::NameUnresolved, dialled.path.clone(), format!("`{name}` may resolve to nothing: {why}"))
                .cause("agents wait 15 minutes for the name, and report nothing")
                .help(format!("set its addresses: `etcd.hostAliases: {{ {name}: [ADDRESS] }}`")),
        );
    }
}

/// Aliases are for configs of remote clusters: no version reads them in the config of the local etcd (newConfig in
/// pkg/kvstore/etcd.go).
fn check_hidden_from_local(cluster: &Cluster, findings: &mut Collector) {
    if !cluster.etcd.has_own_clients() {
        return;
    }
    let dialled: BTreeSet<&Host> = cluster.etcd.dialled_by(&cluster.name).iter().map(|dialled| &dialled.endpoint.host).collect();
    for name in cluster.etcd.host_aliases.keys().filter(|name| dialled.contains(name)) {
        let message = format!("the local clients of `{}` find `{name}` only in a hosts file", cluster.name);
        let path = cluster.path.field("etcd").field("hostAliases").field(&name.to_string());
        let finding = Diagnostic::new(Code::AliasHidesHosts, path, message);
        findings.push(finding.cause("no version of Cilium reads host aliases in the config of the local etcd").help(format!(
            "use an address for them: `etcd.endpointsFor: {{ {}: [https://ADDRESS:2379] }}`, or add the name to the hosts file of those nodes",
            cluster.name
        )));
    }
}

fn check_hidden(cluster: &Cluster, readers: &[&Cluster], findings: &mut Collector) {
    for name in cluster.etcd.host_aliases.keys() {
        let needs = |reader: &&&Cluster| {
            !reader.cilium.version.has(Feature::HostAliases)
                && reader.runtime.helm().is_none()
                && cluster.etcd.dialled_by(&reader.name).iter().any(|dialled| dialled.endpoint.host == *name)
        };
        let old: Vec<&Cluster> = readers.iter().filter(needs).copied().collect();
        if old.is_empty() {
            continue;
        }
        let since = Feature::HostAliases.since();
        let message = format!(
            "agents older than {since} find `{name}` only in a hosts file: {}",
            list_clusters(&old, |one| format!("`{}`", one.name))
        );
        let compose = old.iter().any(|reader| matches!(reader.runtime, Runtime::Compose { .. }));
        // A container of compose does not see the hosts file of its node.
        let help = if old.iter().all(|reader| matches!(reader.runtime, Runtime::Compose { .. })) {
            "use an address that a server certificate covers, or accept it: the compose files of their bundles have the name"
        } else {
            "use an address that a server certificate covers, or add the name to the hosts file of those nodes"
        };
        let cause = if compose {
            "with compose, the name is in `extra_hosts`: Docker then writes a hosts file that hides the host's, even with host networking (docker/cli#4563)"
        } else {
            "their bundles have the lines in `etc/cilium/clustermesh.hosts`, but nothing adds them to /etc/hosts"
        };
        findings.push(
            Diagnostic::new(
                Code::AliasHidesHosts,
                cluster.path.field("etcd").field("hostAliases").field(&name.to_string()),
                message,
            )
            .cause(cause)
            .help(help),
        );
    }
}

/// Pods have the host aliases that the chart renders, and it renders them only for what is in its values
/// (templates/cilium-agent/daemonset.yaml and clustermesh-apiserver/deployment.yaml), where meshbundle writes no remote clusters.
fn check_hidden_from_pods(cluster: &Cluster, readers: &[&Cluster], findings: &mut Collector) {
    let pods =
        readers.iter().filter(|reader| reader.runtime.helm().is_some() && !reader.cilium.version.has(Feature::HostAliases));
    for (reader, dialled) in pods.flat_map(|reader| cluster.etcd.dialled_by(&reader.name).iter().map(move |one| (reader, one))) {
        let host = &dialled.endpoint.host;
        if !cluster.etcd.host_aliases.contains_key(host) {
            continue;
        }
        let path = cluster.path.field("etcd").field("hostAliases").field(&host.to_string());
        let message = format!(
            "the pods of `{}` find `{host}` only in DNS: its chart is older than {}",
            reader.name,
            Feature::HostAliases.since()
        );
        findings.push(
            Diagnostic::new(Code::AliasHidesHosts, path, message)
                .cause("they have no hosts file for it: Cilium's chart writes one only for clusters in its values, and there they are not")
                .help(format!(
                    "use an address that a server certificate covers: `etcd.endpointsFor: {{ {}: [https://ADDRESS:{}] }}`",
                    reader.name, dialled.endpoint.port
                )),
        );
    }
}

/// Names in `extra_hosts` of the override. docker-compose 1 merges those of two files by name, even if the other file has none
/// (`parse_extra_hosts` in compose/config/types.py); later engines and podman-compose keep every address.
fn check_one_address(cluster: &Cluster, readers: &[&Cluster], findings: &mut Collector) {
    for (name, addresses) in cluster.etcd.host_aliases.iter().filter(|(_, addresses)| addresses.len() > 1) {
        let is_dialled = |by: &Cluster| cluster.etcd.dialled_by(&by.name).iter().any(|dialled| dialled.endpoint.host == *name);
        let own = (cluster.etcd.has_own_clients() && is_dialled(cluster)).then_some(cluster);
        let old = readers.iter().copied().filter(|one| !one.cilium.version.has(Feature::HostAliases) && is_dialled(one));
        let under: Vec<&Cluster> =
            own.into_iter().chain(old).filter(|one| matches!(one.runtime, Runtime::Compose { .. })).collect();
        let Some(last) = addresses.last().filter(|_| !under.is_empty()) else { continue };
        let message = format!(
            "docker-compose 1 keeps one of the {} addresses of `{name}`: {}",
            addresses.len(),
            list_clusters(&under, |one| format!("`{}`", one.name))
        );
        let path = cluster.path.field("etcd").field("hostAliases").field(&name.to_string());
        let finding = Diagnostic::new(Code::OneAddress, path, message);
        findings.push(finding.help(format!("use an endpoint for each address, or keep one address: `{name}: [{last}]`")));
    }
}
