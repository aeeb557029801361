//! What Cilium and meshbundle need of a network: one table, each line with its source. A minor of Cilium that differs is a line more.

use crate::mesh::{CiliumVersion, Runtime, ServiceType};

use super::party::Party;
use super::traffic::Traffic;

/// What a flow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Agents, or `KVStoreMesh`, read the etcd of another cluster; `probe` tries the same.
    RemoteEtcd,
    /// The same, from the pod of `KVStoreMesh`.
    RemoteEtcdOfPods,
    /// Agents, the operator and the announcer of a cluster use its own etcd.
    LocalEtcd,
    /// The same, of a cluster that others run.
    ForeignLocalEtcd,
    /// Members of an etcd replicate.
    EtcdPeers,
    /// `etcd-auth.sh` and etcdctl on one member reach the others.
    FromMember,
    /// A balancer passes connections on to members.
    BehindBalancer,
    /// The same, with the addresses of those who dialled it.
    ThroughBalancer,
    /// `probe --members` and `etcd-auth.sh`.
    Administration,
    /// The tunnel between nodes.
    Tunnel,
    /// The tunnel, where `WireGuard` encrypts.
    TunnelWithWireguard,
    /// The tunnel, where `IPsec` encrypts.
    TunnelWithIpsec,
    /// `WireGuard` between nodes.
    Wireguard,
    /// `IPsec` between nodes.
    Ipsec,
    /// The health check of nodes, by TCP.
    HealthTcp,
    /// The health check of nodes, by ICMP.
    HealthEcho,
    /// Pods without a tunnel.
    RoutedPods,
    /// Nodes to pods without a tunnel.
    RoutedPodsOfNodes,
}

/// Whether a mesh works without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// It does not.
    Required,
    /// It does, and something that is for people is missing.
    Optional,
    /// That depends on what the mesh does not say.
    Depends,
}

/// UDP port of VXLAN (`TunnelPortVXLAN` in pkg/defaults/defaults.go of cilium/cilium, each minor).
pub(super) const VXLAN: u16 = 8472;
/// UDP port of Geneve (`TunnelPortGeneve` there).
pub(super) const GENEVE: u16 = 6081;
/// UDP port of `WireGuard` (`ListenPort` in pkg/wireguard/types/types.go).
pub(super) const WIREGUARD: u16 = 51871;
/// TCP port of the health check (`ClusterHealthPort` in pkg/defaults/defaults.go).
pub(super) const HEALTH: u16 = 4240;

const FIREWALL: &str = "operations/system_requirements/#firewall-rules";
const IPSEC: &str = "security/network/encryption-ipsec/";
const WIREGUARD_PAGE: &str = "security/network/encryption-wireguard/";
const ETCD_PORTS: &str = "https://etcd.io/docs/v3.5/op-guide/configuration/";

/// Where a purpose is documented from a minor on: a page of docs.cilium.io for that minor, or the address of another page.
#[rustfmt::skip]
const PAGES: [(Purpose, CiliumVersion, &str); 21] = [
    (Purpose::RemoteEtcd,          CiliumVersion::OLDEST,      FIREWALL),
    // "destined to an IP address outside of the ipv4-native-routing-cidr range": others keep the address of the pod.
    (Purpose::RemoteEtcdOfPods,    CiliumVersion::OLDEST,      "network/concepts/masquerading/"),
    (Purpose::LocalEtcd,           CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::ForeignLocalEtcd,    CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::EtcdPeers,           CiliumVersion::OLDEST,      ETCD_PORTS),
    (Purpose::FromMember,          CiliumVersion::OLDEST,      ETCD_PORTS),
    (Purpose::BehindBalancer,      CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::ThroughBalancer,     CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::Administration,      CiliumVersion::OLDEST,      ETCD_PORTS),
    (Purpose::Tunnel,              CiliumVersion::OLDEST,      FIREWALL),
    // 1.14: "the overlay ports must also be allowed". From 1.15 on: "pod to pod traffic is encapsulated twice".
    (Purpose::TunnelWithWireguard, CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::TunnelWithWireguard, CiliumVersion::new(1, 15),  WIREGUARD_PAGE),
    // "Prior to v1.18, IPsec encryption was performed before tunnel encapsulation."
    (Purpose::TunnelWithIpsec,     CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::TunnelWithIpsec,     CiliumVersion::new(1, 18),  IPSEC),
    (Purpose::Wireguard,           CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::Ipsec,               CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::HealthTcp,           CiliumVersion::OLDEST,      FIREWALL),
    (Purpose::HealthEcho,          CiliumVersion::OLDEST,      FIREWALL),
    // "Additional Requirements for Native-routed Datapath Modes": clustermesh.rst up to 1.19, then setup.rst.
    (Purpose::RoutedPods,          CiliumVersion::OLDEST,      "network/clustermesh/clustermesh/"),
    (Purpose::RoutedPods,          CiliumVersion::new(1, 20),  "network/clustermesh/setup/"),
    // "If you are running in direct routing mode, your network must allow routing of pod IPs."
    (Purpose::RoutedPodsOfNodes,   CiliumVersion::OLDEST,      FIREWALL),
];

/// A port that Cilium has for something that a mesh does not say.
#[derive(Debug, Clone, Copy)]
pub struct Unjudged {
    /// The port.
    pub traffic: Traffic,
    /// Who needs it.
    pub what: &'static str,
}

/// The ports between nodes that are in the table of the page `FIREWALL` (each minor), and in no list here.
pub const UNJUDGED: [Unjudged; 2] = [
    Unjudged { traffic: Traffic::Tcp(4244), what: "Hubble Relay of one cluster asks nodes of another" },
    Unjudged { traffic: Traffic::Tcp(4250), what: "policies demand mutual authentication" },
];

