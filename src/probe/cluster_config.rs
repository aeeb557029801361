//! Whether agents accept the value of `cilium/cluster-config/<name>`.
//!
//! `ValidateRemoteConfig` in pkg/clustermesh/types, `ReserveClusterID` in pkg/clustermesh/idsmgr.go of cilium/cilium. `verify`
//! reads the value. tests/conformance compares both with Cilium's own code.

use crate::diag::{Code, Severity};
use crate::etcd::Fault;
use crate::mesh::{Cilium, CiliumVersion, Feature};
use crate::verify::{ClusterConfig, Own, Peer};

/// Reads the value of the key as agents of `version` do.
///
/// # Errors
/// If they cannot read it.
pub(super) fn parse(value: &[u8], peer: &Peer, version: CiliumVersion) -> Result<ClusterConfig, Fault> {
    ClusterConfig::parse(value, version).map_err(|reason| {
        let message = format!("agents cannot read the cluster-config of `{}`: {reason}", peer.name);
        Fault::new(Code::ClusterConfigWrong, message, announce(peer)).because("it must be JSON such as `{\"id\":2}`")
    })
}

/// Why agents of `own` reject it, or why it belongs to another cluster.
pub(super) fn judge(config: &ClusterConfig, peer: &Peer, own: &Own, version: CiliumVersion) -> Vec<(Severity, Fault)> {
    let (name, id) = (&peer.name, i64::from(config.id));
    let wrong = |message: String, help: String| (Severity::Error, Fault::new(Code::ClusterConfigWrong, message, help));
    let max = own.max_connected_clusters.unwrap_or(Cilium::DEFAULT_MAX_CONNECTED);
    let mut faults = Vec::new();
    if id == 0 {
        let (severity, fault) = wrong(format!("the cluster-config of `{name}` has id 0, which is reserved"), announce(peer));
        // Agents up to 1.15 connect to such a cluster as to one without a cluster-config, unless they take 511 clusters.
        let refused = version.has(Feature::ClusterConfigRequired) || max != Cilium::DEFAULT_MAX_CONNECTED;
        faults.push((if refused { severity } else { Severity::Warning }, fault));
    } else if own.id == Some(id) {
        let message = format!("the cluster-config of `{name}` has id {id}, which is the id of this cluster");
        faults.push(match peer.id.filter(|meant| *meant != id) {
            Some(meant) => wrong(
                format!("{message}; its id in the mesh is {meant}"),
                format!("point the endpoints to the etcd of `{name}`, if this is another one; otherwise {}", announce(peer)),
            ),
            None => wrong(message, format!("give `{name}` another id (`cluster-id`), and restart its agents")),
        });
    } else if let Some(meant) = peer.id.filter(|meant| *meant != id) {
        let message = format!("the cluster-config of `{name}` has id {id}, but its id in the mesh is {meant}");
        let help = format!("correct `cluster-id` of `{name}`, or its id in mesh.yaml; this may be another cluster's etcd");
        let (severity, fault) = wrong(message, help);
        let accepted = id <= max && id <= Cilium::EXTENDED_MAX_CONNECTED;
        let because = "agents accept it, and use what may be the state of another cluster";
        faults.push((severity, if accepted { fault.because(because) } else { fault }));
    }
    if id > Cilium::EXTENDED_MAX_CONNECTED {
        let message = format!("the cluster-config of `{name}` has id {id}, but no agent accepts more than 511");
        faults.push(wrong(message, format!("give `{name}` an id up to {max} (`cluster-id`), and restart its agents")));
    } else if id > max {
        let message = format!("the cluster-config of `{name}` has id {id}, but agents here accept ids up to {max}");
        faults.push(wrong(message, "set `max-connected-clusters` to 511 in all clusters, or use a lower id".to_owned()));
    }
    if !config.fits(max) {
        let theirs = config.capabilities.max_connected_clusters;
        let message = format!("the cluster-config of `{name}` has `maxConnectedClusters` {theirs}, but agents here have {max}");
        faults.push(wrong(message, format!("set `max-connected-clusters` to {max} in `{name}` as well")));
    }
    // Empty where agents of this version do not read it.
    let mode = &config.capabilities.endpoint_slices_export_mode;
    if !["", "services-and-endpointslices", "endpointslices-only"].contains(&mode.as_str()) {
        faults.push(wrong(
            format!("the cluster-config of `{name}` has the unknown `endpointSlicesExportMode` `{mode}`"),
            announce(peer),
        ));
    }
    faults
}

/// That nothing is announced under the name; `others` are those that are, where that may be seen.
pub(super) fn missing(peer: &Peer, others: &[String]) -> Fault {
    let name = &peer.name;
    let message = format!("`cilium/cluster-config/{name}` does not exist");
    if others.is_empty() {
        let help = format!(
            "let the operator of `{name}` (kvstore mode, 1.15 or newer) or its clustermesh-apiserver write it, or run \
             `meshbundle announce` there"
        );
        return Fault::new(Code::ClusterConfigMissing, message, help);
    }
    let shown = others.iter().take(3).map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
    let message = format!("{message}: this is the etcd of {shown}");
    let help = format!("point the endpoints to the etcd of `{name}`, or rename the config to the name of its cluster");
    Fault::new(Code::ClusterConfigMissing, message, help)
}

