//! What is delivered on its own: the name under which receipts, `rollout record` and `rollout status` know a bundle.

use std::fmt;
use std::str::FromStr;

use crate::plan::{BundleId, BundleKind};

/// A unit of delivery: a bundle by another name. Its text is `CLUSTER/node/NAME`, `CLUSTER/member/NAME`, `CLUSTER/users` or
/// `CLUSTER/operator`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(BundleId);

/// A text that is not the name of a unit.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a unit: CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users or CLUSTER/operator", .0.escape_debug())]
pub struct NotAUnit(pub(super) String);

impl Unit {
    /// Longest text of a unit: no label is longer than a host name.
    const MAX: usize = 600;

    /// The bundle that is delivered.
    pub const fn bundle(&self) -> &BundleId {
        &self.0
    }

    /// Whether it is the users of an etcd, which are delivered twice.
    pub const fn is_users(&self) -> bool {
        matches!(self.0.kind(), BundleKind::Etcd)
    }

    /// Whether `install.sh` delivers it.
    pub const fn has_installer(&self) -> bool {
        self.0.is_archive()
    }
}

impl From<&BundleId> for Unit {
    fn from(bundle: &BundleId) -> Self {
        Self(bundle.clone())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cluster = self.0.cluster();
        match self.0.kind() {
            BundleKind::Member(name) => write!(f, "{cluster}/member/{name}"),
            BundleKind::Etcd => write!(f, "{cluster}/users"),
            BundleKind::Operator => write!(f, "{cluster}/operator"),
            BundleKind::Node(name) => write!(f, "{cluster}/node/{name}"),
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
            [cluster, "member", name] => (cluster, BundleKind::Member((*name).to_owned())),
            [cluster, "users"] => (cluster, BundleKind::Etcd),
            [cluster, "operator"] => (cluster, BundleKind::Operator),
            [cluster, "node", name] => (cluster, BundleKind::Node((*name).to_owned())),
            _ => return Err(NotAUnit(text.to_owned())),
        };
        if text.len() > Self::MAX || !parts.iter().all(is_name) {
            return Err(NotAUnit(text.to_owned()));
        }
        Ok(Self(BundleId::new(*cluster, kind)))
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
            assert_eq!(&Unit::from(unit.bundle()), &unit);
        }
        for text in ["", "a", "a/node", "a/node/", "/users", "a/nodes/b", "a/node/..", "a/node/b c", "a/node/b/c", "a/node/b\n"] {
            assert!(text.parse::<Unit>().is_err(), "{text}");
        }
    }
}
