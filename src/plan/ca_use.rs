//! Where a CA is in use, by the trust of each etcd.

use crate::lint::CheckedMesh;
use crate::mesh::Label;

/// Whether an ended CA is in use: it signs, or an etcd or its clients trust no other CA that is still valid.
pub(super) fn is_needed(mesh: &CheckedMesh, name: &Label, has_ended: &dyn Fn(&Label) -> bool) -> bool {
    let mut trusts = mesh.clusters().into_keys().filter_map(|cluster| mesh.trust(cluster));
    trusts.any(|trust| {
        let alone = |list: &[Label]| list.contains(name) && list.iter().all(has_ended);
        alone(&trust.server_trust) || alone(&trust.client_trust)
    }) || signs(mesh, name)
}

/// Whether it signs at an etcd.
fn signs(mesh: &CheckedMesh, name: &Label) -> bool {
    let mut trusts = mesh.clusters().into_keys().filter_map(|cluster| mesh.trust(cluster));
    trusts.any(|trust| [&trust.server_signer, &trust.client_signer].contains(&name))
}
