//! The place of a setting of agents: under the `cilium` of the mesh, or of a cluster.

use crate::diag::FieldPath;
use crate::mesh::Cluster;

/// The place in the mesh if the cluster inherits the value, so that one place has one finding and one `accept`.
pub(super) fn place(cluster: &Cluster, field: &str, of_mesh: bool) -> FieldPath {
    let root = FieldPath::root();
    if of_mesh { &root } else { &cluster.path }.field("cilium").field(field)
}
