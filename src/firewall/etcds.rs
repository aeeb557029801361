//! The traffic of etcds: those who read one, its own clients, and its members among themselves.

use std::collections::BTreeSet;

use crate::mesh::{Cluster, ClusterName, Runtime};

use super::asked::Asked;
use super::flow::Flow;
use super::needs::Purpose;
use super::party::{Party, Role};
use super::traffic::Traffic;

/// Agents of `reader`, and its `KVStoreMesh`, dial the etcd of `remote`; also with addresses of pods, if these may be seen.
pub(super) fn remote<'a>(reader: &'a Cluster, remote: &'a Cluster, shows_pods: bool) -> Vec<Flow<'a>> {
    let mut flows = dialling(reader, remote, Purpose::RemoteEtcd);
    if shows_pods && reader.runtime.helm().is_some_and(|release| release.kvstoremesh.value()) {
        let of_pods = flows.clone().into_iter();
        flows.extend(of_pods.map(|flow| Flow {
            from: Party::of(reader, Role::Pods),
            purpose: Purpose::RemoteEtcdOfPods,
            ..flow
        }));
    }
    flows
}

/// What the etcd of `cluster` needs in its own cluster.
pub(super) fn own<'a>(cluster: &'a Cluster, asked: &Asked) -> Vec<Flow<'a>> {
    let mut flows = Vec::new();
    let purpose = match cluster.runtime {
        // Its pods dial the etcd of clustermesh-apiserver by its Service.
        Runtime::Helm(_) => None,
        Runtime::External => Some(Purpose::ForeignLocalEtcd),
        Runtime::Compose { .. } | Runtime::Systemd { .. } => Some(Purpose::LocalEtcd),
    };
    flows.extend(purpose.into_iter().flat_map(|purpose| dialling(cluster, cluster, purpose)));
    let members = Party::of(cluster, Role::Members);
    let to_members = |from, port, purpose| Flow { from, to: members, traffic: Traffic::Tcp(port), purpose };
    let ports = client_ports(cluster, asked);
    if cluster.etcd.front.is_some() {
        let balancer = Party::of(cluster, Role::Balancer);
        flows.extend(ports.iter().map(|port| to_members(balancer, *port, Purpose::BehindBalancer)));
    }
    if cluster.etcd.members.len() > 1 {
        flows.push(to_members(members, asked.peer_port, Purpose::EtcdPeers));
        flows.extend(ports.iter().map(|port| to_members(members, *port, Purpose::FromMember)));
    }
    flows
}

/// Agents of `reader` reach members of `remote` behind a balancer that keeps addresses.
pub(super) fn through_balancer<'a>(reader: &'a Cluster, remote: &'a Cluster, asked: &Asked) -> Vec<Flow<'a>> {
    if remote.etcd.front.is_none() {
        return Vec::new();
    }
    let flow = |port| Flow {
        from: Party::of(reader, Role::Nodes),
        to: Party::of(remote, Role::Members),
        traffic: Traffic::Tcp(port),
        purpose: Purpose::ThroughBalancer,
    };
    client_ports(remote, asked).into_iter().map(flow).collect()
}

/// People at the members of `cluster`.
pub(super) fn administration<'a>(cluster: &'a Cluster, asked: &Asked) -> Vec<Flow<'a>> {
    let mut ports = client_ports(cluster, asked);
    if cluster.etcd.peers {
        ports.insert(asked.peer_port);
    }
    let flow = |port| Flow {
        from: Party::administrators(),
        to: Party::of(cluster, Role::Members),
        traffic: Traffic::Tcp(port),
        purpose: Purpose::Administration,
    };
    ports.into_iter().map(flow).collect()
}

/// A flow for each port that endpoints have.
fn dialling<'a>(reader: &'a Cluster, remote: &'a Cluster, purpose: Purpose) -> Vec<Flow<'a>> {
    let name: &ClusterName = &reader.name;
    let dialled = remote.etcd.dialled_by(name);
    let ports: BTreeSet<u16> = dialled.iter().map(|dialled| dialled.endpoint.port).collect();
    let flow = |port| Flow {
        from: Party::of(reader, Role::Nodes),
        to: Party::of(remote, Role::Etcd { reader: name, port }),
        traffic: Traffic::Tcp(port),
        purpose,
    };
    ports.into_iter().map(flow).collect()
}

/// The ports that clients of members dial.
fn client_ports(cluster: &Cluster, asked: &Asked) -> BTreeSet<u16> {
    let etcd = &cluster.etcd;
    etcd.members.iter().map(|member| asked.client_port.unwrap_or_else(|| etcd.client_port(member))).collect()
}
