//! What each CA is used for, and where: the findings about a CA depend on it.

use std::collections::BTreeMap;

use crate::diag::FieldPath;
use crate::mesh::{Label, Mesh};

use super::super::links::Readers;
use super::ResolvedTrust;

/// The uses of one CA, each by the field that needs it, in the order of the file.
#[derive(Default)]
pub(super) struct Uses {
    /// It signs servers of members.
    pub(super) servers: Vec<FieldPath>,
    /// It signs clients.
    pub(super) clients: Vec<FieldPath>,
    /// Agents or servers trust it.
    pub(super) anchors: Vec<FieldPath>,
}

impl Uses {
    pub(super) fn signs(&self) -> bool {
        !self.servers.is_empty() || !self.clients.is_empty()
    }

    pub(super) fn is_used(&self) -> bool {
        self.signs() || !self.anchors.is_empty()
    }
}

/// The uses of every CA that has any.
pub(super) fn of<'r>(mesh: &Mesh, readers: &Readers<'_>, resolved: &'r ResolvedTrust) -> BTreeMap<&'r Label, Uses> {
    let mut uses: BTreeMap<&Label, Uses> = BTreeMap::new();
    for cluster in &mesh.clusters {
        let Some(trust) = resolved.trust.get(&cluster.name) else { continue };
        let (etcd, path) = (&cluster.etcd, cluster.path.field("etcd"));
        let (is_read, has_members) = (readers.contains_key(&cluster.name), !etcd.members.is_empty());
        let or_authority = |given: bool, field: &str| path.field(if given { field } else { "authority" });
        let client_signer = or_authority(etcd.client_signer.is_some(), "clientSigner");
        if has_members {
            uses.entry(&trust.server_signer).or_default().servers.push(path.field("authority"));
        }
        let per_node_credentials = etcd.has_own_clients();
        if (is_read && etcd.client.is_none()) || per_node_credentials {
            uses.entry(&trust.client_signer).or_default().clients.push(client_signer.clone());
        }
        if is_read || per_node_credentials {
            let at = or_authority(etcd.server_trust.is_some(), "serverTrust");
            for name in &trust.server_trust {
                uses.entry(name).or_default().anchors.push(at.clone());
            }
        }
        if is_read || has_members || per_node_credentials {
            for name in &trust.client_trust {
                let at = if *name == trust.client_signer { client_signer.clone() } else { path.field("clientTrust") };
                uses.entry(name).or_default().anchors.push(at);
            }
        }
    }
    uses
}
