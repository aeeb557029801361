//! Which bundle: an archive of a node or a member, or the folder of an operator, of a Helm cluster, or of an etcd's loose files. Messages and records
//! write it as its path below `bundles/`, and it is read from there in this one place.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bundle. Ordered by cluster, then by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(with = "String")]
#[serde(into = "String", try_from = "String")]
pub struct BundleId {
    cluster: String,
    kind: BundleKind,
}

/// What a bundle is for, within its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BundleKind {
    /// The folder with the loose files of an etcd. The archives of its members are in it as well.
    Etcd,
    /// The folder of a cluster that Cilium's Helm chart runs: its Secrets and values.
    Helm,
    /// The archive of this member.
    Member(String),
    /// The archive of this node.
    Node(String),
    /// The folder of the operator.
    Operator,
}

/// A text that is not a path of a bundle.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not the path of a bundle", .0.escape_debug())]
pub struct NotABundle(String);

impl BundleId {
    /// The bundle `kind` of `cluster`.
    pub fn new(cluster: impl Into<String>, kind: BundleKind) -> Self {
        Self { cluster: cluster.into(), kind }
    }

    /// Name of its cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// What it is for.
    pub const fn kind(&self) -> &BundleKind {
        &self.kind
    }

    /// The unit of delivery that it is: `CLUSTER/node/NAME`, `CLUSTER/member/NAME`, `CLUSTER/users`,
    /// `CLUSTER/operator` or `CLUSTER/helm`.
    pub fn unit(&self) -> String {
        let cluster = &self.cluster;
        match &self.kind {
            BundleKind::Member(name) => format!("{cluster}/member/{name}"),
            BundleKind::Etcd => format!("{cluster}/users"),
            BundleKind::Helm => format!("{cluster}/helm"),
            BundleKind::Operator => format!("{cluster}/operator"),
            BundleKind::Node(name) => format!("{cluster}/node/{name}"),
        }
    }

    /// Whether it is one archive, and not a folder of loose files.
    pub const fn is_archive(&self) -> bool {
        matches!(self.kind, BundleKind::Member(_) | BundleKind::Node(_))
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cluster = &self.cluster;
        match &self.kind {
            BundleKind::Etcd => write!(f, "{cluster}/etcd"),
            BundleKind::Helm => write!(f, "{cluster}/helm"),
            BundleKind::Member(name) => write!(f, "{cluster}/etcd/{name}"),
            BundleKind::Node(name) => write!(f, "{cluster}/nodes/{name}"),
            BundleKind::Operator => write!(f, "{cluster}/operator"),
        }
    }
}

impl FromStr for BundleId {
    type Err = NotABundle;

    fn from_str(path: &str) -> Result<Self, NotABundle> {
        let parts: Vec<&str> = path.split('/').collect();
        // A record that was changed must not lead out of the output folder.
        let is_name = |part: &&str| !matches!(*part, "" | "." | "..") && !part.contains('\0');
        let (cluster, kind) = match parts.as_slice() {
            [cluster, "etcd"] => (cluster, BundleKind::Etcd),
            [cluster, "helm"] => (cluster, BundleKind::Helm),
            [cluster, "operator"] => (cluster, BundleKind::Operator),
            [cluster, "etcd", name] => (cluster, BundleKind::Member((*name).to_owned())),
            [cluster, "nodes", name] => (cluster, BundleKind::Node((*name).to_owned())),
            _ => return Err(NotABundle(path.to_owned())),
        };
        if parts.iter().all(is_name) { Ok(Self::new(*cluster, kind)) } else { Err(NotABundle(path.to_owned())) }
    }
}

impl TryFrom<String> for BundleId {
    type Error = NotABundle;

    fn try_from(path: String) -> Result<Self, NotABundle> {
        path.parse()
    }
}

impl From<BundleId> for String {
    fn from(bundle: BundleId) -> Self {
        bundle.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::BundleId;

    #[test]
    fn paths_of_bundles_are_read_back_as_they_were_written() {
        for path in ["a/etcd", "a/etcd/etcd", "a/etcd/operator", "a/nodes/nodes", "a/operator", "a/helm", "etcd/etcd"] {
            assert_eq!(path.parse::<BundleId>().map(|bundle| bundle.to_string()).ok().as_deref(), Some(path));
        }
        for path in
            ["", "a", "a/", "/etcd", "a/nodes", "a/nodes/", "../nodes/b", "a/nodes/..", "a/nodes/b/c", "a/operator/b", "a/x/b"]
        {
            assert!(path.parse::<BundleId>().is_err(), "{path}");
        }
    }
}
