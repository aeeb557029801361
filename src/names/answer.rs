//! The addresses of a name, as far as the mesh says them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mesh::{Cluster, ClusterName, Host};

/// Where in `mesh.yaml` the addresses of a name are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AnswerSource {
    /// `etcd.hostAliases`.
    HostAliases,
    /// A member with this name, which has one address.
    Members,
    /// A balancer with this name, which has one address.
    Front,
}

/// What one cluster says of a name of its etcd.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameAnswer {
    /// The cluster.
    pub cluster: ClusterName,
    /// Where it says so.
    pub source: AnswerSource,
    /// The addresses.
    pub addresses: BTreeSet<IpAddr>,
}

/// What `cluster` says of `name`; nothing if it gives no address.
pub(super) fn find(cluster: &Cluster, name: &str) -> Option<NameAnswer> {
    let host = Host::Name(name.to_owned());
    let etcd = &cluster.etcd;
    let answer = |source, addresses| Some(NameAnswer { cluster: cluster.name.clone(), source, addresses });
    if let Some(addresses) = etcd.host_aliases.get(&host) {
        return answer(AnswerSource::HostAliases, addresses.iter().copied().collect());
    }
    let members = etcd.members.iter().map(|member| (AnswerSource::Members, &member.addresses));
    let front = etcd.front.iter().map(|front| (AnswerSource::Front, &front.names));
    let (source, hosts) = members.chain(front).find(|(_, hosts)| hosts.contains(&host))?;
    single(hosts).and_then(|addresses| answer(source, addresses))
}

/// The address of a machine with one, or its two of both families. Which of several is meant is not known.
fn single(hosts: &[Host]) -> Option<BTreeSet<IpAddr>> {
    let addresses: BTreeSet<IpAddr> =
        hosts.iter().filter_map(|host| if let Host::Ip(address) = host { Some(*address) } else { None }).collect();
    let old = addresses.iter().filter(|address| address.is_ipv4()).count();
    (!addresses.is_empty() && old <= 1 && addresses.len() - old <= 1).then_some(addresses)
}
