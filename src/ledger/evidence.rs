//! One piece of evidence: the generation that a target had, at one count of its own counter.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a target was found to have. Ordered by its counter first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The counter of the target: the later of the last one plus 1 and its clock, Unix seconds.
    pub counter: u64,
    /// The installed generation; 0 after an uninstall.
    pub generation: u64,
    /// Digest of what decides its content; none for a generation written before manifests had one.
    pub digest: Option<String>,
    /// What is left to do before it is all in use.
    pub due: BTreeSet<Due>,
    /// Where it comes from.
    pub source: Source,
}

/// What is left to do at a target: a process to restart, or the second delivery of an etcd's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Due {
    /// Cilium's agent: it reads its options when it starts.
    Agent,
    /// `meshbundle announce`.
    Announce,
    /// The etcd member: it reads the CAs that it trusts when it starts.
    Etcd,
    /// Users and rights that are still in the etcd, and not in the mesh.
    Withdrawal,
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The receipt of an installer.
    Receipt,
    /// The operator's word for what no installer delivers: `--by-hand`.
    ByHand,
    /// The operator's word for what an installer delivers: `--by-hand`. It moves no floor that something depends on when it goes.
    Word,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agent => "agent",
            Self::Announce => "announce",
            Self::Etcd => "etcd",
            Self::Withdrawal => "withdrawal",
        })
    }
}

impl FromStr for Due {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Agent, Self::Announce, Self::Etcd, Self::Withdrawal].into_iter().find(|due| due.to_string() == text).ok_or(())
    }
}