/// Two clusters that announce one id.
pub(super) fn id_in_use(name: &str, other: &str, id: u32) -> Fault {
    let message =
        format!("the cluster-configs of `{name}` and `{other}` have the same id {id}: agents use the one that answers first");
    Fault::new(Code::ClusterConfigWrong, message, format!("give `{name}` or `{other}` another `cluster-id`"))
}

/// How to correct the value: no announcer overwrites another id.
fn announce(peer: &Peer) -> String {
    let name = &peer.name;
    let write = match peer.id {
        Some(id) => format!("write it: `etcdctl put cilium/cluster-config/{name} '{{\"id\":{id}}}'`"),
        None => "run `meshbundle announce` there; probe with `--mesh` knows the id, and names the command".to_owned(),
    };
    format!("let the cluster's operator or clustermesh-apiserver write it, or {write}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{judge, missing, parse};
    use crate::diag::Severity;
    use crate::mesh::CiliumVersion;
    use crate::verify::{Own, Peer, PeerEtcd};

    fn peer(id: Option<i64>) -> Peer {
        Peer {
            name: "oslo".to_owned(),
            file: String::new(),
            id,
            etcd: PeerEtcd::Remote,
            config: Arc::default(),
            anchors: Arc::default(),
            doubt: None,
            chain: Arc::default(),
            key: None,
            blocked: None,
            local: Vec::new(),
        }
    }

    fn judged(json: &str, meant: Option<i64>, own: &Own) -> Vec<String> {
        judged_by(CiliumVersion::NEWEST, json, meant, own).into_iter().map(|(_, message)| message).collect()
    }

    fn judged_by(version: CiliumVersion, json: &str, meant: Option<i64>, own: &Own) -> Vec<(Severity, String)> {
        let config = parse(json.as_bytes(), &peer(meant), version).map_err(|fault| fault.message);
        let faults = judge(&config.expect("JSON"), &peer(meant), own, version);
        faults.into_iter().map(|(severity, fault)| (severity, fault.message)).collect()
    }

    #[test]
    fn the_id_must_be_that_of_the_mesh_and_unique() {
        let own = Own { id: Some(1), ..Own::default() };
        assert_eq!(judged(r#"{"id":2}"#, Some(2), &own), [""; 0]);
        assert_eq!(judged(r#"{"id":255,"capabilities":{},"new":1}"#, None, &own), [""; 0]);
        assert!(judged("{}", Some(2), &own)[0].contains("id 0"));
        assert!(judged(r#"{"id":1}"#, Some(2), &own)[0].contains("the id of this cluster"));
        assert!(judged(r#"{"id":3}"#, Some(2), &own)[0].contains("its id in the mesh is 2"));
        assert!(judged(r#"{"id":256}"#, None, &own)[0].contains("up to 255"));
        // No agent can be set to 600 clusters, so nothing that sets 511 helps.
        assert!(judged(r#"{"id":600}"#, None, &own)[0].contains("no agent accepts more than 511"));
        assert!(parse(br#"{"id":-1}"#, &peer(None), CiliumVersion::NEWEST).is_err());
    }

    #[test]
    fn a_command_that_writes_the_value_has_the_id_or_is_not_there() {
        let help = |id| parse(b"x", &peer(id), CiliumVersion::NEWEST).expect_err("no JSON").help;
        assert!(help(Some(7)).ends_with(r#"or write it: `etcdctl put cilium/cluster-config/oslo '{"id":7}'`"#));
        assert!(!help(None).contains("etcdctl put"), "{}", help(None));
    }

    #[test]
    fn agents_up_to_1_15_connect_to_the_id_0() {
        let severities = |minor, max| {
            let own = Own { max_connected_clusters: max, ..Own::default() };
            let json = r#"{"id":0,"capabilities":{"maxConnectedClusters":511}}"#;
            let faults = judged_by(CiliumVersion::new(1, minor), json, None, &own);
            faults.into_iter().map(|(severity, _)| severity).collect::<Vec<_>>()
        };
        assert_eq!(severities(15, None), [Severity::Warning]);
        assert_eq!(severities(15, Some(511)), [Severity::Error]);
        assert_eq!(severities(16, None), [Severity::Error]);
    }

    #[test]
    fn what_is_missing_is_written_by_an_operator_or_an_announcer() {
        let help = |others: &[String]| missing(&peer(None), others).help;
        assert!(help(&[]).contains("`meshbundle announce` there"));
        assert!(help(&["rome".to_owned()]).contains("point the endpoints"));
    }

    #[test]
    fn only_clusters_off_the_default_compare_their_size() {
        let large = Own { max_connected_clusters: Some(511), ..Own::default() };
        assert_eq!(judged(r#"{"id":300,"capabilities":{"maxConnectedClusters":511}}"#, None, &large), [""; 0]);
        assert!(judged(r#"{"id":2}"#, None, &large)[0].contains("`maxConnectedClusters` 0"));
        assert_eq!(judged(r#"{"id":2,"capabilities":{"maxConnectedClusters":511}}"#, None, &Own::default()), [""; 0]);
    }
}
