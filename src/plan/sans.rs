//! The SANs of a member's certificates: the hosts that they must be valid for. `keep` adds hosts that the mesh had before, and `pki`
//! writes them into the certificate.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::lint::{CheckedMesh, dialled_hosts, on_the_machine};
use crate::mesh::{Cluster, ClusterName, Host, Member};

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

/// The hosts that decide the certificates of the members of one etcd.
pub(super) struct MemberHosts<'a> {
    cluster: &'a Cluster,
    dialled: BTreeSet<&'a Host>,
    added: Vec<Host>,
}

impl<'a> MemberHosts<'a> {
    /// Of what every machine has, only `issued` is added, if that is given: a CA that the mesh no longer wants may be forbidden more than the
    /// one that follows it.
    pub(super) fn new(mesh: &CheckedMesh, cluster: &'a Cluster, issued: Option<&BTreeSet<String>>) -> Self {
        let reads = |reader: &str| {
            let own = reader == cluster.name.as_str() && cluster.etcd.has_own_clients();
            own || ClusterName::new(reader).is_ok_and(|reader| mesh.links(&reader).contains(&cluster.name))
        };
        let is_added = |host: &Host| match issued {
            Some(issued) => issued.contains(&host.to_string()),
            None => !mesh.leaves_out(&cluster.name, host),
        };
        let added = on_the_machine().into_iter().filter(is_added).collect();
        Self { cluster, dialled: dialled_hosts(&cluster.etcd, reads), added }
    }

    /// The certificate of a member towards clients. It covers every endpoint host that any link dials: which member is behind a name
    /// or a virtual address is not known here.
    pub(super) fn server(&self, member: &Member) -> HostCertificate {
        let key = CredentialKey::Server { cluster: self.cluster.name.clone(), member: member.name.clone() };
        let mut certificate = self.covering(key, self.dialled.iter().copied().chain(&member.addresses));
        if let Some(release) = self.cluster.runtime.helm() {
            // What its own pods dial, and the name that others use with `hostAliases`: the chart's certificates have both.
            let names = [release.service_host(), format!("{}.mesh.cilium.io", self.cluster.name)];
            certificate.add(names.iter().filter_map(|name| Host::new(name).ok()));
        }
        certificate
    }

    /// Its certificate towards other members. Peers dial members, and nothing else. A member that dials is compared with the addresses
    /// in its certificate, too (`checkCertSAN` in `client/pkg/transport/listener_tls.go` of etcd).
    pub(super) fn peer(&self, member: &Member) -> HostCertificate {
        let key = CredentialKey::Peer { cluster: self.cluster.name.clone(), member: member.name.clone() };
        self.covering(key, member.addresses.iter())
    }

    /// A certificate for `hosts`, and for what is added to all.
    fn covering<'h>(&'h self, credential: CredentialKey, hosts: impl Iterator<Item = &'h Host>) -> HostCertificate {
        let etcd = &self.cluster.etcd;
        let (dns_names, ip_addresses) = (etcd.extra_dns_names.clone(), etcd.extra_ip_addresses.clone());
        let mut certificate = HostCertificate { credential, dns_names, ip_addresses };
        certificate.add(hosts.chain(&self.added).cloned());
        certificate
    }
}
