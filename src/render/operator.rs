//! Files for the operator of a cluster: it publishes the cluster under name and id, and keeps the heartbeat alive
//! (operator/pkg/kvstore in cilium/cilium), so it must be told both, like the agents.

use std::collections::BTreeMap;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::plan::ClusterPlan;

use super::options::{args, env};
use super::{File, RenderError};

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
/// If the patch cannot be written as YAML.
pub fn operator_files(cluster: &ClusterPlan) -> Result<Vec<File>, RenderError> {
    if cluster.operator_options.is_empty() {
        return Ok(Vec::new());
    }
    let patch = Patch { data: cluster.operator_options.iter().map(|(name, value)| (*name, value.as_str())).collect() };
    let path = "cilium-config.patch.yaml";
    let yaml =
        serde_yaml::to_string(&patch).map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })?;
    let file =
        |path: &str, content: String| File { path: path.to_owned(), mode: 0o644, content: Zeroizing::new(content.into_bytes()) };
    Ok(vec![
        file("operator.env", env(&cluster.operator_options)),
        file("operator.args", args(&cluster.operator_options)),
        file(path, format!("{HEAD}{yaml}")),
    ])
}
