//! Whose agents, or whose etcd, read files: before anything in them is judged.

use crate::verify::bundle::agent_options;
use crate::verify::files::Files;
use crate::verify::peer::Own;

/// The cluster, as its bundle's manifest has it; without one, `cluster`, which the user says; and last the agents' options that are
/// beside the clustermesh directory.
pub fn identify(files: &dyn Files, cluster: Option<&str>) -> Own {
    let options = files.agent_env().map(agent_options).unwrap_or_default();
    let number = |name: &str| options.get(name).and_then(|value| value.parse().ok());
    let max_connected_clusters = number("max-connected-clusters");
    if let Some(manifest) = files.bundle().and_then(|bundle| bundle.good_manifest()) {
        let (name, id) = (Some(manifest.cluster.name.clone()), Some(manifest.cluster.id));
        return Own { name, id, max_connected_clusters };
    }
    let name = cluster.map(str::to_owned).or_else(|| options.get("cluster-name").cloned());
    Own { name, id: number("cluster-id"), max_connected_clusters }
}
