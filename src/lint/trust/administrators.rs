//! Administrators that other etcds would take for their own: etcd requires the name `root`, and every etcd that trusts the CA
//! accepts the certificate.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh};

use super::super::checked::MeshAuthority;
use super::super::outliers::list_clusters;
use super::ResolvedTrust;

/// One finding for each cluster whose administrator is accepted by etcds that have another one. CAs that meshbundle makes are not
/// reported: no etcd trusted them before.
pub(super) fn check(mesh: &Mesh, resolved: &ResolvedTrust) -> Vec<Diagnostic> {
    mesh.clusters
        .iter()
        .filter(|cluster| cluster.etcd.local_clients)
        .filter_map(|cluster| check_cluster(cluster, mesh, resolved))
        .collect()
}

fn check_cluster(cluster: &Cluster, mesh: &Mesh, resolved: &ResolvedTrust) -> Option<Diagnostic> {
    let signer = &resolved.trust.get(&cluster.name)?.client_signer;
    resolved.authorities.get(signer).filter(|authority| matches!(authority, MeshAuthority::Provided { .. }))?;
    let trusts = |other: &&Cluster| resolved.trust.get(&other.name).is_some_and(|trust| trust.client_trust.contains(signer));
    let others = mesh.clusters.iter().filter(|other| other.name != cluster.name && !other.etcd.local_clients);
    let opened: Vec<&Cluster> = others.filter(trusts).collect();
    if opened.is_empty() {
        return None;
    }
    let shown = list_clusters(&opened, |other| format!("`{}`", other.name));
    let message = format!(
        "the administrator of `{}` could also administer {shown}: they trust the CA `{signer}` that signs it",
        cluster.name
    );
    let finding = Diagnostic::new(Code::OthersRoot, cluster.path.field("etcd").field("localClients"), message);
    Some(finding.help(format!("give `{}` a separate `clientSigner`", cluster.name)))
}
