//! What a cluster announces of itself under `cilium/cluster-config/<name>`, as Go reads it.
//!
//! `CiliumClusterConfig` in pkg/clustermesh/types/types.go of cilium/cilium. Whether anybody takes it is not said here.

use serde_json::Value;

use crate::spec::Cilium;

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
    /// Whether services, endpoint slices or both are exported (since 1.20).
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

    /// Reads the value of the key.
    ///
    /// # Errors
    /// Why no agent can read it.
    pub fn parse(value: &[u8]) -> Result<Self, String> {
        // Go replaces what is not UTF-8.
        let text = String::from_utf8_lossy(value);
        let document = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let mut config = Self::default();
        for (key, value) in go_json::fields("the value", &document)? {
            if same_in_go(key, "id") {
                go_json::number("id", value, &mut config.id)?;
            } else if same_in_go(key, "capabilities") {
                config.capabilities.read(value)?;
            }
        }
        Ok(config)
    }
}

impl Capabilities {
    fn read(&mut self, value: &Value) -> Result<(), String> {
        for (key, value) in go_json::fields("capabilities", value)? {
            let is = |name| same_in_go(key, name);
            if is("syncedCanaries") {
                go_json::flag("syncedCanaries", value, &mut self.synced_canaries)?;
            } else if is("cached") {
                go_json::flag("cached", value, &mut self.cached)?;
            } else if is("maxConnectedClusters") {
                go_json::number("maxConnectedClusters", value, &mut self.max_connected_clusters)?;
            } else if is("endpointSlicesExportMode") {
                go_json::text("endpointSlicesExportMode", value, &mut self.endpoint_slices_export_mode)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterConfig;

    #[test]
    fn it_is_read_as_go_reads_it() {
        let read = |json: &str| ClusterConfig::parse(json.as_bytes()).ok().map(|config| config.id);
        assert_eq!(read(r#"{"ID":2}"#), Some(2));
        assert_eq!(read(r#"{"id":2,"capabilities":null}"#), Some(2));
        assert_eq!(read("null"), Some(0));
        let cached = ClusterConfig::parse(br#"{"Capabilities":{"CACHED":true,"syncedCanaries":null}}"#);
        assert!(cached.is_ok_and(|config| config.capabilities.cached && !config.capabilities.synced_canaries));
        for wrong in
            ["[]", "2", "", r#"{"id":"2"}"#, r#"{"id":2.0}"#, r#"{"capabilities":[]}"#, r#"{"capabilities":{"cached":1}}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
