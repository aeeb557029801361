//! Endpoints over the whole mesh: which etcd answers there, and whether agents can reach it.
//!
//! `proof` checks whether a certificate covers a host.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use crate::diag::{Code, Collector, Diagnostic, FieldPath, Severity};
use crate::mesh::{Cluster, ClusterName, Dialled, Endpoint, Host, Mesh};

use super::balancers::is_routed_by_name;
use super::duplicates::find_duplicates;
use super::links::Readers;
use super::unreachable::explain_unreachable;

pub(super) fn check(mesh: &Mesh, readers: &Readers<'_>) -> Vec<Diagnostic> {
    let mut findings = Collector::of_mesh();
    for cluster in &mesh.clusters {
        for list in cluster.etcd.lists() {
            check_duplicates(list, &mut findings);
            list.iter().for_each(|dialled| check_local(&dialled.endpoint.host, &dialled.path, &mut findings));
        }
        check_local_aliases(cluster, &mut findings);
    }
    check_shared(mesh, readers, &mut findings);
    check_members_of_others(mesh, &mut findings);
    findings.finish()
}

fn check_duplicates(list: &[Dialled], findings: &mut Collector) {
    for (dialled, first) in find_duplicates(list, |dialled| &dialled.endpoint) {
        let message = format!("duplicate endpoint `{}`", dialled.endpoint);
        findings.push(
            Diagnostic::new(Code::EndpointTwice, dialled.path.clone(), message)
                .label("again here")
                .also(first.path.clone(), "first here")
                .help("remove it, or replace it by another member"),
        );
    }
}

fn check_local(host: &Host, path: &FieldPath, findings: &mut Collector) {
    let what = match host {
        Host::Ip(address) => explain_unreachable(*address),
        Host::Name(name) if name == "localhost" => Some("a loopback address: every agent would connect to its own host"),
        Host::Name(_) => None,
    };
    let Some(what) = what else { return };
    // Without a zone the system does not know the link, and no certificate has a name with a zone: no agent connects.
    let hopeless = matches!(host, Host::Ip(IpAddr::V6(address)) if address.is_unicast_link_local());
    let finding = Diagnostic::new(Code::LocalEndpoint, path.clone(), format!("`{host}` is {what}"))
        .help("write an address at which nodes of other clusters reach this etcd");
    findings.push(if hopeless { finding.severity(Severity::Error) } else { finding });
}

fn check_local_aliases(cluster: &Cluster, findings: &mut Collector) {
    let path = cluster.path.field("etcd").field("hostAliases");
    for (name, addresses) in &cluster.etcd.host_aliases {
        let path = path.field(&name.to_string());
        addresses.iter().for_each(|address| check_local(&Host::Ip(*address), &path, findings));
    }
}

/// One endpoint for two clusters that one reader dials: two readers may reach two etcds at one address by port forwarding.
fn check_shared(mesh: &Mesh, readers: &Readers<'_>, findings: &mut Collector) {
    let mut users: HashMap<&Endpoint, Vec<(&Cluster, &Dialled)>> = HashMap::new();
    for cluster in &mesh.clusters {
        for dialled in cluster.etcd.lists().flatten() {
            users.entry(&dialled.endpoint).or_default().push((cluster, dialled));
        }
    }
    let mut reported: BTreeSet<(&ClusterName, &Endpoint)> = BTreeSet::new();
    for cluster in &mesh.clusters {
        for dialled in cluster.etcd.lists().flatten() {
            let Some(users) = users.get(&dialled.endpoint) else { continue };
            let earlier = users.iter().take_while(|(other, _)| other.path != cluster.path);
            let clash = |(other, theirs): &&(&Cluster, &Dialled)| {
                // A balancer distinguishes them by name.
                let by_name = is_routed_by_name(cluster, dialled) && is_routed_by_name(other, theirs);
                !by_name && are_both_dialled(readers, (cluster, dialled), (other, theirs))
            };
            let Some((first, theirs)) = earlier.clone().find(clash) else { continue };
            if reported.insert((&cluster.name, &dialled.endpoint)) {
                let message = format!("`{}` is an endpoint of both `{}` and `{}`", dialled.endpoint, first.name, cluster.name);
                findings.push(
                    Diagnostic::new(Code::SharedEndpoint, dialled.path.clone(), message)
                        .label(format!("for `{}`", cluster.name))
                        .also(theirs.path.clone(), format!("for `{}`", first.name))
                        .help("each cluster has a separate etcd: correct the endpoint of one of them"),
                );
            }
        }
    }
}

/// Whether a reader of both clusters uses both entries.
fn are_both_dialled(readers: &Readers<'_>, (a, of_a): (&Cluster, &Dialled), (b, of_b): (&Cluster, &Dialled)) -> bool {
    let readers_of = |cluster: &Cluster| readers.get(&cluster.name).into_iter().flatten();
    let uses = |reader: &ClusterName, cluster: &Cluster, dialled: &Dialled| {
        cluster.etcd.dialled_by(reader).iter().any(|one| one.path == dialled.path)
    };
    let of_b_readers: BTreeSet<&ClusterName> = readers_of(b).map(|reader| &reader.name).collect();
    let mut both = readers_of(a).map(|reader| &reader.name).filter(|reader| of_b_readers.contains(reader));
    both.any(|reader| uses(reader, a, of_a) && uses(reader, b, of_b))
}

/// An endpoint that is the address of a member of another cluster's etcd, and not of its own.
fn check_members_of_others(mesh: &Mesh, findings: &mut Collector) {
    let mut owners: HashMap<&Host, Vec<(&Cluster, &FieldPath)>> = HashMap::new();
    for cluster in &mesh.clusters {
        for member in &cluster.etcd.members {
            member.addresses.iter().for_each(|address| owners.entry(address).or_default().push((cluster, &member.path)));
        }
    }
    for cluster in mesh.clusters.iter().filter(|cluster| !cluster.etcd.members.is_empty()) {
        for dialled in cluster.etcd.lists().flatten() {
            let host = &dialled.endpoint.host;
            let Some(owners) = owners.get(host) else { continue };
            let own = owners.iter().any(|(owner, _)| owner.path == cluster.path);
            let Some((owner, member)) = owners.first().filter(|_| !own) else { continue };
            let message = format!("`{host}` is a member of the etcd of `{}`, not of `{}`", owner.name, cluster.name);
            findings.push(
                Diagnostic::new(Code::OtherEtcdsMember, dialled.path.clone(), message)
                    .label(format!("endpoint of `{}`", cluster.name))
                    .also((*member).clone(), format!("member of `{}`", owner.name))
                    .help("list the members of one etcd only"),
            );
        }
    }
}
