//! What is announced of a cluster, byte for byte, and what another value under its key says.

use crate::mesh::keyspace;
use crate::mesh::{Cilium, CiliumVersion, ClusterName};
use crate::verify::ClusterConfig;

/// A cluster's announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    name: ClusterName,
    id: u32,
    max_connected_clusters: Option<u32>,
}

/// Why a cluster cannot be announced so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Agents refuse the cluster itself.
    #[error("`default` is no name for a cluster of a mesh: give it the `cluster-name` of its agents")]
    ReservedName,
    /// Agents would refuse the id.
    #[error("the id {0} is above 255, and agents take such ids only with `--max-connected-clusters 511`")]
    HighId(u32),
}

/// What stands under the key of the cluster-config, if anything does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Exactly what would be written.
    Same,
    /// Something else of the same cluster.
    Similar,
    /// Another cluster's, or nothing that agents could read: what it announces.
    Foreign(String),
}

impl Announcement {
    /// The announcement of the cluster `name`.
    ///
    /// # Errors
    /// Why agents would refuse it.
    pub fn new(name: ClusterName, id: u32, max_connected_clusters: Option<u32>) -> Result<Self, Unfit> {
        if name.as_str() == "default" {
            return Err(Unfit::ReservedName);
        }
        if i64::from(id) > most(max_connected_clusters) {
            return Err(Unfit::HighId(id));
        }
        Ok(Self { name, id, max_connected_clusters })
    }

    /// The cluster's id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The key of its cluster-config.
    pub fn key(&self) -> String {
        keyspace::cluster_config(self.name.as_str()).key
    }

    /// The value, as Go marshals `CiliumClusterConfig` (pkg/clustermesh/types/types.go): a struct is never left out. Never
    /// `syncedCanaries`: agents would wait for canaries that nobody writes; never `cached`: they would read below `cilium/cache`.
    pub fn value(&self) -> String {
        let capabilities = self.max_connected_clusters.map(|max| format!("\"maxConnectedClusters\":{max}"));
        format!("{{\"id\":{},\"capabilities\":{{{}}}}}", self.id, capabilities.unwrap_or_default())
    }

    /// The cluster as messages name it.
    pub(super) fn shown(&self) -> String {
        format!("`{}` (id {})", self.name, self.id)
    }

    /// What `value` says of the cluster.
    pub(super) fn compare(&self, value: &[u8]) -> Standing {
        if value == self.value().as_bytes() {
            return Standing::Same;
        }
        match ClusterConfig::parse(value, CiliumVersion::NEWEST) {
            Ok(config) if config.id == self.id => Standing::Similar,
            Ok(config) => Standing::Foreign(format!("the id {}", config.id)),
            Err(reason) => Standing::Foreign(format!("something that agents cannot read: {reason}")),
        }
    }

    /// Why agents of the mesh would not take `config` for this cluster.
    pub(super) fn refusal(&self, config: &ClusterConfig) -> Option<String> {
        if config.id != self.id {
            return Some(format!("this cluster's id is {}", self.id));
        }
        let (ours, theirs) = (most(self.max_connected_clusters), config.capabilities.max_connected_clusters);
        (!config.fits(ours)).then(|| format!("`maxConnectedClusters` is {theirs}, and {ours} here"))
    }
}

/// How many clusters agents count with.
fn most(told: Option<u32>) -> i64 {
    told.map_or(Cilium::DEFAULT_MAX_CONNECTED, i64::from)
}

#[cfg(test)]
mod tests {
    use super::{Announcement, Standing, Unfit};
    use crate::mesh::{CiliumVersion, ClusterName};
    use crate::verify::ClusterConfig;

    fn oslo(id: u32, max: Option<u32>) -> Result<Announcement, Unfit> {
        Announcement::new(ClusterName::new("oslo").expect("a name"), id, max)
    }

    #[test]
    fn values_are_those_that_go_marshals() {
        let value = |id, max| oslo(id, max).expect("fit").value();
        // Printed by encoding/json of Go 1.26 for types.CiliumClusterConfig of Cilium 1.20.2.
        assert_eq!(value(7, Some(255)), r#"{"id":7,"capabilities":{"maxConnectedClusters":255}}"#);
        assert_eq!(value(300, Some(511)), r#"{"id":300,"capabilities":{"maxConnectedClusters":511}}"#);
        assert_eq!(value(7, None), r#"{"id":7,"capabilities":{}}"#);
        assert_eq!(oslo(7, None).expect("fit").key(), "cilium/cluster-config/oslo");
    }

    #[test]
    fn what_agents_refuse_is_not_announced() {
        assert_eq!(oslo(256, None), Err(Unfit::HighId(256)));
        assert_eq!(oslo(256, Some(255)), Err(Unfit::HighId(256)));
        assert!(oslo(511, Some(511)).is_ok());
        let default = ClusterName::new("default").expect("a name");
        assert_eq!(Announcement::new(default, 1, None), Err(Unfit::ReservedName));
    }

    #[test]
    fn a_value_is_ours_or_another_of_the_cluster_or_foreign() {
        let oslo = oslo(7, Some(255)).expect("fit");
        assert_eq!(oslo.compare(oslo.value().as_bytes()), Standing::Same);
        assert_eq!(oslo.compare(br#"{"id":7}"#), Standing::Similar);
        assert_eq!(oslo.compare(br#"{"capabilities":{"serviceExportsEnabled":true},"ID":7}"#), Standing::Similar);
        for (foreign, why) in [(r#"{"id":8}"#, "id 8"), ("{}", "id 0"), ("", "cannot read"), ("oslo", "cannot read")] {
            let Standing::Foreign(said) = oslo.compare(foreign.as_bytes()) else { panic!("{foreign}") };
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn agents_off_the_default_compare_their_size() {
        let read = |json: &str| ClusterConfig::parse(json.as_bytes(), CiliumVersion::NEWEST).expect("JSON");
        let refusal = |max, json: &str| oslo(7, max).expect("fit").refusal(&read(json));
        assert_eq!(refusal(None, r#"{"id":7}"#), None);
        assert_eq!(refusal(Some(255), r#"{"id":7,"capabilities":{"maxConnectedClusters":511}}"#), None);
        assert!(refusal(Some(511), r#"{"id":7}"#).is_some_and(|why| why.contains("is 0, and 511 here")));
        assert!(refusal(None, r#"{"id":8}"#).is_some());
    }
}
