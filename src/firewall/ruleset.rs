//! What a firewall on one machine accepts, and what it drops: only the mesh's own ports, and only where every machine that may dial them
//! is known.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::flow::Flow;
use super::list::Firewall;
use super::machine::Machine;
use super::needs::Purpose;
use super::party::Role;
use super::places::Places;
use super::traffic::Traffic;

/// The lines for one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruleset {
    /// The mesh.
    pub mesh: String,
    /// What the machine is: more than one name where a member runs on a node.
    pub units: Vec<String>,
    /// A line for each protocol and port.
    pub lines: Vec<RuleLine>,
}

/// Who may dial one port of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLine {
    /// Protocol and port.
    pub traffic: Traffic,
    /// What it is for, and for whom.
    pub whys: BTreeMap<String, BTreeSet<String>>,
    /// IPv4 addresses that may dial it, in as few ranges as possible.
    pub ipv4: Vec<Ipv4Net>,
    /// The same of IPv6.
    pub ipv6: Vec<Ipv6Net>,
    /// Whether others are dropped, by IPv4: not where someone who may dial it is not known.
    pub drops_ipv4: bool,
    /// The same of IPv6.
    pub drops_ipv6: bool,
    /// Who is not known, and why.
    pub unknown: BTreeSet<String>,
}

/// A line while its flows are collected.
#[derive(Default)]
struct Collected {
    whys: BTreeMap<String, BTreeSet<String>>,
    nets: BTreeSet<IpNet>,
    /// What is for administrators whom `--admin` does not name, and who these are.
    unnamed: BTreeMap<String, String>,
    unknown: BTreeSet<String>,
    /// Families in which someone who dials is not known: IPv4, IPv6.
    open: (bool, bool),
}

impl Ruleset {
    /// The lines for the machine that is all of `machines`.
    pub fn of(firewall: &Firewall<'_>, machines: &[Machine<'_>]) -> Self {
        let mut lines: BTreeMap<Traffic, Collected> = BTreeMap::new();
        for flow in &firewall.flows {
            let dialled: Vec<&Machine<'_>> = machines.iter().filter(|machine| machine.is_one_of(&flow.to)).collect();
            // Pods have addresses of their own, behind the machine's.
            if !dialled.is_empty() && flow.to.role != Role::Pods {
                let own = families(firewall, flow, &dialled);
                lines.entry(flow.traffic).or_default().add(flow, &firewall.places(&flow.from), own);
            }
        }
        Self {
            mesh: firewall.mesh_name().to_owned(),
            units: machines.iter().map(ToString::to_string).collect(),
            lines: lines.into_iter().map(|(traffic, collected)| collected.line(traffic)).collect(),
        }
    }
}

/// The families in which the machine may be dialled: IPv4, IPv6.
fn families(firewall: &Firewall<'_>, flow: &Flow<'_>, dialled: &[&Machine<'_>]) -> (bool, bool) {
    let own: Vec<_> = dialled.iter().flat_map(|machine| machine.addresses()).collect();
    let places = firewall.places(&flow.to);
    let is = |ipv4| match flow.to.role {
        // A node is dialled at its address, if that is known.
        Role::Nodes if !own.is_empty() => own.iter().any(|address| address.is_ipv4() == ipv4),
        _ => places.may_be(ipv4) || places.nets.is_empty(),
    };
    (is(true), is(false))
}

impl Collected {
    fn add(&mut self, flow: &Flow<'_>, from: &Places, (ipv4, ipv6): (bool, bool)) {
        self.nets.extend(&from.nets);
        // Without `--admin`, no address is one of theirs: they are others.
        if flow.purpose == Purpose::Administration && from.nets.is_empty() {
            self.unnamed.insert(flow.why(), flow.from.to_string());
            return;
        }
        self.whys.entry(flow.why()).or_default().insert(flow.from.to_string());
        if flow.purpose == Purpose::Administration {
            return;
        }
        let misses = |dialled: bool, is_ipv4: bool| dialled && (!from.are_complete() || !from.has(is_ipv4));
        self.open.0 |= misses(ipv4, true);
        self.open.1 |= misses(ipv6, false);
        if let Some(unknown) = from.unknown {
            self.unknown.insert(format!("{}: {unknown}", flow.from));
        } else if !from.names.is_empty() {
            self.unknown.insert(format!("{}: the mesh has names of them, and no addresses", flow.from));
        } else {
            for (dialled, is_ipv4, family) in [(ipv4, true, "IPv4"), (ipv6, false, "IPv6")] {
                if misses(dialled, is_ipv4) {
                    self.unknown.insert(format!("{}: no {family} address of them is known", flow.from));
                }
            }
        }
    }

    fn line(self, traffic: Traffic) -> RuleLine {
        let of = |net: &IpNet| match net {
            IpNet::V4(net) => (Some(*net), None),
            IpNet::V6(net) => (None, Some(*net)),
        };
        let ipv4 = Ipv4Net::aggregate(&self.nets.iter().filter_map(|net| of(net).0).collect());
        let ipv6 = Ipv6Net::aggregate(&self.nets.iter().filter_map(|net| of(net).1).collect());
        // Others may ping, and others may have IPsec of their own with the machine.
        let may_drop = matches!(traffic, Traffic::Tcp(_) | Traffic::Udp(_));
        let drops_all = may_drop && self.open == (false, false);
        let mut whys = self.whys;
        for (why, who) in self.unnamed {
            let who = if drops_all { format!("{who}, dropped: `--admin` names none") } else { who };
            whys.entry(why).or_default().insert(who);
        }
        RuleLine {
            traffic,
            whys,
            ipv4,
            ipv6,
            drops_ipv4: may_drop && !self.open.0,
            drops_ipv6: may_drop && !self.open.1,
            unknown: self.unknown,
        }
    }
}
