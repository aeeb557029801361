//! Every name that a program of the mesh dials, in order, with who needs it and what the mesh says of its addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Dialled, Host};

use super::answer::{self, NameAnswer};
use super::need::{NameNeed, NameUser, NameWay};

/// A name that must resolve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeshName {
    /// The name, in lower case, without a dot at its end.
    pub name: String,
    /// What the clusters whose etcd has it say of its addresses.
    pub answers: BTreeSet<NameAnswer>,
    /// Who needs it.
    pub needs: BTreeSet<NameNeed>,
}

impl MeshName {
    /// Every address that the mesh gives it.
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        self.answers.iter().flat_map(|answer| &answer.addresses).copied().collect()
    }

    /// Whether two clusters give it different addresses.
    pub fn has_two_meanings(&self) -> bool {
        let mut each = self.answers.iter().map(|answer| &answer.addresses);
        each.next().is_some_and(|first| each.any(|other| other != first))
    }

    /// Whether it is a Service that Kubernetes resolves for everyone who needs it.
    pub fn is_service(&self) -> bool {
        self.needs.iter().all(|need| need.way == NameWay::Service)
    }
}

/// What is known of a name while names are collected.
#[derive(Default)]
struct Found {
    answers: BTreeSet<NameAnswer>,
    needs: BTreeSet<NameNeed>,
}

/// All names, in alphabetical order. Names that every machine knows (`localhost`) are not among them.
pub fn names(mesh: &CheckedMesh) -> Vec<MeshName> {
    let clusters = mesh.clusters();
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for (name, cluster) in &clusters {
        for remote in mesh.links(name).iter().filter_map(|remote| clusters.get(remote)) {
            for host in hosts(remote.etcd.dialled_by(name)) {
                let need = NameNeed::of_reader(cluster, is_alias(remote, host));
                add(&mut found, remote, host, need);
            }
        }
        of_cluster(cluster, &mut found);
    }
    let name = |(name, Found { answers, needs })| MeshName { name, answers, needs };
    found.into_iter().map(name).collect()
}

/// The names that programs of one cluster dial within it.
fn of_cluster(cluster: &Cluster, found: &mut BTreeMap<String, Found>) {
    let etcd = &cluster.etcd;
    if !cluster.runtime.has_foreign_etcd() {
        for host in hosts(etcd.dialled_by(&cluster.name)) {
            add(found, cluster, host, NameNeed::of_local_clients(cluster, is_alias(cluster, host)));
        }
    }
    if etcd.peers {
        for host in etcd.members.iter().flat_map(|member| &member.addresses) {
            add(found, cluster, host, [NameNeed::new(cluster, NameUser::Members, NameWay::HostsOrDns)]);
        }
    }
    // With KVStoreMesh, agents dial the Service (templates/clustermesh-config/_helpers.tpl of the chart, from 1.14 on).
    if let Some(release) = cluster.runtime.helm().filter(|release| release.kvstoremesh.value()) {
        let need = NameNeed::new(cluster, NameUser::Agents, NameWay::Service);
        found.entry(release.service_host()).or_default().needs.insert(need);
    }
}

fn hosts(dialled: &[Dialled]) -> impl Iterator<Item = &Host> {
    dialled.iter().map(|dialled| &dialled.endpoint.host)
}

fn is_alias(cluster: &Cluster, host: &Host) -> bool {
    cluster.etcd.host_aliases.contains_key(host)
}

/// Adds `needs` of the name of the etcd of `cluster`; an address needs nothing.
fn add(found: &mut BTreeMap<String, Found>, cluster: &Cluster, host: &Host, needs: impl IntoIterator<Item = NameNeed>) {
    let Some(name) = host.name().filter(|name| *name != "localhost") else { return };
    let mut needs = needs.into_iter().peekable();
    if needs.peek().is_none() {
        return;
    }
    let entry = found.entry(name.to_owned()).or_default();
    entry.answers.extend(answer::find(cluster, name));
    entry.needs.extend(needs);
}
