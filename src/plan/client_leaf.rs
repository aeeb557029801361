//! What the leaves of agents at an etcd are made of, whichever node they are on. Etcds for which that is the same get the same leaves.

use crate::mesh::{ClientName, Cluster, ClusterName, Label};

use super::credential::CredentialKey;
use super::revocations::{RevokedUsers, UserChange};
use super::trust::TrustPlan;

/// What decides about the leaves of agents at an etcd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClientLeaf<'a> {
    signer: &'a Label,
    name: &'a ClientName,
    change: UserChange,
}

impl<'a> ClientLeaf<'a> {
    /// At the etcd of `remote`.
    pub(super) fn new(remote: &'a Cluster, trust: &'a TrustPlan) -> Self {
        Self { signer: &trust.client_signer, name: &remote.etcd.client_name, change: UserChange::of(remote) }
    }

    /// Whether each node has another.
    pub(super) fn is_per_node(&self) -> bool {
        self.name.per_node()
    }

    /// The user of the agents of `reader`, with `{node}` left as it is.
    pub(super) fn user(&self, reader: &ClusterName, revoked: &RevokedUsers<'_>) -> String {
        revoked.reader(self.change, self.name.pattern(reader))
    }

    /// The leaf of the agents of `reader`, or of those on `node`.
    pub(super) fn key(&self, reader: &ClusterName, node: Option<&Label>, revoked: &RevokedUsers<'_>) -> CredentialKey {
        CredentialKey::Client {
            cluster: reader.clone(),
            node: node.cloned(),
            signer: self.signer.clone(),
            common_name: revoked.reader(self.change, self.name.expand(reader, node)).into(),
        }
    }
}
