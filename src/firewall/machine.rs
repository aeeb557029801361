//! One machine of a mesh, and what of the list is about it.

use std::fmt;
use std::net::IpAddr;

use crate::lint::CheckedMesh;
use crate::mesh::{ANY, Cluster, Dialled, Host, Member, Node, Runtime, ServiceType};

use super::party::{Party, Role};

/// What the user has chosen of a mesh.
#[derive(Debug, Clone, Copy)]
pub enum Chosen<'a> {
    /// A cluster, and all machines of it.
    Cluster(&'a Cluster),
    /// One machine.
    Machine(Machine<'a>),
}

/// A machine that the mesh names.
#[derive(Debug, Clone, Copy)]
pub enum Machine<'a> {
    /// A node.
    Node(&'a Cluster, &'a Node),
    /// Each node of a cluster whose nodes the mesh does not list.
    AnyNode(&'a Cluster),
    /// A member of its etcd.
    Member(&'a Cluster, &'a Member),
}

/// A cluster or machine that a mesh does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotInTheMesh;

impl<'a> Chosen<'a> {
    /// The cluster with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn cluster(mesh: &'a CheckedMesh, name: &str) -> Result<Self, NotInTheMesh> {
        mesh.cluster(name).map(Self::Cluster).ok_or(NotInTheMesh)
    }

    /// The node with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn node(mesh: &'a CheckedMesh, of: &str, name: &str) -> Result<Self, NotInTheMesh> {
        let cluster = mesh.cluster(of).ok_or(NotInTheMesh)?;
        if cluster.nodes.is_empty() && name == ANY {
            return Ok(Self::Machine(Machine::AnyNode(cluster)));
        }
        let node = cluster.nodes.iter().find(|node| node.name.as_str() == name).ok_or(NotInTheMesh)?;
        Ok(Self::Machine(Machine::Node(cluster, node)))
    }

    /// The member with this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn member(mesh: &'a CheckedMesh, of: &str, name: &str) -> Result<Self, NotInTheMesh> {
        let cluster = mesh.cluster(of).ok_or(NotInTheMesh)?;
        let member = cluster.etcd.members.iter().find(|member| member.name.as_str() == name).ok_or(NotInTheMesh)?;
        Ok(Self::Machine(Machine::Member(cluster, member)))
    }
}

/// Whether the chosen cluster or machine is one of the party.
pub(super) fn is_part(party: &Party<'_>, chosen: &Chosen<'_>) -> bool {
    match chosen {
        Chosen::Cluster(cluster) => party.cluster_name() == Some(&cluster.name),
        Chosen::Machine(machine) => machine.is_one_of(party),
    }
}

impl<'a> Machine<'a> {
    /// Every machine of a mesh, by cluster, nodes first.
    pub fn all(mesh: &'a CheckedMesh) -> Vec<Self> {
        let of = |cluster: &'a Cluster| {
            let any = cluster.nodes.is_empty().then_some(Self::AnyNode(cluster));
            let nodes = cluster.nodes.iter().map(move |node| Self::Node(cluster, node));
            any.into_iter().chain(nodes).chain(cluster.etcd.members.iter().map(move |member| Self::Member(cluster, member)))
        };
        mesh.clusters().into_values().flat_map(of).collect()
    }

    /// Its cluster.
    pub const fn cluster(&self) -> &'a Cluster {
        match self {
            Self::Node(cluster, _) | Self::AnyNode(cluster) | Self::Member(cluster, _) => cluster,
        }
    }

    /// Its addresses, as far as the mesh has them.
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        match self {
            Self::Node(_, node) => node.address.into_iter().collect(),
            Self::AnyNode(_) => Vec::new(),
            Self::Member(cluster, member) => member.addresses.iter().flat_map(|host| cluster.etcd.addresses(host)).collect(),
        }
    }

    /// This machine, and what else of its cluster has one of its addresses: a member may run on a node.
    pub fn with_others_on_it(self) -> Vec<Self> {
        let ours = self.addresses();
        let cluster = self.cluster();
        let nodes = cluster.nodes.iter().map(|node| Self::Node(cluster, node));
        let members = cluster.etcd.members.iter().map(|member| Self::Member(cluster, member));
        let is_here = |other: &Self| other.addresses().iter().any(|address| ours.contains(address));
        let others = nodes.chain(members).filter(|other| other.to_string() != self.to_string() && is_here(other));
        std::iter::once(self).chain(others).collect()
    }

    /// Whether it is one of the party: for those who dial, and for those who are dialled.
    pub(super) fn is_one_of(&self, party: &Party<'_>) -> bool {
        if party.cluster_name() != Some(&self.cluster().name) {
            return false;
        }
        match (party.role, self) {
            (Role::Nodes, Self::Node(..) | Self::AnyNode(_)) | (Role::Members, Self::Member(..)) => true,
            (Role::Etcd { reader, port }, _) => {
                let dialled = self.cluster().etcd.dialled_by(reader);
                dialled.iter().filter(|dialled| dialled.endpoint.port == port).any(|dialled| self.answers(dialled))
            }
            _ => false,
        }
    }

    /// Whether it may be the one that answers at an endpoint of its cluster's etcd.
    fn answers(&self, dialled: &Dialled) -> bool {
        let (host, cluster) = (&dialled.endpoint.host, self.cluster());
        let etcd = &cluster.etcd;
        let is_at = |member: &Member, host: &Host| {
            let theirs = etcd.addresses(host);
            member.addresses.iter().any(|own| own == host || etcd.addresses(own).iter().any(|address| theirs.contains(address)))
        };
        match self {
            Self::Member(_, member) => {
                // A name that no member has may lead to each of them; that of a balancer leads to none.
                is_at(member, host) || (etcd.front.is_none() && !etcd.members.iter().any(|other| is_at(other, host)))
            }
            Self::Node(_, _) | Self::AnyNode(_) => match &cluster.runtime {
                Runtime::Helm(release) => matches!(release.known_service.kind, None | Some(ServiceType::NodePort)),
                Runtime::Compose { .. } | Runtime::Systemd { .. } | Runtime::External => {
                    let theirs = etcd.addresses(host);
                    self.addresses().iter().any(|address| theirs.contains(address))
                }
            },
        }
    }
}

/// `oslo/node/n1`, as bundles are called.
impl fmt::Display for Machine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(cluster, node) => write!(f, "{}/node/{}", cluster.name, node.name),
            Self::AnyNode(cluster) => write!(f, "{}/node/{ANY}", cluster.name),
            Self::Member(cluster, member) => write!(f, "{}/member/{}", cluster.name, member.name),
        }
    }
}
