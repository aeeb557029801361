//! What a mesh says of the cluster whose files are inspected.

/// What the mesh says of one cluster's agents.
pub struct Expected {
    /// The cluster.
    pub cluster: String,
    /// Its id.
    pub id: i64,
    /// `max-connected-clusters`, if the mesh says it.
    pub max_connected_clusters: Option<i64>,
    /// Whom they read.
    pub links: Vec<ExpectedLink>,
}

/// What the mesh says of one link.
pub struct ExpectedLink {
    /// The remote cluster.
    pub remote: String,
    /// Its id.
    pub id: i64,
    /// What is dialled.
    pub endpoints: Vec<String>,
}

impl Expected {
    /// The id of a remote cluster.
    pub(super) fn id_of(&self, remote: &str) -> Option<i64> {
        self.links.iter().find(|link| link.remote == remote).map(|link| link.id)
    }
}
