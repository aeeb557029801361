//! How large the Secret of a Helm cluster gets that has the certificates of its remote clusters.
//!
//! It is estimated, because certificates that are still to be issued have no length yet. Those that exist count as they are.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cluster, ClusterName, KeyAlgorithm, Label, Mesh};
use crate::x509::Certificate;

use super::checked::MeshAuthority;
use super::links::ResolvedLinks;
use super::trust::ResolvedTrust;

/// The annotation of client-side apply, which has the whole object (`TotalAnnotationSizeLimitB` in apimachinery's
/// pkg/api/validation/objectmeta.go).
const MOST_APPLIED: usize = 256 * 1024;
/// The values of a Secret (`MaxSecretSize` in pkg/apis/core/types.go of Kubernetes).
const MOST_IN_SECRET: usize = 1024 * 1024;
/// Lines of a config but for its endpoints, and the names of the keys.
const CONFIG: usize = 272;
const KEYS: usize = 111;

pub(super) fn check(
    mesh: &Mesh,
    links: &ResolvedLinks,
    resolved: &ResolvedTrust,
    clients: &BTreeMap<String, Vec<Certificate>>,
) -> Vec<Diagnostic> {
    let known: BTreeMap<&ClusterName, &Cluster> = mesh.clusters.iter().map(|cluster| (&cluster.name, cluster)).collect();
    let sizes = Sizes { algorithm: mesh.trust.key_algorithm, resolved, clients };
    let finding = |cluster: &Cluster| {
        cluster.runtime.helm()?;
        let remotes = links.get(&cluster.name)?;
        let remotes: Vec<&Cluster> = remotes.iter().filter_map(|name| known.get(name).copied()).collect();
        let (values, object) = remotes.iter().fold((0, 0), |(values, object), remote| {
            let of = sizes.of(remote, &cluster.name);
            (values + of, object + of.div_ceil(3) * 4 + KEYS)
        });
        let count = remotes.len();
        let report = |what: String, help: &str| {
            let finding = Diagnostic::new(Code::SecretSize, cluster.path.field("runtime"), what);
            Some(finding.help(help))
        };
        if values > MOST_IN_SECRET {
            let message = format!(
                "the certificates of {count} remote clusters for `{}` have about {values} bytes, and a Secret at most {MOST_IN_SECRET}",
                cluster.name
            );
            return report(
                message,
                "link it with fewer clusters: `links` with pairs or a hub, or `trust.keyAlgorithm: ecdsa-p256`",
            );
        }
        // A tenth below: it is an estimate, and clusters are added.
        if object > MOST_APPLIED / 10 * 9 {
            let message = format!(
                "the Secret with {count} remote clusters of `{}` has about {object} bytes; client-side apply takes {MOST_APPLIED}",
                cluster.name
            );
            return report(
                message,
                "use the commands in NOTES.md or server-side apply (`kubectl apply --server-side`), and accept it",
            );
        }
        None
    };
    mesh.clusters.iter().filter_map(finding).collect()
}

struct Sizes<'a> {
    algorithm: KeyAlgorithm,
    resolved: &'a ResolvedTrust,
    clients: &'a BTreeMap<String, Vec<Certificate>>,
}

impl Sizes<'_> {
    /// What `remote` adds to the values of the Secret.
    fn of(&self, remote: &Cluster, reader: &ClusterName) -> usize {
        let endpoints = remote.etcd.dialled_by(reader).iter().map(|dialled| dialled.endpoint.to_string().len() + 3);
        let trust = self.resolved.trust.get(&remote.name);
        let anchors = trust.into_iter().flat_map(|trust| &trust.server_trust).map(|name| self.anchor(name));
        let length = |chain: &[Certificate]| chain.iter().map(|one| pem(one.der().len())).sum::<usize>();
        let client = if let Some(client) = &remote.etcd.client {
            // A private key of RSA has some four times the length of the public one, and others less.
            let chain = self.clients.get(&client.certificate).map_or(&[][..], Vec::as_slice);
            length(chain) + chain.first().map_or(0, |leaf| pem(leaf.spki_der().len() * 4))
        } else {
            let signer = trust.and_then(|trust| self.resolved.authorities.get(&trust.client_signer));
            let (leaf, key) = self.issued();
            length(signer.map_or(&[][..], MeshAuthority::travelling)) + leaf + key
        };
        CONFIG + endpoints.sum::<usize>() + anchors.sum::<usize>() + client
    }

    fn anchor(&self, name: &Label) -> usize {
        match self.resolved.authorities.get(name).and_then(MeshAuthority::anchor) {
            Some(certificate) => pem(certificate.der().len()),
            None => self.issued().0,
        }
    }

    /// The PEM of a certificate that meshbundle makes, and of its key.
    const fn issued(&self) -> (usize, usize) {
        match self.algorithm {
            KeyAlgorithm::EcdsaP256 => (692, 241),
            KeyAlgorithm::EcdsaP384 => (780, 306),
            KeyAlgorithm::Ed25519 => (610, 119),
        }
    }
}

/// The length of a PEM block with this many bytes.
const fn pem(der: usize) -> usize {
    let base64 = der.div_ceil(3) * 4;
    base64 + base64.div_ceil(64) + 54
}
