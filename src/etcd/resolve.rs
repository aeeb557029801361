//! Names -> addresses, as the agent's process would find them on this machine.
//!
//! First the host aliases of the config, where the version reads them (pkg/dial in cilium/cilium: static addresses, then DNS), then
//! `/etc/hosts`, then the name servers of `/etc/resolv.conf`. It does not use glibc: Go's own resolver, which agents use, does not
//! either. The static release binary could not: glibc loads NSS at run time (tests/dist/names.sh checks which files are opened for
//! a name).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::{Hosts, TokioResolver};

use crate::diag::Code;
use crate::mesh::{CiliumVersion, Feature};
use crate::verify::Peer;

use super::fault::Fault;

/// The addresses of a name. Agents keep the first that accepts TCP, even if it fails later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// At least one.
    pub(crate) all: Vec<IpAddr>,
    /// Whether every agent tries them in this order, every time. Cilium shuffles aliases (pkg/dial), name servers rotate, and Go
    /// sorts addresses of two families by what the machine reaches (net/addrselect.go).
    pub(crate) fixed: bool,
}

/// Finds addresses.
#[derive(Clone)]
pub(crate) struct Names {
    /// `None` if it cannot be created: then only addresses and aliases work.
    resolver: Option<TokioResolver>,
    /// `/etc/hosts`. Names in it are not looked up in DNS, whose servers may not answer at all (`net/lookup_unix.go` in Go).
    hosts: Arc<Hosts>,
    version: CiliumVersion,
}

impl Names {
    pub(crate) fn new(version: CiliumVersion) -> Self {
        let builder = TokioResolver::builder_tokio().unwrap_or_else(|_| {
            // Go does so where no name server is configured (net/dnsconfig.go).
            let local = NameServerConfig::udp_and_tcp(IpAddr::V4(Ipv4Addr::LOCALHOST));
            let config = ResolverConfig::from_name_servers(vec![local]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        });
        let mut builder = builder;
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        let hosts = Arc::new(Hosts::from_system().unwrap_or_default());
        Self { resolver: builder.build().ok(), hosts, version }
    }

    /// The version of the agents.
    pub(super) fn version(&self) -> CiliumVersion {
        self.version
    }

    /// The addresses of `host`, at least one.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn addresses(&self, host: &str, peer: &Peer) -> Result<Addresses, Fault> {
        let aliases = peer.config.aliases.get(host).filter(|addresses| !addresses.is_empty() && host.parse::<IpAddr>().is_err());
        if let Some(addresses) = aliases.filter(|_| self.version.has(Feature::HostAliases)) {
            return Ok(Addresses { all: addresses.clone(), fixed: false });
        }
        self.resolved(host).await.map_err(|reason| self.unknown(host, peer, &format!("`{host}` does not resolve: {reason}")))
    }

    /// The addresses of `host` by the hosts file and the name servers alone, at least one; or why there is none.
    pub(crate) async fn resolved(&self, host: &str) -> Result<Addresses, String> {
        if let Ok(address) = host.parse() {
            return Ok(Addresses { all: vec![address], fixed: true });
        }
        let entered = self.entered(host);
        if !entered.is_empty() {
            let fixed = entered.iter().all(IpAddr::is_ipv4);
            return Ok(Addresses { all: entered, fixed });
        }
        let Some(resolver) = &self.resolver else { return Err("this machine's resolver cannot be used".to_owned()) };
        match resolver.lookup_ip(host).await {
            Ok(found) => {
                let addresses: Vec<_> = found.iter().collect();
                if addresses.is_empty() {
                    return Err("it has no address".to_owned());
                }
                Ok(Addresses { all: addresses, fixed: false })
            }
            Err(error) if error.is_nx_domain() || error.is_no_records_found() => Err("no such name".to_owned()),
            Err(error) => Err(words(&error.to_string())),
        }
    }

    /// The fault of a name that has no address, or none in time.
    pub(super) fn unknown(&self, host: &str, peer: &Peer, message: &str) -> Fault {
        let fault = |help: String| Fault::new(Code::NameUnknown, message, help);
        if unread_aliases(peer) {
            let (version, since) = (self.version, Feature::HostAliases.since());
            fault(format!("enter `{host}` into `/etc/hosts`, or `extra_hosts` of the agent's container"))
                .because(format!("agents of Cilium {version} do not read `cilium-host-aliases`: {since} and newer do"))
        } else {
            fault(format!("enter `{host}` into `/etc/hosts` of this node (`extra_hosts` of the container), or into its DNS"))
        }
    }

    /// The addresses in the hosts file.
    fn entered(&self, host: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_str_relaxed(host.to_lowercase()) else { return Vec::new() };
        let kinds = [RecordType::A, RecordType::AAAA].into_iter();
        let found = kinds.filter_map(|kind| self.hosts.lookup_static_host(&Query::query(name.clone(), kind)));
        found.flat_map(|found| found.answers().iter().filter_map(|record| record.data.ip_addr()).collect::<Vec<_>>()).collect()
    }
}

/// Whether the config has aliases that agents of this version do not read.
fn unread_aliases(peer: &Peer) -> bool {
    peer.local.iter().any(|finding| finding.code == Code::AliasHidesHosts)
}

/// Replaces a message of the resolver library that users do not understand.
fn words(said: &str) -> String {
    if said.contains("no connections available") { "no name server can be reached".to_owned() } else { said.to_owned() }
}
