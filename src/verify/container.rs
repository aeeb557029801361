//! Programs that read certificates of a mesh from Secrets, by their containers in Cilium's Helm chart.

/// What reads files of a mesh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Container {
    /// The agents, also where they are run by hand.
    #[default]
    Agents,
    /// `KVStoreMesh`, which reads remote clusters for the agents.
    KvStoreMesh,
    /// The clustermesh-apiserver with its etcd, and the clients whose certificates are made with those.
    Apiserver,
}

impl Container {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Agents, Self::KvStoreMesh, Self::Apiserver];
}
