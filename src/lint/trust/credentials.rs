//! How many client certificates `{node}` leads to.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, ClusterName, Label, Mesh};

use super::super::links::{Readers, pairs_of_readers};
use super::ResolvedTrust;

/// More credentials for single nodes than this are reported. Each is an etcd user to be created, granted and removed. The largest
/// mesh by default, 255 clusters of 20 nodes, has 5,100 nodes, and with one CA as many credentials: more means some for each
/// etcd.
const MANY: usize = 6_000;

/// One finding for the mesh.
pub(super) fn check(mesh: &Mesh, readers: &Readers<'_>, resolved: &ResolvedTrust) -> Option<Diagnostic> {
    // As in the plan, a node presents one certificate to all etcds whose clients one CA signs under one name.
    let mut kinds: BTreeSet<(&ClusterName, &Label, String)> = BTreeSet::new();
    let mut etcds = 0;
    let mut first: Option<&Cluster> = None;
    for (cluster, readers) in pairs_of_readers(mesh, readers) {
        let etcd = &cluster.etcd;
        let Some(trust) = resolved.trust.get(&cluster.name) else { continue };
        if etcd.client.is_some() || !etcd.client_name.per_node() {
            continue;
        }
        etcds += 1;
        first = first.or(Some(cluster));
        for reader in readers {
            let node = reader.nodes.first().map(|node| &node.name);
            kinds.insert((&reader.name, &trust.client_signer, etcd.client_name.expand(&reader.name, node)));
        }
    }
    let mut of: BTreeMap<&ClusterName, usize> = BTreeMap::new();
    kinds.iter().for_each(|(reader, ..)| *of.entry(reader).or_default() += 1);
    let count = |reader: &Cluster| of.get(&reader.name).unwrap_or(&0) * reader.nodes.len().max(1);
    let counts: Vec<(usize, &Cluster)> = mesh.clusters.iter().map(|reader| (count(reader), reader)).collect();
    let all: usize = counts.iter().map(|(count, _)| count).sum();
    let (most, reader) = counts.into_iter().max_by_key(|(count, _)| *count)?;
    let at = first.filter(|_| all > MANY)?.path.field("etcd").field("clientName");
    let message = format!(
        "`{{node}}` in the `clientName` of {etcds} etcds leads to {all} client certificates, {most} of them for `{}`",
        reader.name
    );
    Some(
        Diagnostic::new(Code::ManyCredentials, at, message)
            .help("remove `{node}` from `clientName`: the nodes of a cluster then share one certificate, `remote-{cluster}`"),
    )
}
