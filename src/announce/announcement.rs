//! The cluster-config that is announced, byte for byte, and how another value under its key compares.

use crate::mesh::keyspace;
use crate::mesh::{Cilium, CiliumVersion, ClusterName};
use crate::verify::ClusterConfig;

/// The cluster-config of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    name: ClusterName,
    id: u32,
    max_connected_clusters: Option<u32>,
}

/// Why a cluster cannot be announced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Agents reject the name.
    #[error("a cluster of a mesh cannot be named `default`: pass the `cluster-name` of its agents")]
    ReservedName,
    /// Agents would reject the id.
    #[error("the id {0} is above 255: agents accept such ids only with `--max-connected-clusters 511`")]
    HighId(u32),
}

/// The value under the key of the cluster-config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Exactly the value that would be written.
    Same,
    /// Another value of the same cluster.
    Similar,
    /// A value of another cluster, or one that agents cannot read: a description of it.
    Foreign(String),
}

impl Announcement {
    /// The announcement of the cluster `name`.
    ///
    /// # Errors
    /// If agents would reject it.
    pub fn new(name: ClusterName, id: u32, max_connected_clusters: Option<u32>) -> Result<Self, Unfit> {
        if name.as_str() == "default" {
            return Err(Unfit::ReservedName);
        }
        if i64::from(id) > max_or_default(max_connected_clusters) {
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

    /// The value, as Go marshals `CiliumClusterConfig` (pkg/clustermesh/types/types.go): a struct is never left out. It never has
    /// `syncedCanaries`, because nothing writes the canaries that agents would wait for, nor `cached`, because agents would read
    /// below `cilium/cache`.
    pub fn value(&self) -> String {
        let capabilities = self.max_connected_clusters.map(|max| format!("\"maxConnectedClusters\":{max}"));
        format!("{{\"id\":{},\"capabilities\":{{{}}}}}", self.id, capabilities.unwrap_or_default())
    }

    /// The cluster as messages name it.
    pub(super) fn shown(&self) -> String {
        format!("`{}` (id {})", self.name, self.id)
    }

    /// Compares `value` with the cluster's.
    pub(super) fn compare(&self, value: &[u8]) -> Standing {
        if value == self.value().as_bytes() {
            return Standing::Same;
        }
        match ClusterConfig::parse(value, CiliumVersion::NEWEST) {
            Ok(config) if config.id == self.id => Standing::Similar,
            Ok(config) => Standing::Foreign(format!("the id {}", config.id)),
            Err(reason) => Standing::Foreign(format!("a cluster-config that agents cannot read: {reason}")),
        }
    }

    /// Why agents of the mesh would reject `config` for this cluster.
    pub(super) fn refusal(&self, config: &ClusterConfig) -> Option<String> {
        if config.id != self.id {
            return Some(format!("this cluster's id is {}", self.id));
        }
        let (ours, theirs) = (max_or_default(self.max_connected_clusters), config.capabilities.max_connected_clusters);
        (!config.fits(ours)).then(|| format!("`maxConnectedClusters` is {theirs}; expected {ours}"))
    }
}

/// The `maxConnectedClusters` that agents use.
fn max_or_default(given: Option<u32>) -> i64 {
    given.map_or(Cilium::DEFAULT_MAX_CONNECTED, i64::from)
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
        assert!(refusal(Some(511), r#"{"id":7}"#).is_some_and(|why| why.contains("is 0; expected 511")));
        assert!(refusal(None, r#"{"id":8}"#).is_some());
    }
}
