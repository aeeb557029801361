//! `cilium`: what the agents of a cluster, or of all, are.

use crate::diag::{Code, Diagnostic, FieldPath};

use super::super::definition::Cilium;
use super::super::tree::{Value, YamlNode};
use super::super::version::CiliumVersion;
use super::reader::{MeshReader, field, flag, text};

pub(super) fn cilium(reader: &mut MeshReader, holder: &YamlNode, path: &FieldPath) -> Cilium {
    let (empty, path) = (empty(), path.field("cilium"));
    let node = field(holder, "cilium").unwrap_or(&empty);
    let owned = |key: &str| text(node, key).map(str::to_owned);
    let version = text(node, "version").and_then(|version| match CiliumVersion::parse(version) {
        Ok(parsed) => Some(parsed),
        Err(help) => {
            let message = format!("`{}` is not a version of Cilium", version.escape_debug());
            reader.add(Diagnostic::new(Code::UnsupportedVersion, path.field("version"), message).help(help));
            None
        }
    });
    let mut range = |key: &str| text(node, key).and_then(|text| reader.cidr(text, &path.field(key)));
    let (ipv4, ipv6) = (range("ipv4NativeRoutingCIDR"), range("ipv6NativeRoutingCIDR"));
    Cilium {
        version: version.unwrap_or(CiliumVersion::NEWEST),
        version_read: version.is_some(),
        max_connected_clusters: text(node, "maxConnectedClusters").and_then(|text| text.parse().ok()),
        policy_default_local_cluster: flag(node, "policyDefaultLocalCluster"),
        routing_mode: owned("routingMode"),
        tunnel_protocol: owned("tunnelProtocol"),
        encryption: owned("encryption"),
        ipam: owned("ipam"),
        cni_chaining: owned("cniChaining"),
        kubernetes: flag(node, "kubernetes"),
        ipv4_native_routing_cidr: ipv4,
        ipv6_native_routing_cidr: ipv6,
    }
}

/// An empty mapping in place of a missing one.
pub(super) const fn empty() -> YamlNode {
    YamlNode { span: 0..0, value: Value::Map(Vec::new()) }
}
