//! What a machine can try of the list by itself: TCP to addresses and names that the mesh has.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::mesh::{Dialled, Host};

use super::flow::Flow;
use super::list::Firewall;
use super::machine::Machine;
use super::party::Role;
use super::traffic::Traffic;

/// A host to dial, and the line of the list that lets it pass.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    /// The line.
    pub flow: Flow<'a>,
    /// An address or a name.
    pub host: String,
    /// The addresses of a name, if the mesh has them.
    pub addresses: Vec<IpAddr>,
    /// The TCP port.
    pub port: u16,
}

impl<'a> Firewall<'a> {
    /// What the machine that is all of `machines` dials, and so can try; and the flows from it that it cannot.
    pub fn attempts(&self, machines: &[Machine<'a>]) -> (Vec<Attempt<'a>>, Vec<Flow<'a>>) {
        let own: BTreeSet<IpAddr> = machines.iter().flat_map(Machine::addresses).collect();
        let (mut attempts, mut untried) = (Vec::new(), Vec::new());
        for flow in self.flows.iter().filter(|flow| machines.iter().any(|machine| machine.is_one_of(&flow.from))) {
            let of_flow = tried(flow, &own);
            match of_flow {
                Some(hosts) if !hosts.is_empty() => attempts.extend(hosts),
                // The etcd has no other member.
                Some(_) if flow.to.role == Role::Members => {}
                Some(_) | None => untried.push(*flow),
            }
        }
        (attempts, untried)
    }
}

/// The hosts of a flow; nothing if an answer would say nothing.
fn tried<'a>(flow: &Flow<'a>, own: &BTreeSet<IpAddr>) -> Option<Vec<Attempt<'a>>> {
    let (Traffic::Tcp(port), Some(cluster)) = (flow.traffic, flow.to.cluster) else { return None };
    let etcd = &cluster.etcd;
    let attempt = |host: String, addresses: Vec<IpAddr>| Attempt { flow: *flow, host, addresses, port };
    let of_host = |host: &Host| attempt(host.to_string(), etcd.addresses(host));
    let hosts: Vec<Attempt<'a>> = match flow.to.role {
        Role::Etcd { reader, port } => {
            let at_port = |dialled: &&Dialled| dialled.endpoint.port == port;
            etcd.dialled_by(reader).iter().filter(at_port).map(|dialled| of_host(&dialled.endpoint.host)).collect()
        }
        Role::Members => etcd.members.iter().flat_map(|member| &member.addresses).map(of_host).collect(),
        Role::Nodes => {
            let known = cluster.nodes.iter().filter_map(|node| node.address);
            known.map(|address| attempt(address.to_string(), vec![address])).collect()
        }
        Role::Balancer | Role::Pods | Role::Administrators => return None,
    };
    // What is on the machine itself passes no firewall.
    let is_elsewhere = |attempt: &Attempt<'_>| !attempt.addresses.iter().any(|address| own.contains(address));
    Some(hosts.into_iter().filter(is_elsewhere).collect())
}