impl Purpose {
    /// Whether the mesh works without it.
    pub const fn need(self) -> Need {
        match self {
            Self::RemoteEtcd
            | Self::LocalEtcd
            | Self::EtcdPeers
            | Self::BehindBalancer
            | Self::Tunnel
            | Self::TunnelWithWireguard
            | Self::TunnelWithIpsec
            | Self::Wireguard
            | Self::Ipsec
            | Self::RoutedPods
            | Self::RoutedPodsOfNodes => Need::Required,
            // "recommended but optional"
            Self::HealthTcp | Self::HealthEcho | Self::Administration | Self::FromMember => Need::Optional,
            Self::ThroughBalancer | Self::RemoteEtcdOfPods | Self::ForeignLocalEtcd => Need::Depends,
        }
    }

    /// The page for agents of `version`.
    pub(super) fn source(self, version: CiliumVersion) -> String {
        let rows = PAGES.iter().filter(|(purpose, since, _)| *purpose == self && *since <= version);
        let page = rows.max_by_key(|(_, since, _)| *since).map_or(FIREWALL, |(.., page)| page);
        match page {
            page if page.starts_with("https://") => page.to_owned(),
            page if version <= CiliumVersion::NEWEST => format!("https://docs.cilium.io/en/v{version}/{page}"),
            page => format!("https://docs.cilium.io/en/latest/{page}"),
        }
    }

    /// What it is for, in words.
    pub(super) fn why(self, from: &Party<'_>, to: &Party<'_>) -> String {
        let version = to.cluster.map(|cluster| cluster.cilium.version).unwrap_or_default();
        let text = match self {
            Self::RemoteEtcd => return remote_etcd(from, to),
            Self::RemoteEtcdOfPods => {
                "if Cilium does not masquerade the pod of KVStoreMesh, such as within the native routing CIDR"
            }
            Self::LocalEtcd if to.cluster.is_some_and(|cluster| cluster.etcd.announce) => {
                "agents and the announcer use their own etcd"
            }
            Self::LocalEtcd => "agents and the operator use their own etcd",
            Self::ForeignLocalEtcd => "if its agents use this etcd: others run them",
            Self::EtcdPeers => "members of the etcd replicate",
            Self::FromMember => "`etcd-auth.sh` and etcdctl, on a member",
            Self::BehindBalancer => "the balancer passes connections on",
            Self::ThroughBalancer => "if the balancer keeps the addresses of agents",
            Self::Administration => "`probe --members` and `etcd-auth.sh`",
            Self::Tunnel => "pods and nodes, in the tunnel",
            Self::TunnelWithWireguard if version < CiliumVersion::new(1, 15) => {
                "the tunnel, for what WireGuard does not encrypt, such as traffic of nodes"
            }
            Self::TunnelWithWireguard => {
                "the tunnel is in WireGuard; what that does not encrypt, such as traffic of nodes, is in the tunnel alone"
            }
            Self::TunnelWithIpsec if version < CiliumVersion::new(1, 18) => "the tunnel, with what IPsec has encrypted in it",
            Self::TunnelWithIpsec => {
                "the tunnel is in ESP; what IPsec does not encrypt, such as traffic of nodes, is in the tunnel alone"
            }
            Self::Wireguard => "encrypted traffic of pods",
            Self::Ipsec => "encrypted traffic of pods, IP protocol 50",
            Self::HealthTcp => "cilium-health; this or ICMP is enough",
            Self::HealthEcho => "cilium-health; this or TCP 4240 is enough",
            Self::RoutedPods => "pods without a tunnel, at any port that they use",
            Self::RoutedPodsOfNodes => "nodes to pods without a tunnel: programs of nodes, and cilium-health",
        };
        text.to_owned()
    }
}

fn remote_etcd(from: &Party<'_>, to: &Party<'_>) -> String {
    let (Some(reader), Some(remote)) = (from.cluster, to.cluster) else { return String::new() };
    let through = reader.runtime.helm().is_some_and(|release| release.kvstoremesh.value());
    let who = if through { "KVStoreMesh, on any node, reads" } else { "agents read" };
    let how = match &remote.runtime {
        Runtime::Helm(release) => match release.known_service.kind {
            Some(ServiceType::LoadBalancer) => "; LoadBalancer of clustermesh-apiserver",
            Some(ServiceType::ClusterIp) => "; ClusterIP of clustermesh-apiserver",
            Some(ServiceType::NodePort) => "; NodePort of clustermesh-apiserver",
            None => "; Service of clustermesh-apiserver, the chart's default is NodePort",
        },
        Runtime::Compose { .. } | Runtime::Systemd { .. } | Runtime::External => "",
    };
    format!("{who} the etcd of {}{how}", remote.name)
}

#[cfg(test)]
mod tests {
    use super::{CiliumVersion, PAGES, Purpose};

    #[test]
    fn each_minor_has_its_own_page() {
        let source = |minor| Purpose::RoutedPods.source(CiliumVersion::new(1, minor));
        assert_eq!(source(19), "https://docs.cilium.io/en/v1.19/network/clustermesh/clustermesh/");
        assert_eq!(source(20), "https://docs.cilium.io/en/v1.20/network/clustermesh/setup/");
        assert_eq!(source(21), "https://docs.cilium.io/en/latest/network/clustermesh/setup/");
        // Each purpose has a page of the oldest minor.
        assert!(
            PAGES.iter().all(|(purpose, ..)| PAGES
                .iter()
                .any(|(other, since, _)| { other == purpose && *since == CiliumVersion::OLDEST }))
        );
    }
}
