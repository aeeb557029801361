//! Configs for the own etcd: of the agents, and of the announcer. The words are those of the files of peers.

use std::collections::BTreeMap;

use crate::plan::{ANNOUNCER_CONFIG, ClusterPlan, LocalEtcdPlan};

use super::RenderError;
use super::material::Material;
use super::peer::{Way, client_config};

/// The config of whoever has its credential in `folder`. Without aliases: this config knows none.
pub(super) fn config(own: &LocalEtcdPlan, folder: &str, material: &dyn Material, path: &str) -> Result<String, RenderError> {
    let (aliases, stem) = (BTreeMap::new(), format!("{folder}/etcd-client"));
    client_config(&Way { endpoints: &own.endpoints, aliases: &aliases, anchors: &own.anchors, stem: &stem }, material, path)
}

/// The words behind `meshbundle announce`. What peers compare of `max-connected-clusters` is what the agents are told.
pub(super) fn announcer_arguments(cluster: &ClusterPlan) -> Vec<String> {
    let most = cluster.max_connected_clusters.map(|most| format!("--max-connected-clusters={most}"));
    let name = [format!("--cluster-name={}", cluster.name), format!("--cluster-id={}", cluster.id)];
    name.into_iter().chain(most).chain([format!("--etcd-config={ANNOUNCER_CONFIG}")]).collect()
}
