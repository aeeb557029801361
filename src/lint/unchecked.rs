//! Reports once what was not checked because it is not given, so that silence is not taken for proof.

use crate::diag::Unchecked;
use crate::mesh::{Cluster, Mesh};

/// Whether a cluster has the value that a rule needs.
type Given = fn(&Cluster) -> bool;

const FIELDS: [(&str, Given); 6] = [
    ("podCIDRs", |cluster| !cluster.pod_cidrs.is_empty()),
    ("nodeCIDRs", |cluster| !cluster.node_cidrs.is_empty()),
    ("serviceCIDRs", |cluster| !cluster.service_cidrs.is_empty()),
    ("cilium.routingMode", |cluster| cluster.cilium.routing_mode.is_some()),
    // Only tunnels have a tunnel protocol.
    ("cilium.tunnelProtocol", |cluster| {
        cluster.cilium.routing_mode.as_deref() != Some("tunnel") || cluster.cilium.tunnel_protocol.is_some()
    }),
    ("cilium.encryption", |cluster| cluster.cilium.encryption.is_some()),
];

/// The fields that clusters lack, and which ones do.
pub(super) fn fields(mesh: &Mesh) -> Vec<Unchecked> {
    let lacking = |(field, given): (&'static str, Given)| {
        let clusters: Vec<_> =
            mesh.clusters.iter().filter(|cluster| !given(cluster)).map(|cluster| cluster.name.to_string()).collect();
        let nowhere = clusters.len() == mesh.clusters.len();
        Unchecked { field, clusters, nowhere }
    };
    FIELDS.into_iter().map(lacking).filter(|field| !field.clusters.is_empty()).collect()
}
