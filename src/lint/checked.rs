//! A mesh that no rule has an error against, with everything resolved that the rules had to resolve anyway: links, and who
//! signs and trusts at each etcd. Only `lint` can make one.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{Cluster, ClusterName, Host, Label, Mesh};
use crate::x509::Certificate;

/// A mesh without errors.
pub struct CheckedMesh {
    pub(super) mesh: Mesh,
    pub(super) authorities: BTreeMap<Label, Authority>,
    pub(super) trust: BTreeMap<ClusterName, EtcdTrust>,
    pub(super) left_out: BTreeMap<ClusterName, BTreeSet<Host>>,
    pub(super) links: BTreeMap<ClusterName, Vec<ClusterName>>,
    pub(super) clients: BTreeMap<String, Vec<Certificate>>,
}

/// An authority that this mesh needs.
#[derive(Debug, Clone)]
pub enum Authority {
    /// Made here, or to be made.
    Made,
    /// The user provides it.
    Provided {
        /// The certificate that signs, and what stands behind it in its file.
        chain: Vec<Certificate>,
        /// File of the chain, as the mesh has it.
        certificate: String,
        /// File of the key, if it signs.
        key: Option<String>,
    },
}

/// Who signs and trusts at one etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdTrust {
    /// Who signs the servers of members that get their certificates from here.
    pub server_signer: Label,
    /// What agents anchor on.
    pub server_trust: Vec<Label>,
    /// Who signs the clients.
    pub client_signer: Label,
    /// What its servers anchor on: the client signer first, then what they must go on trusting.
    pub client_trust: Vec<Label>,
}

impl CheckedMesh {
    /// The mesh as it was read.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    /// The clusters by name: the order in the file never decides anything.
    pub fn clusters(&self) -> BTreeMap<&ClusterName, &Cluster> {
        self.mesh.clusters.iter().map(|cluster| (&cluster.name, cluster)).collect()
    }

    /// Every authority that the mesh needs.
    pub fn authorities(&self) -> &BTreeMap<Label, Authority> {
        &self.authorities
    }

    /// Who signs and trusts at the etcd of `cluster`.
    pub fn trust(&self, cluster: &ClusterName) -> Option<&EtcdTrust> {
        self.trust.get(cluster)
    }

    /// Whether the certificates of the members of `cluster` leave `host` out, which the mesh would add to them.
    pub fn leaves_out(&self, cluster: &ClusterName, host: &Host) -> bool {
        self.left_out.get(cluster).is_some_and(|hosts| hosts.contains(host))
    }

    /// Whose etcds the agents of `cluster` read, in order.
    pub fn links(&self, cluster: &ClusterName) -> &[ClusterName] {
        self.links.get(cluster).map_or(&[], Vec::as_slice)
    }

    /// What an existing client credential presents, by its file: the leaf first.
    pub fn client(&self, certificate: &str) -> &[Certificate] {
        self.clients.get(certificate).map_or(&[], Vec::as_slice)
    }
}

impl Authority {
    /// What those who trust it anchor on: the certificate that signs. An authority to be made has none yet.
    pub fn anchor(&self) -> Option<&Certificate> {
        match self {
            Self::Made => None,
            Self::Provided { chain, .. } => chain.first(),
        }
    }

    /// What its leaves depend on: the certificate that signs, and those behind it up to the root. Where the file ends without
    /// a root, its last certificate is what somebody anchors on.
    pub fn in_use(&self) -> &[Certificate] {
        let Self::Provided { chain, .. } = self else { return &[] };
        let intermediates = chain.iter().take_while(|certificate| !certificate.is_self_issued()).count();
        chain.get(..=intermediates).unwrap_or(chain)
    }
}
