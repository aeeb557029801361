//! What a cluster announces of itself under `cilium/cluster-config/<name>`, and whether agents take it.
//!
//! `CiliumClusterConfig` and `ValidateRemoteConfig` in pkg/clustermesh/types, `ReserveClusterID` in
//! pkg/clustermesh/idsmgr.go of cilium/cilium.

use serde_json::Value;

use crate::diag::Code;
use crate::verify::{Own, Peer, same_in_go};

use super::fault::Fault;
use super::go_json;

/// Where `max-connected-clusters` says nothing.
const DEFAULT_MAX: i64 = 255;

/// The announcement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ClusterConfig {
    /// 0 where it is left out, as in Go.
    pub(super) id: u32,
    pub(super) capabilities: Capabilities,
}

/// What agents have to know before they read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// Agents wait for canaries.
    pub(super) synced_canaries: bool,
    /// The keys stand below `cilium/cache`.
    pub(super) cached: bool,
    max_connected_clusters: u32,
    endpoint_slices_export_mode: String,
}

impl ClusterConfig {
    /// Whether services are exported as services (since 1.20 a cluster may export only endpoint slices).
    pub(super) fn services(&self) -> bool {
        self.capabilities.endpoint_slices_export_mode != "endpointslices-only"
    }

    /// Reads the value of the key.
    ///
    /// # Errors
    /// That no agent can read it.
    pub(super) fn parse(value: &[u8], peer: &Peer) -> Result<Self, Fault> {
        Self::read(value).map_err(|reason| {
            let message = format!("`{}` announces something that agents cannot read: {reason}", peer.name);
            Fault::new(Code::ClusterConfigWrong, message, announce(peer)).because("it has to be JSON such as `{\"id\":2}`")
        })
    }

