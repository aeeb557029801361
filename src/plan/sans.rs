//! The SANs of a member's certificates: the hosts that they must be valid for. `cluster` decides which hosts a member has, and
//! `pki` writes them into the certificate.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::mesh::{Etcd, Host};

use super::credential::CredentialKey;

/// A certificate that is for hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCertificate {
    /// Which leaf it is.
    pub credential: CredentialKey,
    /// DNS names that it must cover.
    pub dns_names: Vec<String>,
    /// Addresses that it must cover.
    pub ip_addresses: Vec<IpAddr>,
}

/// A certificate for `hosts`, and for what the mesh adds.
pub(super) fn covering<'a>(etcd: &Etcd, hosts: impl Iterator<Item = &'a Host>, credential: CredentialKey) -> HostCertificate {
    let mut names: BTreeSet<String> = etcd.extra_dns_names.iter().cloned().collect();
    let mut addresses: BTreeSet<IpAddr> = etcd.extra_ip_addresses.iter().copied().collect();
    for host in hosts {
        match host {
            Host::Ip(address) => addresses.insert(*address),
            Host::Name(name) => names.insert(name.clone()),
        };
    }
    HostCertificate { credential, dns_names: names.into_iter().collect(), ip_addresses: addresses.into_iter().collect() }
}
