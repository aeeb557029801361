//! Links of which meshbundle makes one half: a cluster whose runtime is `external` is read, and gets nothing with which it would read.

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, Mesh, Runtime};

use super::links::ResolvedLinks;
use super::outliers::list_clusters;

/// The clusters that others read, and that get nothing from here to read these.
pub(super) fn check(mesh: &Mesh, links: &ResolvedLinks) -> Vec<Diagnostic> {
    let half = |cluster: &Cluster| {
        let remotes = links.get(&cluster.name).filter(|remotes| !remotes.is_empty())?;
        let mut known: Vec<&Cluster> = mesh.clusters.iter().filter(|one| remotes.contains(&one.name)).collect();
        known.sort_by_key(|one| &one.name);
        let listed = list_clusters(&known, |one| format!("`{}`", one.name));
        let message = format!("nothing here makes `{}` read {listed}: its runtime is external", cluster.name);
        let finding = Diagnostic::new(Code::HalfLink, cluster.path.field("runtime"), message);
        Some(finding.help("if Cilium's Helm chart runs it, set `runtime: helm`: then it gets Secrets and values"))
    };
    mesh.clusters.iter().filter(|cluster| cluster.runtime == Runtime::External).filter_map(half).collect()
}
