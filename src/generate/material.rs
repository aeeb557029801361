//! Gives certificates and keys to `render`, cluster by cluster: issued ones from the state, provided ones from their files.

use std::collections::BTreeMap;

use crate::audit::{Signer, read_leaf};
use crate::lint::MeshAuthority;
use crate::mesh::{self, ClusterName, Label};
use crate::pem::{self, Text};
use crate::plan::{CredentialKey, Inventory};
use crate::render::{Anchor, CredentialPem, Material, RenderError};
use crate::store::{ClusterLeaves, read_given};
use crate::x509::Certificate;

use super::Job;
use super::authorities::Ready;

/// Everything that was issued or provided, as of the committed inventory.
pub(super) struct Issued<'a> {
    job: &'a Job<'a>,
    inventory: &'a Inventory,
    anchors: BTreeMap<Label, Anchor>,
    signers: BTreeMap<Label, Certificate>,
    /// The chain of each provided CA that is presented with its leaves, PEM.
    chains: BTreeMap<Label, String>,
}

impl<'a> Issued<'a> {
    pub(super) fn new(job: &'a Job<'a>, inventory: &'a Inventory, authorities: &BTreeMap<Label, Ready>) -> Self {
        let anchor = |(name, ready): (&Label, &Ready)| {
            let pem = pem::certificate(ready.anchor.der());
            (name.clone(), Anchor { pem, fingerprint: ready.record.fingerprint.clone() })
        };
        let signers = authorities.iter().map(|(name, ready)| (name.clone(), ready.anchor.clone())).collect();
        let chains = job.mesh.authorities().iter().filter(|(_, authority)| authority.anchor().is_some());
        let pem = |authority: &MeshAuthority| authority.travelling().iter().map(|one| pem::certificate(one.der())).collect();
        let chains = chains.map(|(name, authority)| (name.clone(), pem(authority))).collect();
        Self { job, inventory, anchors: authorities.iter().map(anchor).collect(), signers, chains }
    }

    /// What the bundles of `cluster` contain.
    pub(super) fn of(&self, cluster: &ClusterName) -> ClusterMaterial<'_> {
        ClusterMaterial { issued: self, leaves: self.job.state.files().leaves(self.inventory, cluster.as_str()) }
    }
}

/// What the bundles of one cluster contain. It holds the cluster's keys, so it is dropped before the next cluster's turn.
pub(super) struct ClusterMaterial<'a> {
    issued: &'a Issued<'a>,
    leaves: ClusterLeaves<'a>,
}

impl Material for ClusterMaterial<'_> {
    fn credential(&self, key: &CredentialKey) -> Result<CredentialPem, RenderError> {
        let missing = |reason: String| RenderError::Missing(format!("{key}: {reason}"));
        let Issued { job, inventory, signers, chains, .. } = self.issued;
        let record = inventory.credentials.get(&key.to_string()).ok_or_else(|| missing("never issued".to_owned()))?;
        // What this run has issued or read is not verified again.
        let issued_now = job.inventory.credentials.get(&key.to_string()) != Some(record);
        let signer = job.plan.credentials.get(key).map(|plan| &plan.signer);
        let (stored_pem, key_pem) = if issued_now || job.sound.contains(&record.serial) {
            self.leaves.leaf(&record.serial).map_err(|error| missing(error.to_string()))?
        } else {
            let signer = signer.and_then(|signer| signers.get(signer)).map_or(Signer::Missing, Signer::Known);
            read_leaf(&self.leaves, record, signer).map_err(missing)?
        };
        // The chain of a provided CA may have changed since.
        let chain_pem = match signer.and_then(|signer| chains.get(signer)) {
            Some(chain) => {
                let text = Text::read(stored_pem.as_bytes());
                let leaf = text.certificates().next().map(|block| pem::certificate(&block.der));
                leaf.ok_or_else(|| RenderError::Missing(format!("{key}: no certificate")))? + chain
            }
            None => stored_pem,
        };
        Ok(CredentialPem { chain_pem, key_pem })
    }

    /// Parsed and encoded again, so that nodes get neither other content of the files nor their format.
    fn given(&self, files: &mesh::Credential) -> Result<CredentialPem, RenderError> {
        let job = self.issued.job;
        let chain = job.mesh.client(&files.certificate);
        let chain_pem = chain.iter().map(|certificate| pem::certificate(certificate.der())).collect();
        let secret = read_given(&job.base.join(&files.key)).map_err(|error| RenderError::Missing(error.to_string()))?;
        let text = Text::read(&secret);
        let key = text.key().ok_or_else(|| RenderError::Missing(format!("`{}`: no private key", files.key)))?;
        Ok(CredentialPem { chain_pem, key_pem: pem::key(&key.der) })
    }

    fn anchor(&self, authority: &Label) -> Result<&Anchor, RenderError> {
        self.issued.anchors.get(authority).ok_or_else(|| RenderError::Missing(format!("the CA `{authority}`")))
    }
}
