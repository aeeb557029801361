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

impl HostCertificate {
    /// The hosts as the inventory keeps them.
    pub(super) fn hosts(&self) -> impl Iterator<Item = String> {
        let addresses = self.ip_addresses.iter().map(ToString::to_string);
        self.dns_names.iter().cloned().chain(addresses)
    }

    /// Adds hosts that it must cover, too.
    pub(super) fn add(&mut self, hosts: impl IntoIterator<Item = Host>) {
        let mut names: BTreeSet<String> = self.dns_names.drain(..).collect();
        let mut addresses: BTreeSet<IpAddr> = self.ip_addresses.drain(..).collect();
        for host in hosts {
            match host {
                Host::Ip(address) => addresses.insert(address),
                Host::Name(name) => names.insert(name),
            };
        }
        (self.dns_names, self.ip_addresses) = (names.into_iter().collect(), addresses.into_iter().collect());
    }
}

/// A certificate for `hosts`, and for what the mesh adds.
pub(super) fn covering<'a>(etcd: &Etcd, hosts: impl Iterator<Item = &'a Host>, credential: CredentialKey) -> HostCertificate {
    let (dns_names, ip_addresses) = (etcd.extra_dns_names.clone(), etcd.extra_ip_addresses.clone());
    let mut certificate = HostCertificate { credential, dns_names, ip_addresses };
    certificate.add(hosts.cloned());
    certificate
}
