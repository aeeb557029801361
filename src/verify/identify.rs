//! Whose agents, or whose etcd, read files: before anything in them is judged.

use super::bundle::agent_options;
use super::expected::Expected;
use super::files::{BundleTree, Files};
use super::peer::Own;

/// The cluster that files belong to.
#[derive(Default)]
pub struct Owner {
    /// The cluster, as far as anything says so.
    pub own: Own,
    /// What the mesh says of it, if there is a mesh.
    pub expected: Option<Expected>,
}

/// The cluster, as its bundle's manifest has it; without one, `cluster`, which the user says; and last the agents' options that are
/// beside the clustermesh directory.
pub fn identify(files: &dyn Files, cluster: Option<&str>) -> Owner {
    if files.bundle().is_some_and(BundleTree::is_empty) {
        return Owner::default();
    }
    let options = files.agent_env().map(agent_options).unwrap_or_default();
    let number = |name: &str| options.get(name).and_then(|value| value.parse().ok());
    let max_connected_clusters = number("max-connected-clusters");
    let manifest = files.bundle().and_then(BundleTree::good_manifest);
    let (name, id) = match manifest {
        Some(manifest) => (Some(manifest.cluster.name.clone()), Some(manifest.cluster.id)),
        None => (cluster.map(str::to_owned).or_else(|| options.get("cluster-name").cloned()), number("cluster-id")),
    };
    Owner { own: Own { name, id, max_connected_clusters }, expected: None }
}

impl Owner {
    /// The same cluster, with what a mesh says of it. What the files say counts before.
    #[must_use]
    pub fn expecting(self, expected: Expected) -> Self {
        let own = Own {
            name: self.own.name.or_else(|| Some(expected.cluster.clone())),
            id: self.own.id.or(Some(expected.id)),
            max_connected_clusters: self.own.max_connected_clusters.or(expected.max_connected_clusters),
        };
        Self { own, expected: Some(expected) }
    }
}
