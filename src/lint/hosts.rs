//! The hosts of the certificates of an etcd's members: those that links dial, and those that meshbundle adds.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::mesh::{Etcd, Host};

/// Every host that a link or a local client dials, and the names of the balancer in front of the etcd. `reads` decides whether a
/// cluster of `endpointsFor` reads this etcd.
pub fn dialled_hosts(etcd: &Etcd, reads: impl Fn(&str) -> bool) -> BTreeSet<&Host> {
    let overrides = etcd.endpoints_for.iter().filter(|(reader, _)| reads(reader)).flat_map(|(_, endpoints)| endpoints);
    let front = etcd.front.iter().flat_map(|front| &front.names);
    etcd.endpoints.iter().chain(overrides).map(|dialled| &dialled.endpoint.host).chain(front).collect()
}

/// The hosts that are added for etcdctl on a member's machine.
pub fn on_the_machine() -> [Host; 3] {
    let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    [Host::Name("localhost".to_owned()), Host::Ip(loopback[0]), Host::Ip(loopback[1])]
}
