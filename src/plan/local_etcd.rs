//! The clients of a cluster's own etcd: its agents and operator, the announcer, the administrator.

use crate::mesh::{Cluster, Endpoint, Label, OwnUser};

use super::credential::CredentialKey;
use super::trust::TrustPlan;

/// Whoever belongs to an etcd's own cluster, and how they reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalEtcdPlan {
    /// Where they dial it.
    pub endpoints: Vec<Endpoint>,
    /// What they anchor on.
    pub anchors: Vec<Label>,
    /// Who signs them.
    pub signer: Label,
    /// What agents and operator show.
    pub agent: Option<CredentialKey>,
    /// What the administrator shows.
    pub administrator: Option<CredentialKey>,
    /// What the announcer shows.
    pub announcer: Option<CredentialKey>,
}

/// Nothing where the mesh asks for none of them: a cluster that runs has its own.
pub(super) fn plan(cluster: &Cluster, trust: &TrustPlan) -> Option<LocalEtcdPlan> {
    let etcd = &cluster.etcd;
    if !etcd.has_own_clients() || cluster.runtime.has_foreign_etcd() {
        return None;
    }
    let key = |wanted: bool, user: OwnUser| wanted.then(|| CredentialKey::Own { cluster: cluster.name.clone(), user });
    Some(LocalEtcdPlan {
        endpoints: etcd.dialled_by(&cluster.name).iter().map(|dialled| dialled.endpoint.clone()).collect(),
        anchors: trust.server_trust.clone(),
        signer: trust.client_signer.clone(),
        agent: key(etcd.local_clients, OwnUser::Agent),
        administrator: key(etcd.local_clients, OwnUser::Administrator),
        announcer: key(etcd.announce, OwnUser::Announcer),
    })
}

impl LocalEtcdPlan {
    /// Every credential, each once.
    pub fn credentials(&self) -> impl Iterator<Item = &CredentialKey> {
        [&self.agent, &self.announcer, &self.administrator].into_iter().flatten()
    }
}
