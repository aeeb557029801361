//! A mesh without errors, with what the rules have resolved: links, and the signing and trusted CAs of each etcd. Only `lint` can
//! make one.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{Cluster, ClusterName, Host, Label, Mesh};
use crate::values::ReleaseValues;
use crate::x509::Certificate;

/// A mesh without errors.
#[derive(Clone)]
pub struct CheckedMesh {
    pub(super) mesh: Mesh,
    pub(super) authorities: BTreeMap<Label, MeshAuthority>,
    pub(super) trust: BTreeMap<ClusterName, EtcdTrust>,
    pub(super) left_out: BTreeMap<ClusterName, BTreeSet<Host>>,
    pub(super) links: BTreeMap<ClusterName, Vec<ClusterName>>,
    pub(super) clients: BTreeMap<String, Vec<Certificate>>,
    pub(super) values: BTreeMap<ClusterName, ReleaseValues>,
}

/// A CA that this mesh needs.
#[derive(Debug, Clone)]
pub enum MeshAuthority {
    /// Made here, or to be made.
    Made,
    /// The user provides it.
    Provided {
        /// The certificate that signs, and those after it in its file.
        chain: Vec<Certificate>,
        /// File of the chain, as in the mesh.
        certificate: String,
        /// File of the key, if it signs.
        key: Option<String>,
    },
}

/// Who signs and trusts at one etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdTrust {
    /// The CA that signs the servers of members that get their certificates from meshbundle.
    pub server_signer: Label,
    /// The CAs that agents trust.
    pub server_trust: Vec<Label>,
    /// The CA that signs the clients.
    pub client_signer: Label,
    /// The CAs that its servers trust: the client signer first, then those that they must continue to trust.
    pub client_trust: Vec<Label>,
    /// The CAs that its members trust as peers: those that sign them.
    pub peer_trust: Vec<Label>,
}

impl CheckedMesh {
    /// The mesh as it was read.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// The clusters by name: the order in the file does not matter.
    pub fn clusters(&self) -> BTreeMap<&ClusterName, &Cluster> {
        self.mesh.clusters.iter().map(|cluster| (&cluster.name, cluster)).collect()
    }

    /// The cluster with this name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.mesh.clusters.iter().find(|cluster| cluster.name.as_str() == name)
    }

    /// Every CA that the mesh needs.
    pub fn authorities(&self) -> &BTreeMap<Label, MeshAuthority> {
        &self.authorities
    }

    /// The signing and trusted CAs of the etcd of `cluster`.
    pub fn trust(&self, cluster: &ClusterName) -> Option<&EtcdTrust> {
        self.trust.get(cluster)
    }

    /// Whether the certificates of the members of `cluster` cannot have `host`, which the mesh would add to them.
    pub fn leaves_out(&self, cluster: &ClusterName, host: &Host) -> bool {
        self.left_out.get(cluster).is_some_and(|hosts| hosts.contains(host))
    }

    /// The clusters whose etcds the agents of `cluster` read, in order.
    pub fn links(&self, cluster: &ClusterName) -> &[ClusterName] {
        self.links.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// The values that the release of a Helm cluster has, if the mesh names them.
    pub fn release_values(&self, cluster: &ClusterName) -> Option<&ReleaseValues> {
        self.values.get(cluster)
    }

    /// The chain that a provided client credential presents, by its file: the leaf first.
    pub fn client(&self, certificate: &str) -> &[Certificate] {
        self.clients.get(certificate).map_or(&[], Vec::as_slice)
    }
}

impl MeshAuthority {
    /// The certificate to trust: the one that signs. A CA that is still to be made has none yet.
    pub fn anchor(&self) -> Option<&Certificate> {
        match self {
            Self::Made => None,
            Self::Provided { chain, .. } => chain.first(),
        }
    }

    /// The certificates that its leaves depend on: the one that signs, and those after it up to the root. If the file has no
    /// root, its last certificate is the one that is trusted.
    pub fn in_use(&self) -> &[Certificate] {
        let Self::Provided { chain, .. } = self else { return &[] };
        let intermediates = chain.iter().take_while(|certificate| !certificate.is_self_issued()).count();
        chain.get(..=intermediates).unwrap_or(chain)
    }

    /// The certificates that travel with what it signs: those up to the last one before the root, so that an etcd that trusts a CA
    /// higher in the chain can follow it. None, if the file has only one certificate.
    pub fn travelling(&self) -> &[Certificate] {
        self.in_use().split_last().map_or(&[], |(_, below)| below)
    }
}
