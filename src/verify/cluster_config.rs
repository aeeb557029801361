//! What a cluster announces of itself under `cilium/cluster-config/<name>`, as Go reads it.
//!
//! `CiliumClusterConfig` in pkg/clustermesh/types/types.go of cilium/cilium. Whether anybody takes it is not said here.

use serde_json::Value;

use crate::mesh::{Cilium, CiliumVersion, Feature};

use super::config::same_in_go;
use super::go_json;

/// The announcement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterConfig {
    /// 0 where it is left out, as in Go.
    pub id: u32,
    /// What else agents have to know before they read.
    pub capabilities: Capabilities,
}

/// What agents have to know before they read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Agents wait for canaries.
    pub synced_canaries: bool,
    /// The keys stand below `cilium/cache`.
    pub cached: bool,
    /// The ids that agents of the cluster take; 0 where it is left out, which stands for the default.
    pub max_connected_clusters: u32,
    /// Whether services, endpoint slices or both are exported; empty for agents that do not know the field.
    pub endpoint_slices_export_mode: String,
}

impl ClusterConfig {
    /// Whether services are exported as services (since 1.20 a cluster may export only endpoint slices).
    pub fn services(&self) -> bool {
        self.capabilities.endpoint_slices_export_mode != "endpointslices-only"
    }

    /// Whether agents that take ids up to `max` accept its `maxConnectedClusters`: only those off the default compare
    /// (`ValidateRemoteConfig` in pkg/clustermesh/types/option.go).
    pub fn fits(&self, max: i64) -> bool {
        max == Cilium::DEFAULT_MAX_CONNECTED || max == i64::from(self.capabilities.max_connected_clusters)
    }

    /// Reads the value of the key as agents of `version` do: fields that they do not know may hold anything.
    ///
    /// # Errors
    /// Why they cannot read it.
    pub fn parse(value: &[u8], version: CiliumVersion) -> Result<Self, String> {
        // Go replaces what is not UTF-8.
        let text = String::from_utf8_lossy(value);
        let document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let mut config = Self::default();
        for (key, value) in go_json::fields("the value", &document)? {
            if same_in_go(key, "id") {
                go_json::number("id", value, &mut config.id)?;
            } else if same_in_go(key, "capabilities") {
                config.capabilities.read(value, version)?;
            }
        }
        Ok(config)
    }
}

impl Capabilities {
    fn read(&mut self, value: &Value, version: CiliumVersion) -> Result<(), String> {
        for (key, value) in go_json::fields("capabilities", value)? {
            let is = |name| same_in_go(key, name);
            let known = |name, feature| is(name) && version.has(feature);
            if is("syncedCanaries") {
                go_json::flag("syncedCanaries", value, &mut self.synced_canaries)?;
            } else if is("cached") {
                go_json::flag("cached", value, &mut self.cached)?;
            } else if known("maxConnectedClusters", Feature::MaxConnectedClusters) {
                go_json::number("maxConnectedClusters", value, &mut self.max_connected_clusters)?;
            } else if known("serviceExportsEnabled", Feature::ServiceExportsEnabled) {
                // Whether it is on concerns operators only; what it holds has to be readable all the same.
                go_json::flag("serviceExportsEnabled", value, &mut false)?;
            } else if known("endpointSlicesExportMode", Feature::EndpointSlicesExportMode) {
                go_json::text("endpointSlicesExportMode", value, &mut self.endpoint_slices_export_mode)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterConfig;
    use crate::mesh::CiliumVersion;

    #[test]
    fn it_is_read_as_go_reads_it() {
        let parse = |json: &str| ClusterConfig::parse(json.as_bytes(), CiliumVersion::NEWEST);
        let read = |json: &str| parse(json).ok().map(|config| config.id);
        assert_eq!(read(r#"{"ID":2}"#), Some(2));
        assert_eq!(read(r#"{"id":2,"capabilities":null}"#), Some(2));
        assert_eq!(read("null"), Some(0));
        let cached = parse(r#"{"Capabilities":{"CACHED":true,"syncedCanaries":null}}"#);
        assert!(cached.is_ok_and(|config| config.capabilities.cached && !config.capabilities.synced_canaries));
        for wrong in
            ["[]", "2", "", r#"{"id":"2"}"#, r#"{"id":2.0}"#, r#"{"capabilities":[]}"#, r#"{"capabilities":{"cached":1}}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_agents_of_a_version_do_not_know_may_hold_anything() {
        let mode = |minor, json: &str| {
            let config = ClusterConfig::parse(json.as_bytes(), CiliumVersion::new(1, minor)).ok()?;
            Some(config.capabilities.endpoint_slices_export_mode)
        };
        let slices = r#"{"id":2,"capabilities":{"endpointSlicesExportMode":"endpointslices-only"}}"#;
        assert_eq!(mode(19, slices).as_deref(), Some(""));
        assert_eq!(mode(20, slices).as_deref(), Some("endpointslices-only"));
        for (field, since) in [("endpointSlicesExportMode", 20), ("serviceExportsEnabled", 17), ("maxConnectedClusters", 15)] {
            let json = format!(r#"{{"id":2,"capabilities":{{"{field}":[]}}}}"#);
            assert!(mode(since - 1, &json).is_some(), "1.{} does not know {field}", since - 1);
            assert!(mode(since, &json).is_none(), "1.{since} reads {field}");
        }
    }
}
