//! Where a setting of agents stands: under the mesh's `cilium`, or under a cluster's own.

use crate::diag::FieldPath;
use crate::mesh::Cluster;

/// The mesh's own place where the cluster's value is the mesh's, so that one place has one finding and one `accept`.
pub(super) fn place(cluster: &Cluster, field: &str, of_mesh: bool) -> FieldPath {
    let root = FieldPath::root();
    if of_mesh { &root } else { &cluster.path }.field("cilium").field(field)
}
