//! What is delivered on its own: the name under which receipts, `rollout record` and `rollout status` know a bundle.

use std::fmt;
use std::str::FromStr;

use crate::plan::{BundleId, BundleKind};

/// A unit of delivery. Its text is `CLUSTER/node/NAME`, `CLUSTER/member/NAME`, `CLUSTER/users` or `CLUSTER/operator`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    cluster: String,
    kind: UnitKind,
}

/// What a unit is for, in the order in which it is shipped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKind {
    /// The bundle of this etcd member.
    Member(String),
    /// The users of the etcd: `etcd-auth.sh`.
    Users,
    /// The options of the operator.
    Operator,
    /// The bundle of this node.
    Node(String),
}

/// A text that is not the name of a unit.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a unit: CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users or CLUSTER/operator", .0.escape_debug())]
pub struct NotAUnit(String);

impl Unit {
    /// Longest text of a unit: no label is longer than a host name.
    const MAX: usize = 600;

    /// What it is for.
    pub const fn kind(&self) -> &UnitKind {
        &self.kind
    }

    /// The bundle that is delivered with it.
    pub fn bundle(&self) -> BundleId {
        let kind = match &self.kind {
            UnitKind::Member(name) => BundleKind::Member(name.clone()),
            UnitKind::Users => BundleKind::Etcd,
            UnitKind::Operator => BundleKind::Operator,
            UnitKind::Node(name) => BundleKind::Node(name.clone()),
        };
        BundleId::new(self.cluster.as_str(), kind)
    }

    /// Whether `install.sh` delivers it, and prints receipts of it.
    pub const fn has_installer(&self) -> bool {
        matches!(self.kind, UnitKind::Member(_) | UnitKind::Node(_))
    }
}

impl From<&BundleId> for Unit {
    fn from(bundle: &BundleId) -> Self {
        let kind = match bundle.kind() {
            BundleKind::Member(name) => UnitKind::Member(name.clone()),
            BundleKind::Etcd => UnitKind::Users,
            BundleKind::Operator => UnitKind::Operator,
            BundleKind::Node(name) => UnitKind::Node(name.clone()),
        };
        Self { cluster: bundle.cluster().to_owned(), kind }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cluster = &self.cluster;
        match &self.kind {
            UnitKind::Member(name) => write!(f, "{cluster}/member/{name}"),
            UnitKind::Users => write!(f, "{cluster}/users"),
            UnitKind::Operator => write!(f, "{cluster}/operator"),
            UnitKind::Node(name) => write!(f, "{cluster}/node/{name}"),
        }
    }
}

impl FromStr for Unit {
    type Err = NotAUnit;

    fn from_str(text: &str) -> Result<Self, NotAUnit> {
        let parts: Vec<&str> = text.split('/').collect();
        // A unit is a word in the files of the ledger.
        let is_name = |part: &&str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
            !matches!(*part, "" | "." | "..") && part.bytes().all(letter)
        };
        let (cluster, kind) = match parts.as_slice() {
            [cluster, "member", name] => (cluster, UnitKind::Member((*name).to_owned())),
            [cluster, "users"] => (cluster, UnitKind::Users),
            [cluster, "operator"] => (cluster, UnitKind::Operator),
            [cluster, "node", name] => (cluster, UnitKind::Node((*name).to_owned())),
            _ => return Err(NotAUnit(text.to_owned())),
        };
        if text.len() > Self::MAX || !parts.iter().all(is_name) {
            return Err(NotAUnit(text.to_owned()));
        }
        Ok(Self { cluster: (*cluster).to_owned(), kind })
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn units_are_read_back_as_they_were_written() {
        for text in ["a/member/etcd", "a/users", "a/operator", "a/node/node", "a/node/n-1.example.org"] {
            let unit: Unit = text.parse().expect("a unit");
            assert_eq!(unit.to_string(), text);
            assert_eq!(Unit::from(&unit.bundle()), unit);
        }
        for text in ["", "a", "a/node", "a/node/", "/users", "a/nodes/b", "a/node/..", "a/node/b c", "a/node/b/c", "a/node/b\n"] {
            assert!(text.parse::<Unit>().is_err(), "{text}");
        }
    }
}
