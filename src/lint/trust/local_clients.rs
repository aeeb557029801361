//! Local clients of an etcd that its members would no longer accept: with member files of meshbundle, an etcd trusts only the CAs
//! in them.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh};

use super::super::checked::MeshAuthority;
use super::super::outliers::list_clusters;
use super::ResolvedTrust;

/// One finding for all clusters whose local agents have no certificate that the members' files trust: a CA that is made now has
/// signed nothing yet. With a provided CA, or another one in `clientTrust`, they may have certificates of it.
pub(super) fn check(mesh: &Mesh, resolved: &ResolvedTrust) -> Option<Diagnostic> {
    let made = |cluster: &&Cluster| {
        let trust = resolved.trust.get(&cluster.name)?;
        let made = |name| matches!(resolved.authorities.get(name), Some(MeshAuthority::Made));
        Some(trust.client_trust.iter().all(made))
    };
    let clusters: Vec<&Cluster> = mesh
        .clusters
        .iter()
        .filter(|cluster| !cluster.etcd.members.is_empty() && !cluster.etcd.local_clients)
        // These clusters get no files for local clients.
        .filter(|cluster| !cluster.runtime.has_foreign_etcd())
        .filter(|cluster| made(cluster) == Some(true))
        .collect();
    let first = clusters.first()?;
    let shown = list_clusters(&clusters, |cluster| format!("`{}`", cluster.name));
    let message =
        format!("the local agents, operator and administrator of {shown} have no certificate that their etcd would accept");
    let finding = Diagnostic::new(Code::OwnClientsLockedOut, first.path.field("etcd").field("members"), message);
    Some(finding.help(
        "`etcd.localClients: true` makes their credentials; if they have some, provide the CA that signed them, and \
        name it under `etcd.clientTrust`",
    ))
}
