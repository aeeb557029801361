//! The ends of flows: who dials, and who is dialled.

use std::fmt;

use crate::mesh::{Cluster, ClusterName};

/// Machines that have the same part in a mesh.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// Their cluster; administrators belong to none.
    pub cluster: Option<&'a Cluster>,
    /// Their part in it.
    pub role: Role<'a>,
}

/// What machines do in a mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role<'a> {
    /// Its nodes, each with an agent.
    Nodes,
    /// The endpoints of its etcd that a cluster dials at a port.
    Etcd {
        /// The cluster whose agents dial.
        reader: &'a ClusterName,
        /// The port of these endpoints.
        port: u16,
    },
    /// The members of its etcd.
    Members,
    /// The balancer before its etcd.
    Balancer,
    /// Its pods.
    Pods,
    /// The machines where people run `probe --members` and `etcd-auth.sh`.
    Administrators,
}

impl<'a> Party<'a> {
    pub(super) const fn of(cluster: &'a Cluster, role: Role<'a>) -> Self {
        Self { cluster: Some(cluster), role }
    }

    pub(super) const fn administrators() -> Self {
        Self { cluster: None, role: Role::Administrators }
    }

    /// The name of their cluster; none for administrators.
    pub fn cluster_name(&self) -> Option<&'a ClusterName> {
        self.cluster.map(|cluster| &cluster.name)
    }
}

impl Role<'_> {
    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Etcd { .. } => "etcd",
            Self::Members => "members",
            Self::Balancer => "balancer",
            Self::Pods => "pods",
            Self::Administrators => "administrators",
        }
    }
}

/// `oslo nodes`. No two parties have the same text.
impl fmt::Display for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(cluster) = self.cluster else { return f.write_str(self.role.word()) };
        write!(f, "{} {}", cluster.name, self.role.word())?;
        if let Role::Etcd { reader, port } = self.role {
            if cluster.etcd.endpoints_for.contains_key(reader.as_str()) {
                write!(f, " for {reader}")?;
            }
            if cluster.etcd.dialled_by(reader).iter().any(|dialled| dialled.endpoint.port != port) {
                write!(f, " at {port}")?;
            }
        }
        Ok(())
    }
}
