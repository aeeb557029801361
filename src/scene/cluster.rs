//! A cluster of a scene.

use super::installed::Installed;

/// A cluster, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SceneCluster {
    /// Its cluster-name.
    pub name: String,
    /// Its cluster-id.
    pub id: i64,
    /// The version of its agents, if the mesh says so.
    pub version: Option<String>,
    /// What starts its agents, if the mesh says so.
    pub runtime: Option<&'static str>,
    /// Where its etcd is dialled.
    pub endpoints: Vec<String>,
    /// Its nodes, or its release: how many have what was written last.
    pub agents: Installed,
    /// The members of its etcd that get their files from here.
    pub members: Installed,
    /// Whether the mesh has it.
    pub wanted: bool,
    /// Whether anything was generated for it.
    pub generated: bool,
}

impl SceneCluster {
    /// What is installed at it, agents and members together.
    pub fn installed(&self) -> Installed {
        let mut sum = self.agents;
        sum += self.members;
        sum
    }
}
