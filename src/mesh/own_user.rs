//! Users of an etcd that belong to its own cluster, by the common names of their certificates.

use std::fmt;

use super::name::ClusterName;

/// A client of a cluster's own etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnUser {
    /// The agents and the operator, as Cilium names the one that writes (pkg/kvstore/etcdinit/init.go).
    Agent,
    /// `meshbundle announce`.
    Announcer,
    /// Who may do everything, as etcd names it.
    Administrator,
}

/// How the common names of certificates begin that etcd's members show: no client may pass for one of them.
const OF_MEMBERS: [&str; 2] = ["clustermesh-etcd-", "clustermesh-peer-"];

impl OwnUser {
    /// Its common name, which is the etcd user.
    pub fn common_name(self, cluster: &ClusterName) -> String {
        match self {
            Self::Agent => format!("admin-{cluster}"),
            Self::Announcer => format!("announce-{cluster}"),
            Self::Administrator => "root".to_owned(),
        }
    }

    /// The common name of the certificate that a member shows to clients; as a client it has no rights.
    pub fn of_server(cluster: &ClusterName) -> String {
        format!("{}{cluster}", OF_MEMBERS[0])
    }

    /// The common name by which the members of an etcd let each other in.
    pub fn of_peer(cluster: &ClusterName) -> String {
        format!("{}{cluster}", OF_MEMBERS[1])
    }

    /// Whether a user belongs to an etcd's owner: `root`, those that Cilium's own set-up makes, and those made here.
    pub fn is_owners(user: &str) -> bool {
        const PREFIXES: [&str; 3] = ["admin-", "local-", "announce-"];
        user == "root" || PREFIXES.iter().chain(&OF_MEMBERS).any(|prefix| user.starts_with(prefix))
    }
}

impl fmt::Display for OwnUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::Announcer => "announcer",
            Self::Administrator => "administrator",
        })
    }
}
