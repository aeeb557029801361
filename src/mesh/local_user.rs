//! Users of an etcd that belong to its cluster, by the common names of their certificates.

use std::fmt;

use super::name::ClusterName;

/// Stands between a user that was revoked and the number of the one that follows it, as in `remote-oslo@2`. No name of a cluster or a
/// node has it, so such a user is never another reader's.
pub const USER_NUMBER: char = '@';

/// A client of the local etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnUser {
    /// The agents and the operator, as Cilium names the one that writes (pkg/kvstore/etcdinit/init.go).
    Agent,
    /// `meshbundle announce`.
    Announcer,
    /// The administrator, as etcd names it.
    Administrator,
    /// The clustermesh-apiserver of Cilium's chart, and its KVStoreMesh, which write.
    ChartAdmin,
    /// Agents of the chart that read what KVStoreMesh writes.
    ChartLocal,
    /// The reader of the chart's own that all others may share.
    ChartRemote,
    /// The same, with the name of the cluster.
    ChartRemoteOfCluster,
}

/// The prefixes of common names of etcd's members: no client may have such a name.
const OF_MEMBERS: [&str; 2] = ["clustermesh-etcd-", "clustermesh-peer-"];

impl OwnUser {
    /// Its common name, which is the etcd user.
    pub fn common_name(self, cluster: &ClusterName) -> String {
        match self {
            Self::Agent | Self::ChartAdmin => format!("admin-{cluster}"),
            Self::Announcer => format!("announce-{cluster}"),
            Self::Administrator => "root".to_owned(),
            // `clustermesh-apiserver-generate-certs` in templates/clustermesh-apiserver/_helpers.tpl of the chart.
            Self::ChartLocal => format!("local-{cluster}"),
            Self::ChartRemote => "remote".to_owned(),
            Self::ChartRemoteOfCluster => format!("remote-{cluster}"),
        }
    }

    /// Whether `found` is its common name, or that of a user that follows it after a revocation.
    pub fn is_called(self, found: &str, cluster: &ClusterName) -> bool {
        let rest = found.strip_prefix(self.common_name(cluster).as_str());
        rest.is_some_and(|rest| {
            let number = rest.strip_prefix(USER_NUMBER);
            rest.is_empty() || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        })
    }

    /// The common name of the certificate that a member presents to clients; as a client it has no rights.
    pub fn of_server(cluster: &ClusterName) -> String {
        format!("{}{cluster}", OF_MEMBERS[0])
    }

    /// The common name by which the members of an etcd accept each other.
    pub fn of_peer(cluster: &ClusterName) -> String {
        format!("{}{cluster}", OF_MEMBERS[1])
    }

    /// Whether a user belongs to an etcd's owner: `root`, those of Cilium's set-up, and those of meshbundle.
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
            Self::ChartAdmin => "chart-admin",
            Self::ChartLocal => "chart-local",
            Self::ChartRemote => "chart-remote",
            Self::ChartRemoteOfCluster => "chart-remote-of-cluster",
        })
    }
}
