//! Files for the operator of a cluster: it publishes the cluster under name and id, and writes the heartbeat
//! (operator/pkg/kvstore in cilium/cilium), so it needs both options, like the agents.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{ClusterPlan, ETCD_CONFIG, ETCD_SECRETS};

use super::material::Material;
use super::options::{args, env};
use super::{File, RenderError, local_etcd, peer};

/// A patch for the ConfigMap from which operators in Kubernetes read their options.
#[derive(Serialize)]
struct Patch<'a> {
    data: BTreeMap<&'a str, &'a str>,
}

const HEAD: &str = "\
# For an operator that runs in Kubernetes:
#   kubectl -n kube-system patch configmap cilium-config --patch-file cilium-config.patch.yaml
# then restart it. Agents that read the same ConfigMap get name and id from it as well.
";

/// The files of an operator's folder; none where the options are set elsewhere.
///
/// # Errors
/// If the patch cannot be written as YAML, or the plan and the material do not fit together.
pub fn operator_files(cluster: &ClusterPlan, material: &dyn Material) -> Result<Vec<File>, RenderError> {
    if cluster.operator_options.is_empty() {
        return Ok(Vec::new());
    }
    let patch = Patch { data: cluster.operator_options.iter().map(|(name, value)| (*name, value.as_str())).collect() };
    let path = "cilium-config.patch.yaml";
    let yaml =
        serde_yaml::to_string(&patch).map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })?;
    let file = |path: &str, content: String| File::public(path, content.into_bytes());
    let mut files = vec![
        file("operator.env", env(&cluster.operator_options)),
        file("operator.args", args(&cluster.operator_options)),
        file(path, format!("{HEAD}{yaml}")),
    ];
    // The operator's options name the same files as the agents', so it gets the same files, with the names of Cilium's Secret
    // `cilium-etcd-secrets`.
    if let Some((own, key)) = cluster.own.as_ref().and_then(|own| Some((own, own.agent.as_ref()?))) {
        let credential = material.credential(key)?;
        let config = local_etcd::config(own, ETCD_SECRETS, material, ETCD_CONFIG)?;
        files.push(file("etcd-client-ca.crt", peer::joined(&own.anchors, material)?));
        files.push(file("etcd-client.crt", credential.chain_pem));
        files.push(File::secret("etcd-client.key", credential.key_pem.as_bytes()));
        files.push(file("etcd.config", config));
    }
    Ok(files)
}
