//! The hosts that the certificates of an etcd's members are for: what links dial, and what the mesh adds by itself.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::mesh::{Etcd, Host};

/// Every host that a link, or the cluster's own clients, dial, and the names of the balancer before the etcd. `reads` says whether a
/// cluster of `endpointsFor` reads this etcd.
pub fn dialled_hosts(etcd: &Etcd, reads: impl Fn(&str) -> bool) -> BTreeSet<&Host> {
    let overrides = etcd.endpoints_for.iter().filter(|(reader, _)| reads(reader)).flat_map(|(_, endpoints)| endpoints);
    let front = etcd.front.iter().flat_map(|front| &front.names);
    etcd.endpoints.iter().chain(overrides).map(|dialled| &dialled.endpoint.host).chain(front).collect()
}

/// What is added for those who work on a member's machine.
pub fn on_the_machine() -> [Host; 3] {
    let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    [Host::Name("localhost".to_owned()), Host::Ip(loopback[0]), Host::Ip(loopback[1])]
}
