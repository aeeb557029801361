//! What a mesh says of the cluster whose files are looked at.

use std::collections::BTreeSet;
use std::path::Path;

use crate::input;
use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, ClusterName};
use crate::verify::{Expected, ExpectedLink, Files, Own, Server, remotes};
use crate::x509::Certificate;

use super::Failure;
use super::load::MAX_CERTIFICATES;

/// The cluster that `files` belong to: the one that they say, or the only one of the mesh that reads just their remote clusters. A
/// directory that is still empty belongs to no cluster.
pub(super) fn cluster_of<'a>(mesh: &'a CheckedMesh, files: &dyn Files, own: &Own) -> Result<Option<&'a Cluster>, Failure> {
    let file = files.file();
    if let Some(name) = own.name.as_deref() {
        let unknown = || Failure::Input(format!("the mesh has no cluster `{}`, which `{file}` is for", name.escape_debug()));
        return mesh.cluster(name).map(Some).ok_or_else(unknown);
    }
    let clusters = mesh.clusters();
    let remotes = remotes(files, own);
    if remotes.is_empty() {
        return Ok(None);
    }
    let reads = |cluster: &&&Cluster| -> bool {
        mesh.links(&cluster.name).iter().map(ClusterName::as_str).collect::<BTreeSet<_>>() == remotes
    };
    let absent = |cluster: &&&Cluster| !remotes.contains(cluster.name.as_str());
    let only = |found: Vec<&&'a Cluster>| if let [one] = found.as_slice() { Some(**one) } else { None };
    let found = only(clusters.values().filter(reads).collect()).or_else(|| only(clusters.values().filter(absent).collect()));
    let help = "name their cluster: `--cluster NAME`";
    found.map(Some).ok_or_else(|| Failure::Usage(format!("nothing says whose agents read `{file}`\nhelp: {help}")))
}

/// What its agents should find.
pub(super) fn expected(mesh: &CheckedMesh, cluster: &Cluster) -> Expected {
    let clusters = mesh.clusters();
    let remotes = mesh.links(&cluster.name).iter().filter_map(|name| clusters.get(name));
    let links = remotes.map(|remote| ExpectedLink {
        remote: remote.name.to_string(),
        id: remote.id,
        endpoints: remote.etcd.dialled_by(&cluster.name).iter().map(|dialled| dialled.endpoint.to_string()).collect(),
    });
    let max_connected_clusters = cluster.cilium.max_connected_clusters;
    Expected { cluster: cluster.name.to_string(), id: cluster.id, max_connected_clusters, links: links.collect() }
}

/// The server certificates that the mesh names for running etcds.
pub(super) fn servers(mesh: &CheckedMesh, base: &Path) -> Result<Vec<Server>, Failure> {
    let mut servers = Vec::new();
    for cluster in mesh.clusters().values() {
        for file in &cluster.etcd.server_certificates {
            let path = base.join(file);
            let pem = input::read(&path, MAX_CERTIFICATES).map_err(|error| Failure::file(&path, &error))?;
            let chain = Certificate::chain_from_pem(&pem).unwrap_or_default();
            servers.push(Server {
                file: file.clone(),
                cluster: Some(cluster.name.to_string()),
                chain,
                anchors: None,
                doubt: None,
            });
        }
    }
    Ok(servers)
}
