//! Own clients of an etcd that its members would not let in any more: whoever takes a member's files from here anchors clients
//! on what these say.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh, Runtime};

use super::super::checked::Authority;
use super::super::odd::listed;
use super::ResolvedTrust;

/// One finding for all clusters whose own agents have nothing that the members' files trust: an authority that is made here has
/// signed nothing yet. Where one is brought along, or `clientTrust` names another, theirs may well be from it.
pub(super) fn rule(mesh: &Mesh, resolved: &ResolvedTrust) -> Option<Diagnostic> {
    let made = |cluster: &&Cluster| {
        let trust = resolved.trust.get(&cluster.name)?;
        let made = |name| matches!(resolved.authorities.get(name), Some(Authority::Made));
        Some(trust.client_trust.iter().all(made))
    };
    let clusters: Vec<&Cluster> = mesh
        .clusters
        .iter()
        .filter(|cluster| !cluster.etcd.members.is_empty() && !cluster.etcd.local_clients)
        // Nothing is written for the own side of these.
        .filter(|cluster| cluster.runtime != Runtime::External)
        .filter(|cluster| made(cluster) == Some(true))
        .collect();
    let first = clusters.first()?;
    let shown = listed(&clusters, |cluster| format!("`{}`", cluster.name));
    let message =
        format!("the local agents, operator and administrator of {shown} have no certificate that their etcd would accept");
    let finding = Diagnostic::new(Code::OwnClientsLockedOut, first.path.field("etcd").field("members"), message);
    Some(finding.help(
        "`etcd.localClients: true` makes their credentials; if they have some, bring the authority along that signed these, and \
        name it under `etcd.clientTrust`",
    ))
}
