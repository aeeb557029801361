//! Balancers in front of an etcd, and endpoints that are neither members nor balancers. docs/balancers.md has the effects of each
//! kind, as they were tried.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::{Code, Collector, Diagnostic, FieldPath};
use crate::mesh::{Cluster, Dialled, Etcd, Front, FrontKind, Host, Mesh};

use super::unreachable::explain_unreachable;

pub(super) fn check(mesh: &Mesh) -> Vec<Diagnostic> {
    let mut findings = Collector::of_mesh();
    // Another etcd's member among the endpoints, and an endpoint of two etcds, are separate errors.
    let mut all: BTreeSet<&Host> = mesh.clusters.iter().flat_map(members).collect();
    let mut once = BTreeSet::new();
    for cluster in &mesh.clusters {
        let hosts: BTreeSet<&Host> = cluster.etcd.endpoints.iter().map(|dialled| &dialled.endpoint.host).collect();
        all.extend(hosts.into_iter().filter(|host| !once.insert(*host)));
    }
    for cluster in &mesh.clusters {
        let path = cluster.path.field("etcd").field("front");
        if let Some(front) = &cluster.etcd.front {
            match front.kind {
                FrontKind::Passthrough => {}
                FrontKind::Sni => check_addresses(cluster, front, &path, &mut findings),
                FrontKind::Terminates => check_one_user(cluster, &path, &mut findings),
            }
            check_certificate(front, &path, &mut findings);
        }
        check_strangers(cluster, &all, &mut findings);
    }
    findings.finish()
}

/// Whether a balancer routes to this cluster by the name in the handshake.
pub(super) fn is_routed_by_name(cluster: &Cluster, dialled: &Dialled) -> bool {
    let by_name = |front: &Front| front.kind == FrontKind::Sni && front.names.contains(&dialled.endpoint.host);
    cluster.etcd.front.as_ref().is_some_and(by_name) && dialled.endpoint.host.name().is_some()
}

fn check_addresses(cluster: &Cluster, front: &Front, path: &FieldPath, findings: &mut Collector) {
    let names = front.names.iter().enumerate().map(|(at, host)| (host, path.field("names").item(at)));
    let members = members(cluster);
    let endpoints = cluster.etcd.lists().flatten().map(|dialled| (&dialled.endpoint.host, dialled.path.clone()));
    let endpoints = endpoints.filter(|(host, _)| !members.contains(host));
    for (host, at) in names.chain(endpoints).filter(|(host, _)| host.name().is_none()) {
        let message =
            format!("`{host}` is an address, but the balancer in front of the etcd of `{}` routes by name", cluster.name);
        findings.push(
            Diagnostic::new(Code::FrontAddress, at, message)
                .help(format!("use a name in the endpoint, and set its address: `hostAliases: {{ NAME: [{host}] }}`")),
        );
    }
}

fn check_one_user(cluster: &Cluster, path: &FieldPath, findings: &mut Collector) {
    let name = cluster.etcd.client_name.to_string();
    if name.contains('{') {
        let message = format!(
            "the etcd of `{}` has a user for each reader (`{name}`), but a balancer in front of it terminates TLS",
            cluster.name
        );
        findings.push(
            Diagnostic::new(Code::FrontPerReader, path.field("kind"), message)
                .help("use the balancer's user for all readers: `clientName: remote`; or pass TLS through: `kind: passthrough`"),
        );
        return;
    }
    let message = format!("behind this balancer all readers of `{}` are one user", cluster.name);
    findings.push(
        Diagnostic::new(Code::FrontOneUser, path.field("kind"), message)
            .help("pass TLS through: `kind: passthrough`; or let the balancer verify clients, and accept this finding"),
    );
}

/// A certificate that is unused, or that is missing.
fn check_certificate(front: &Front, path: &FieldPath, findings: &mut Collector) {
    let (at, message, help) = match (front.kind, &front.certificate) {
        (FrontKind::Terminates, None) => (
            path.clone(),
            "the balancer terminates TLS, but its certificate is not given: links cannot be proven".to_owned(),
            "set the certificate that it presents, in PEM: `certificate: balancer.crt`",
        ),
        (FrontKind::Passthrough | FrontKind::Sni, Some(file)) => (
            path.field("certificate"),
            format!("`{file}` has no effect: the balancer passes TLS through"),
            "remove it; if the balancer terminates TLS, set `kind: terminates`",
        ),
        _ => return,
    };
    findings.push(Diagnostic::new(Code::FrontCertificate, at, message).help(help));
}

/// The names and addresses of the members.
fn members(cluster: &Cluster) -> BTreeSet<&Host> {
    cluster.etcd.members.iter().flat_map(|member| &member.addresses).collect()
}

/// The addresses at which agents find `host`, by the mesh. `None` for a name that is left to DNS.
fn addresses_of(etcd: &Etcd, host: &Host) -> Option<Vec<IpAddr>> {
    match host {
        Host::Ip(address) => Some(vec![*address]),
        Host::Name(_) => etcd.host_aliases.get(host).cloned(),
    }
}

/// Dialled addresses, direct or by a name in `hostAliases`, that belong to no member, no balancer and no other list. A name that
/// is left to DNS may lead to any address: if a member or a balancer has such a name, it may be the address in question.
fn check_strangers(cluster: &Cluster, all: &BTreeSet<&Host>, findings: &mut Collector) {
    let etcd = &cluster.etcd;
    let mut explained = members(cluster);
    let by_name = etcd.front.as_ref().is_some_and(|front| front.kind == FrontKind::Sni);
    if explained.is_empty() || by_name {
        return;
    }
    explained.extend(etcd.front.iter().flat_map(|front| &front.names));
    let Some(known) = explained.iter().map(|host| addresses_of(etcd, host)).collect::<Option<Vec<_>>>() else { return };
    let known: BTreeSet<_> = known.into_iter().flatten().chain(etcd.extra_ip_addresses.iter().copied()).collect();
    // An address that means each node itself has another finding.
    let strange = |address: &IpAddr| !known.contains(address) && explain_unreachable(*address).is_none();
    for dialled in etcd.endpoints.iter().filter(|dialled| !all.contains(&dialled.endpoint.host)) {
        let host = &dialled.endpoint.host;
        let extra = host.name().is_some_and(|name| etcd.extra_dns_names.iter().any(|extra| extra == name));
        let places = addresses_of(etcd, host).filter(|_| !extra).unwrap_or_default();
        let Some(address) = places.into_iter().find(strange) else { continue };
        let what = match host {
            Host::Ip(_) => format!("`{address}` is"),
            Host::Name(name) => format!("`{name}` has the address {address} in `hostAliases`, which is"),
        };
        let message = format!("{what} the address of neither a member nor a balancer of `{}`", cluster.name);
        findings.push(
            Diagnostic::new(Code::EndpointNobodys, dialled.path.clone(), message)
                .help(format!("correct it; if it is a balancer, set `front: {{ kind: passthrough, names: [\"{host}\"] }}`")),
        );
    }
}