    fn read(value: &[u8]) -> Result<Self, String> {
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

    /// Why agents of `own` refuse it, or why it is not the cluster that is meant.
    pub(super) fn judge(&self, peer: &Peer, own: &Own) -> Vec<Fault> {
        let (name, id) = (&peer.name, i64::from(self.id));
        let wrong = |message: String, help: String| Fault::new(Code::ClusterConfigWrong, message, help);
        let max = own.max_connected_clusters.unwrap_or(DEFAULT_MAX);
        let mut faults = Vec::new();
        if id == 0 {
            faults.push(wrong(format!("`{name}` announces the id 0, which is reserved"), announce(peer)));
        } else if own.id == Some(id) {
            let message = format!("`{name}` announces the id {id}, which is this cluster's own");
            faults.push(wrong(message, format!("give `{name}` an id of its own (`cluster-id`), and restart its agents")));
        } else if let Some(meant) = peer.id.filter(|meant| *meant != id) {
            let message = format!("`{name}` announces the id {id}, and its id in the mesh is {meant}");
            let help = format!("correct `cluster-id` of `{name}`, or its id in mesh.yaml; this may be another cluster's etcd");
            faults.push(wrong(message, help));
        }
        if id > max {
            let message = format!("`{name}` announces the id {id}, and agents here take ids up to {max}");
            faults.push(wrong(message, "set `max-connected-clusters` to 511 in all clusters, or use a lower id".to_owned()));
        }
        let theirs = i64::from(self.capabilities.max_connected_clusters);
        // Only a cluster that differs from the default compares.
        if max != DEFAULT_MAX && max != theirs {
            let message = format!("`{name}` announces `maxConnectedClusters` {theirs}, and agents here have {max}");
            faults.push(wrong(message, format!("set `max-connected-clusters` to {max} in `{name}`, too")));
        }
        let mode = &self.capabilities.endpoint_slices_export_mode;
        if !["", "services-and-endpointslices", "endpointslices-only"].contains(&mode.as_str()) {
            faults.push(wrong(format!("`{name}` announces the unknown `endpointSlicesExportMode` `{mode}`"), announce(peer)));
        }
        faults
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

/// That nothing is announced under the name; `others` are those that are, where that may be seen.
pub(super) fn missing(peer: &Peer, others: &[String]) -> Fault {
    let name = &peer.name;
    let message = format!("`cilium/cluster-config/{name}` is not there");
    if others.is_empty() {
        return Fault::new(Code::ClusterConfigMissing, message, announce(peer));
    }
    let shown = others.iter().take(3).map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
    let message = format!("{message}: this is the etcd of {shown}");
    let help = format!("point the endpoints to the etcd of `{name}`, or give the config the name that its cluster has");
    Fault::new(Code::ClusterConfigMissing, message, help)
}

/// Two clusters that announce one id.
pub(super) fn taken(name: &str, other: &str, id: u32) -> Fault {
    let message = format!("`{name}` and `{other}` announce the same id {id}: agents take the one that answers first");
    Fault::new(Code::ClusterConfigWrong, message, format!("give `{name}` or `{other}` another `cluster-id`"))
}

fn announce(peer: &Peer) -> String {
    let (name, id) = (&peer.name, peer.id.map_or_else(|| "ID".to_owned(), |id| id.to_string()));
    format!(
        "let the cluster's operator or clustermesh-apiserver write it, or write it: \
         `etcdctl put cilium/cluster-config/{name} '{{\"id\":{id}}}'`"
    )
}

#[cfg(test)]
mod tests {
    use super::ClusterConfig;
    use crate::verify::{Own, Peer, PeerConfig};

    fn peer(id: Option<i64>) -> Peer {
        let (anchors, chain) = (Vec::new(), Vec::new());
        let config = PeerConfig::default();
        Peer {
            name: "oslo".to_owned(),
            file: String::new(),
            id,
            config,
            anchors,
            chain,
            key: None,
            blocked: None,
            local: Vec::new(),
        }
    }

    fn judged(json: &str, meant: Option<i64>, own: &Own) -> Vec<String> {
        let config = ClusterConfig::parse(json.as_bytes(), &peer(meant)).map_err(|fault| fault.message);
        config.expect("JSON").judge(&peer(meant), own).into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn the_id_has_to_be_the_meshs_and_nobody_elses() {
        let own = Own { id: Some(1), ..Own::default() };
        assert_eq!(judged(r#"{"id":2}"#, Some(2), &own), [""; 0]);
        assert_eq!(judged(r#"{"id":255,"capabilities":{},"new":1}"#, None, &own), [""; 0]);
        assert!(judged("{}", Some(2), &own)[0].contains("the id 0"));
        assert!(judged(r#"{"id":1}"#, Some(2), &own)[0].contains("own"));
        assert!(judged(r#"{"id":3}"#, Some(2), &own)[0].contains("its id in the mesh is 2"));
        assert!(judged(r#"{"id":256}"#, None, &own)[0].contains("up to 255"));
        assert!(ClusterConfig::parse(br#"{"id":-1}"#, &peer(None)).is_err());
    }

    #[test]
    fn it_is_read_as_go_reads_it() {
        let read = |json: &str| ClusterConfig::parse(json.as_bytes(), &peer(None)).ok().map(|config| config.id);
        assert_eq!(read(r#"{"ID":2}"#), Some(2));
        assert_eq!(read(r#"{"id":2,"capabilities":null}"#), Some(2));
        assert_eq!(read("null"), Some(0));
        let cached = ClusterConfig::parse(br#"{"Capabilities":{"CACHED":true,"syncedCanaries":null}}"#, &peer(None));
        assert!(cached.is_ok_and(|config| config.capabilities.cached && !config.capabilities.synced_canaries));
        for wrong in
            ["[]", "2", "", r#"{"id":"2"}"#, r#"{"id":2.0}"#, r#"{"capabilities":[]}"#, r#"{"capabilities":{"cached":1}}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_clusters_off_the_default_compare_their_size() {
        let large = Own { max_connected_clusters: Some(511), ..Own::default() };
        assert_eq!(judged(r#"{"id":300,"capabilities":{"maxConnectedClusters":511}}"#, None, &large), [""; 0]);
        assert!(judged(r#"{"id":2}"#, None, &large)[0].contains("`maxConnectedClusters` 0"));
        assert_eq!(judged(r#"{"id":2,"capabilities":{"maxConnectedClusters":511}}"#, None, &Own::default()), [""; 0]);
    }
}
