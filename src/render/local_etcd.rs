//! Configs for the local etcd: of the agents, and of the announcer. Their form is that of the configs of remote clusters.

use std::collections::BTreeMap;

use crate::plan::{ANNOUNCER_CONFIG, ClusterPlan, LocalEtcdPlan};

use super::RenderError;
use super::material::Material;
use super::peer::{Way, client_config};

/// The config for the credential in `folder`. It has no aliases, because clients of the local etcd do not read them.
pub(super) fn config(own: &LocalEtcdPlan, folder: &str, material: &dyn Material, path: &str) -> Result<String, RenderError> {
    let (aliases, stem) = (BTreeMap::new(), format!("{folder}/etcd-client"));
    client_config(
        &Way { endpoints: &own.endpoints, aliases: &aliases, anchors: &own.anchors, stem: &stem, user: None },
        material,
        path,
    )
}

/// The arguments of `meshbundle announce`. `max-connected-clusters` must be that of the agents, because remote agents compare it.
pub(super) fn announcer_arguments(cluster: &ClusterPlan) -> Vec<String> {
    let most = cluster.max_connected_clusters.map(|most| format!("--max-connected-clusters={most}"));
    let name = [format!("--cluster-name={}", cluster.name), format!("--cluster-id={}", cluster.id)];
    name.into_iter().chain(most).chain([format!("--etcd-config={ANNOUNCER_CONFIG}")]).collect()
}
