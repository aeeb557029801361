//! The CAs and the trust of every etcd, by names of the mesh.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::FieldPath;
use crate::mesh::{ClusterName, Host, Label};

use super::super::checked::{EtcdTrust, MeshAuthority};

/// The name of the CA of the whole mesh.
pub(super) const SHARED: &str = "mesh";

/// The CAs and the trust of every etcd.
pub(in crate::lint) struct ResolvedTrust {
    pub(in crate::lint) authorities: BTreeMap<Label, MeshAuthority>,
    pub(in crate::lint) trust: BTreeMap<ClusterName, EtcdTrust>,
    /// CAs that Go does not accept: proofs against them would fail for a reason that is already reported.
    pub(in crate::lint) unfit: BTreeSet<Label>,
    /// Hosts that the mesh adds to the certificates of members, but that these cannot have, by cluster.
    pub(in crate::lint) left_out: BTreeMap<ClusterName, BTreeSet<Host>>,
    /// Clusters whose etcds never get a CA that meshbundle makes.
    pub(in crate::lint) undelivered: BTreeSet<ClusterName>,
}

/// The place of the CA `name` in the file.
pub(super) fn place_of(name: &Label) -> FieldPath {
    FieldPath::root().field("trust").field("authorities").field(name.as_str())
}
