//! What is delivered on its own: the name under which receipts, `rollout record` and `rollout status` know a bundle.

use std::fmt;
use std::str::FromStr;

use crate::plan::{BundleId, BundleKind, StepUnit};

/// A unit of delivery: a bundle by another name, or a step. Its text is `CLUSTER/node/NAME`, `CLUSTER/member/NAME`, `CLUSTER/users`,
/// `CLUSTER/operator`, `CLUSTER/helm` or `CLUSTER/step/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// What is written here.
    Bundle(BundleId),
    /// What the operator of an etcd does that gets no files from here.
    Step(StepUnit),
}

/// A text that is not the name of a unit.
#[derive(Debug, thiserror::Error)]
#[error("`{}` is not a unit: CLUSTER/node/NAME, CLUSTER/member/NAME, CLUSTER/users, CLUSTER/operator, CLUSTER/helm or CLUSTER/step/NAME", .0.escape_debug())]
pub struct NotAUnit(pub(super) String);

impl Unit {
    /// Longest text of a unit: no label is longer than a host name.
    const MAX: usize = 600;

    /// The bundle that is delivered; a step has none.
    pub const fn bundle(&self) -> Option<&BundleId> {
        match self {
            Self::Bundle(bundle) => Some(bundle),
            Self::Step(_) => None,
        }
    }

    /// The bundle that is delivered.
    ///
    /// # Errors
    /// If it is a step.
    pub fn into_bundle(self) -> Result<BundleId, NotAUnit> {
        match self {
            Self::Bundle(bundle) => Ok(bundle),
            Self::Step(step) => Err(NotAUnit(step.to_string())),
        }
    }

    /// Whether it is the users of an etcd, which are delivered twice.
    pub fn is_users(&self) -> bool {
        self.bundle().is_some_and(|bundle| matches!(bundle.kind(), BundleKind::Etcd))
    }

    /// Whether `install.sh` delivers it.
    pub fn has_installer(&self) -> bool {
        self.bundle().is_some_and(BundleId::is_archive)
    }
}

impl From<&BundleId> for Unit {
    fn from(bundle: &BundleId) -> Self {
        Self::Bundle(bundle.clone())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => step.fmt(f),
            Self::Bundle(bundle) => f.write_str(&bundle.unit()),
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
        if text.len() > Self::MAX || !parts.iter().all(is_name) {
            return Err(NotAUnit(text.to_owned()));
        }
        let (cluster, kind) = match parts.as_slice() {
            [cluster, "step", name] => {
                let name = name.parse().map_err(|_| NotAUnit(text.to_owned()))?;
                return Ok(Self::Step(StepUnit::new(*cluster, name)));
            }
            [cluster, "member", name] => (cluster, BundleKind::Member((*name).to_owned())),
            [cluster, "users"] => (cluster, BundleKind::Etcd),
            [cluster, "helm"] => (cluster, BundleKind::Helm),
            [cluster, "operator"] => (cluster, BundleKind::Operator),
            [cluster, "node", name] => (cluster, BundleKind::Node((*name).to_owned())),
            _ => return Err(NotAUnit(text.to_owned())),
        };
        Ok(Self::Bundle(BundleId::new(*cluster, kind)))
    }
}

#[cfg(test)]
mod tests {
    use super::Unit;

    #[test]
    fn units_are_read_back_as_they_were_written() {
        for text in
            ["a/member/etcd", "a/users", "a/helm", "a/operator", "a/node/node", "a/node/n-1.example.org", "a/step/client-trust"]
        {
            let unit: Unit = text.parse().expect("a unit");
            assert_eq!(unit.to_string(), text);
            assert!(unit.bundle().is_none_or(|bundle| Unit::from(bundle) == unit));
        }
        for text in [
            "",
            "a",
            "a/node",
            "a/node/",
            "/users",
            "a/nodes/b",
            "a/node/..",
            "a/node/b c",
            "a/node/b/c",
            "a/node/b\n",
            "a/step/x",
        ] {
            assert!(text.parse::<Unit>().is_err(), "{text}");
        }
    }
}
