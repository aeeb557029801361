//! What `firewall` reports: who dials whom in a mesh, and why.

use std::collections::BTreeMap;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Serialize;

use crate::firewall::{Firewall, Flow, Machine, Need, Party, Places, UNJUDGED, net_text};

use super::findings::FORMAT;
use super::list::List;

/// The report of `firewall`. Its text, Markdown and CSV are made of the same lines.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "firewall")]
pub struct FirewallReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// Who dials and is dialled, by the name that `lines` have.
    pub(super) parties: BTreeMap<String, PartyView>,
    /// What has to pass, in the direction in which it is begun.
    pub(super) lines: List<'a, FlowView>,
    /// Settings that the mesh does not say, and what was taken for them.
    pub(super) assumed: Vec<AssumedView>,
    /// Ports between nodes that are in no line: the mesh does not say whether they are used.
    pub(super) not_judged: Vec<UnjudgedView>,
    /// The machines that have a ruleset.
    pub(super) units: List<'a, String>,
}

/// Machines that have the same part in the mesh.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Party")]
pub(super) struct PartyView {
    /// Their cluster; administrators belong to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<String>,
    /// What they do: `nodes`, `etcd`, `members`, `balancer`, `pods` or `administrators`.
    pub(super) role: &'static str,
    /// Their addresses and ranges.
    #[schemars(with = "Vec<String>")]
    pub(super) addresses: Vec<IpNet>,
    /// Names that the mesh has no address of.
    pub(super) names: Vec<String>,
    /// Why these are not all, or none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<&'static str>,
}

/// One line of the list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FirewallLine")]
pub(super) struct FlowView {
    /// Who begins it, by its name in `parties`.
    pub(super) from: String,
    /// Who is dialled.
    pub(super) to: String,
    /// `tcp`, `udp`, `esp` (IP protocol 50), `icmp` (echo request, of `ICMPv6` too) or `any`.
    pub(super) protocol: &'static str,
    /// The TCP or UDP port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u16>,
    /// Whether the mesh works without it.
    pub(super) need: Need,
    /// What it is for.
    pub(super) why: String,
    /// Where that is documented, for the version of the agents.
    pub(super) source: String,
}

/// A setting that the mesh does not say.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssumedSetting")]
pub(super) struct AssumedView {
    /// The field of `cilium` in the mesh.
    pub(super) setting: &'static str,
    /// Cilium's default, which was taken; none where the default depends on what the mesh does not say, so that lines are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'static str>,
    /// The clusters.
    pub(super) clusters: Vec<String>,
}

/// A port that is in no line.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnjudgedPort")]
pub(super) struct UnjudgedView {
    /// `tcp`.
    pub(super) protocol: &'static str,
    /// The port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u16>,
    /// When it is needed.
    pub(super) why: &'static str,
}

impl<'a> FirewallReport<'a> {
    /// The report of the list `firewall`, with these machines.
    pub fn of(firewall: &'a Firewall<'a>, machines: &'a [Machine<'a>]) -> Self {
        let mut parties = BTreeMap::new();
        for party in firewall.flows.iter().flat_map(|flow| [&flow.from, &flow.to]) {
            parties.entry(party.to_string()).or_insert_with(|| PartyView::of(party, firewall.places(party)));
        }
        let assumed = firewall.assumed.iter().map(|(assumption, clusters)| AssumedView {
            setting: assumption.setting.name(),
            value: assumption.value,
            clusters: clusters.iter().map(ToString::to_string).collect(),
        });
        let not_judged = UNJUDGED.iter().map(|port| UnjudgedView {
            protocol: port.traffic.protocol(),
            number: port.traffic.port(),
            why: port.what,
        });
        Self {
            format: FORMAT,
            mesh: firewall.mesh_name(),
            parties,
            lines: List::new(|| firewall.flows.iter().map(FlowView::of)),
            assumed: assumed.collect(),
            not_judged: not_judged.collect(),
            units: List::new(|| machines.iter().map(ToString::to_string)),
        }
    }

    /// The cluster of a party.
    pub(super) fn cluster(&self, party: &str) -> Option<&str> {
        self.parties.get(party)?.cluster.as_deref()
    }
}

impl PartyView {
    fn of(party: &Party<'_>, places: Places) -> Self {
        Self {
            cluster: party.cluster_name().map(ToString::to_string),
            role: party.role.word(),
            addresses: places.nets,
            names: places.names,
            unknown: places.unknown,
        }
    }

    /// Every address and name, as people write them.
    pub(super) fn places(&self) -> Vec<String> {
        self.addresses.iter().map(net_text).chain(self.names.iter().cloned()).collect()
    }
}

impl FlowView {
    pub(super) fn of(flow: &Flow<'_>) -> Self {
        Self {
            from: flow.from.to_string(),
            to: flow.to.to_string(),
            protocol: flow.traffic.protocol(),
            number: flow.traffic.port(),
            need: flow.need(),
            why: flow.why(),
            source: flow.source(),
        }
    }

    /// `tcp 2379`.
    pub(super) fn traffic(&self) -> String {
        match (self.protocol, self.number) {
            (protocol, Some(number)) => format!("{protocol} {number}"),
            (_, None) => self.protocol_alone().to_owned(),
        }
    }

    /// The protocol for a table that has a column for the port: of ICMP, echo requests alone.
    pub(super) const fn protocol_alone(&self) -> &'static str {
        if self.number.is_none() && matches!(self.protocol.as_bytes(), b"icmp") { "icmp echo-request" } else { self.protocol }
    }

    /// One word for its need.
    pub(super) const fn need(&self) -> &'static str {
        match self.need {
            Need::Required => "required",
            Need::Optional => "optional",
            Need::Depends => "depends",
        }
    }
}
