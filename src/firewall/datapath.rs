//! Cilium's own traffic between nodes and pods, from the settings of agents: what the mesh says, else the values of a Helm release, else
//! Cilium's defaults, which are named as such.

use crate::lint::CheckedMesh;
use crate::mesh::Cluster;
use crate::values::{ReleaseValues, chart};

use super::flow::Flow;
use super::needs::{GENEVE, HEALTH, Purpose, VXLAN, WIREGUARD};
use super::party::{Party, Role};
use super::traffic::Traffic;

/// A setting that the mesh does not say, and what was taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumption {
    /// The field of `cilium` that would say it.
    pub setting: Setting,
    /// Cilium's default; nothing where that depends on what is not known.
    pub value: Option<&'static str>,
}

/// A field of `cilium`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// `routingMode`.
    RoutingMode,
    /// `tunnelProtocol`.
    TunnelProtocol,
    /// `encryption`.
    Encryption,
}

impl Setting {
    /// Its name in the mesh.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoutingMode => "routingMode",
            Self::TunnelProtocol => "tunnelProtocol",
            Self::Encryption => "encryption",
        }
    }
}

/// The datapath of a cluster.
pub(super) struct Datapath {
    is_native: bool,
    /// The UDP port of its tunnel.
    tunnel: Option<u16>,
    encryption: Encryption,
    /// What was taken for what is not said.
    pub(super) assumed: Vec<Assumption>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encryption {
    None,
    Wireguard,
    Ipsec,
}

/// IPAM modes and chained plugins of clouds, with which pods are routed unless a chart's values say otherwise
/// (`routing-mode` in templates/cilium-configmap.yaml: `eni.enabled` counts from 1.20 on, `gke.enabled` before, too).
const OF_CLOUDS: [&str; 4] = ["eni", "azure", "alibabacloud", "delegated-plugin"];

impl Datapath {
    pub(super) fn of(mesh: &CheckedMesh, cluster: &Cluster) -> Self {
        let (cilium, values) = (&cluster.cilium, mesh.release_values(&cluster.name));
        let mut assumed = Vec::new();
        let of_release = |path: &[&str]| values.and_then(|values| values.text(path)).filter(|text| !text.is_empty());
        let routing = cilium.routing_mode.clone().or_else(|| of_release(chart::ROUTING_MODE));
        let is_of_cloud = cilium.cni_chaining.is_some() || cilium.ipam.as_deref().is_some_and(|mode| OF_CLOUDS.contains(&mode));
        let (is_native, has_tunnel) = match routing.as_deref() {
            Some(mode) => (mode == "native", mode != "native"),
            None if is_of_cloud => {
                assumed.push(Assumption { setting: Setting::RoutingMode, value: None });
                (false, false)
            }
            None => {
                // `RoutingMode` in pkg/defaults/defaults.go; the chart's is the same (`routingMode` in values.yaml).
                assumed.push(Assumption { setting: Setting::RoutingMode, value: Some("tunnel") });
                (false, true)
            }
        };
        let protocol = cilium.tunnel_protocol.clone().or_else(|| of_release(chart::TUNNEL_PROTOCOL));
        if has_tunnel && protocol.is_none() {
            // `TunnelProtocol` in pkg/defaults/defaults.go.
            assumed.push(Assumption { setting: Setting::TunnelProtocol, value: Some("vxlan") });
        }
        let number = of_release(chart::TUNNEL_PORT).and_then(|port| port.parse().ok()).filter(|port| *port != 0);
        let of_protocol = if protocol.as_deref() == Some("geneve") { GENEVE } else { VXLAN };
        let encryption = match cilium.encryption.clone().or_else(|| values.and_then(ReleaseValues::encryption)).as_deref() {
            Some("wireguard") => Encryption::Wireguard,
            Some("ipsec") => Encryption::Ipsec,
            Some(_) => Encryption::None,
            None => {
                // `enable-wireguard` and `enable-ipsec` in Documentation/cmdref/cilium-agent.md; `encryption.enabled` in values.yaml.
                assumed.push(Assumption { setting: Setting::Encryption, value: Some("none") });
                Encryption::None
            }
        };
        Self { is_native, tunnel: has_tunnel.then(|| number.unwrap_or(of_protocol)), encryption, assumed }
    }

    /// Whether pods may reach others with addresses of their own.
    pub(super) fn may_show_pods(&self, cluster: &Cluster) -> bool {
        let cilium = &cluster.cilium;
        let is_ranged = cilium.ipv4_native_routing_cidr.is_some() || cilium.ipv6_native_routing_cidr.is_some();
        self.tunnel.is_none() || is_ranged
    }

    /// The flows from `from`, which has this datapath, to nodes and pods of `to`, whose datapath is `theirs`. A packet goes to the port that
    /// its receiver listens at.
    pub(super) fn flows<'a>(&self, from: &'a Cluster, to: &'a Cluster, theirs: &Self) -> Vec<Flow<'a>> {
        let between = |dialler: Role<'a>, dialled: Role<'a>, traffic: Traffic, purpose: Purpose| Flow {
            from: Party::of(from, dialler),
            to: Party::of(to, dialled),
            traffic,
            purpose,
        };
        let nodes = |traffic, purpose| between(Role::Nodes, Role::Nodes, traffic, purpose);
        let encrypts = |encryption| self.encryption == encryption || theirs.encryption == encryption;
        let (wireguard, ipsec) = (encrypts(Encryption::Wireguard), encrypts(Encryption::Ipsec));
        let mut flows = Vec::new();
        if let Some(port) = theirs.tunnel.or(self.tunnel) {
            let purpose = match (wireguard, ipsec) {
                (true, _) => Purpose::TunnelWithWireguard,
                (false, true) => Purpose::TunnelWithIpsec,
                (false, false) => Purpose::Tunnel,
            };
            flows.push(nodes(Traffic::Udp(port), purpose));
        }
        if wireguard {
            flows.push(nodes(Traffic::Udp(WIREGUARD), Purpose::Wireguard));
        }
        if ipsec {
            flows.push(nodes(Traffic::Esp, Purpose::Ipsec));
        }
        if self.is_native || theirs.is_native {
            flows.push(between(Role::Pods, Role::Pods, Traffic::Any, Purpose::RoutedPods));
            flows.push(between(Role::Nodes, Role::Pods, Traffic::Any, Purpose::RoutedPodsOfNodes));
        }
        flows.push(nodes(Traffic::Tcp(HEALTH), Purpose::HealthTcp));
        flows.push(nodes(Traffic::Echo, Purpose::HealthEcho));
        flows
    }
}
