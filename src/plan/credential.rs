//! Which leaf is for whom, and what becomes of it in this run.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::mesh::{ClusterName, KeyAlgorithm, Label, OwnUser};

use super::leaf::{LeafRequest, from_unix};

/// What a leaf is for. Agents of one cluster show the same leaf to every etcd whose clients one authority signs under one
/// name: nothing is issued twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialKey {
    /// A member's server certificate.
    Server {
        /// The etcd's cluster.
        cluster: ClusterName,
        /// The member.
        member: Label,
    },
    /// A member's certificate towards the other members.
    Peer {
        /// The etcd's cluster.
        cluster: ClusterName,
        /// The member.
        member: Label,
    },
    /// A client certificate for the own etcd.
    Own {
        /// The cluster.
        cluster: ClusterName,
        /// Whose it is.
        user: OwnUser,
    },
    /// A client certificate of the agents of a cluster, or of one node.
    Client {
        /// The reader.
        cluster: ClusterName,
        /// The reader's node, where each has its own.
        node: Option<Label>,
        /// The authority.
        signer: Label,
        /// The common name, which is the etcd user.
        common_name: Arc<str>,
    },
}

impl CredentialKey {
    /// The cluster whose members or agents hold it.
    pub const fn cluster(&self) -> &ClusterName {
        match self {
            Self::Server { cluster, .. }
            | Self::Peer { cluster, .. }
            | Self::Own { cluster, .. }
            | Self::Client { cluster, .. } => cluster,
        }
    }

    /// The etcd user that a reader is with it.
    pub const fn user(&self) -> Option<&Arc<str>> {
        match self {
            Self::Client { common_name, .. } => Some(common_name),
            Self::Server { .. } | Self::Peer { .. } | Self::Own { .. } => None,
        }
    }
}

impl fmt::Display for CredentialKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { cluster, member } => write!(f, "server/{cluster}/{member}"),
            Self::Peer { cluster, member } => write!(f, "peer/{cluster}/{member}"),
            Self::Own { cluster, user } => write!(f, "own/{cluster}/{user}"),
            Self::Client { cluster, node: None, signer, common_name } => write!(f, "client/{cluster}/{signer}/{common_name}"),
            Self::Client { cluster, node: Some(node), signer, common_name } => {
                write!(f, "client/{cluster}.{node}/{signer}/{common_name}")
            }
        }
    }
}

/// The cluster, and the node if it is of one alone, that holds the leaf of this name, as [`CredentialKey`] writes it.
pub fn leaf_holder(name: &str) -> Option<(&str, Option<&str>)> {
    // `client/CLUSTER.NODE/…`, or without a node: no name of a cluster has a dot in it.
    let holder = name.split('/').nth(1)?;
    Some(holder.split_once('.').map_or((holder, None), |(cluster, node)| (cluster, Some(node))))
}

/// What becomes of a leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialPlan {
    /// The authority that signs it.
    pub signer: Label,
    /// Keep or issue.
    pub action: CredentialAction,
}

/// Keep or issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialAction {
    /// What was issued before is still right.
    Keep {
        /// Its serial number.
        serial: String,
        /// From when on it is valid, Unix seconds.
        not_before: i64,
        /// When it ends, Unix seconds.
        not_after: i64,
        /// Whether it ends within `renewBefore`, and a new one would last longer.
        due: bool,
    },
    /// A new one is needed.
    Issue {
        /// What it is to say.
        request: LeafRequest,
        /// Why.
        reason: Reason,
        /// Serial number of the leaf in the state whose key it keeps; a new key without it.
        key_of: Option<String>,
    },
}

/// Why a leaf is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// There was none.
    New,
    /// Another authority signs now.
    SignerChanged,
    /// The hosts that it must cover have changed.
    HostsChanged,
    /// It has ended.
    Expired,
    /// It ends soon, and renewal was asked for.
    Renewed,
    /// Its file is missing or damaged, and renewal was asked for.
    Damaged,
    /// A clock that was ahead has dated it, and renewal was asked for.
    NotYetValid,
    /// A new key was asked for.
    Rekeyed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::SignerChanged => "another CA signs",
            Self::HostsChanged => "other hosts to cover",
            Self::Expired => "the old one has expired",
            Self::Renewed => "the old one expires soon",
            Self::Damaged => "the old one is missing or damaged",
            Self::NotYetValid => "the old one is not valid yet",
            Self::Rekeyed => "a new key was asked for",
        })
    }
}

impl CredentialPlan {
    /// Serial number, where it is known already.
    pub fn serial(&self) -> Option<&str> {
        match &self.action {
            CredentialAction::Keep { serial, .. } => Some(serial),
            CredentialAction::Issue { .. } => None,
        }
    }

    /// Serial number of the leaf in the state that it is, or whose key it keeps.
    pub fn stored(&self) -> Option<&str> {
        match &self.action {
            CredentialAction::Keep { serial, .. } => Some(serial),
            CredentialAction::Issue { key_of, .. } => key_of.as_deref(),
        }
    }

    /// Algorithm of the key of one that is issued.
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        match &self.action {
            CredentialAction::Keep { .. } => None,
            CredentialAction::Issue { request, .. } => Some(request.algorithm),
        }
    }

    /// When it ends.
    pub fn not_after(&self) -> OffsetDateTime {
        match &self.action {
            CredentialAction::Keep { not_after, .. } => from_unix(*not_after),
            CredentialAction::Issue { request, .. } => request.not_after,
        }
    }
}
