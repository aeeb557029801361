//! The clients of a cluster's own etcd: its agents and operator, the announcer, the administrator.

use crate::mesh::{AuthMode, Cluster, Endpoint, HelmRelease, Label, OwnUser};

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
    /// What the pods of a chart show that gets its certificates from here.
    pub chart: Option<ChartClients>,
}

/// The clients of the etcd of clustermesh-apiserver that are its own cluster's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartClients {
    /// clustermesh-apiserver and KVStoreMesh.
    pub admin: CredentialKey,
    /// Agents.
    pub local: CredentialKey,
    /// The chart's reader.
    pub remote: CredentialKey,
}

/// Nothing where the mesh asks for none of them: a cluster that runs has its own.
pub(super) fn plan(cluster: &Cluster, trust: &TrustPlan) -> Option<LocalEtcdPlan> {
    let etcd = &cluster.etcd;
    let chart = cluster.runtime.helm().filter(|release| release.has_provided_certificates());
    if let Some(release) = chart {
        return Some(of_chart(cluster, release, trust));
    }
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
        chart: None,
    })
}

fn of_chart(cluster: &Cluster, release: &HelmRelease, trust: &TrustPlan) -> LocalEtcdPlan {
    let key = |user: OwnUser| CredentialKey::Own { cluster: cluster.name.clone(), user };
    let remote = match release.auth_mode.value() {
        AuthMode::Legacy | AuthMode::Migration => OwnUser::ChartRemote,
        AuthMode::Cluster | AuthMode::ClusterStrict => OwnUser::ChartRemoteOfCluster,
    };
    LocalEtcdPlan {
        endpoints: Endpoint::new(&format!("https://{}:2379", release.service_host())).into_iter().collect(),
        anchors: trust.server_trust.clone(),
        signer: trust.client_signer.clone(),
        agent: None,
        administrator: None,
        announcer: None,
        chart: Some(ChartClients { admin: key(OwnUser::ChartAdmin), local: key(OwnUser::ChartLocal), remote: key(remote) }),
    }
}

impl LocalEtcdPlan {
    /// Every credential, each once.
    pub fn credentials(&self) -> impl Iterator<Item = &CredentialKey> {
        let of_chart = self.chart.iter().flat_map(|chart| [&chart.admin, &chart.local, &chart.remote]);
        [&self.agent, &self.announcer, &self.administrator].into_iter().flatten().chain(of_chart)
    }
}
