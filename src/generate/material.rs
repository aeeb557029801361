//! Hands certificates and keys to `render`: from the state what was issued here, from their files what was given.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::plan::{CredentialKey, Inventory};
use crate::render::{Anchor, Credential, Material, RenderError};
use crate::spec::{self, Label};
use crate::store::read_secret;

use super::Job;
use super::authorities::Ready;

/// Everything that was issued or given, as of the committed inventory.
pub(super) struct Issued<'a> {
    job: &'a Job<'a>,
    inventory: &'a Inventory,
    anchors: BTreeMap<Label, Anchor>,
}

impl<'a> Issued<'a> {
    pub(super) fn new(job: &'a Job<'a>, inventory: &'a Inventory, authorities: &BTreeMap<Label, Ready>) -> Self {
        let anchor = |(name, ready): (&Label, &Ready)| {
            let block = pem::Pem::new("CERTIFICATE", ready.anchor.der());
            let pem = pem::encode_config(&block, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF));
            (name.clone(), Anchor { pem, fingerprint: ready.record.fingerprint.clone() })
        };
        Self { job, inventory, anchors: authorities.iter().map(anchor).collect() }
    }
}

impl Material for Issued<'_> {
    fn credential(&self, key: &CredentialKey) -> Result<Credential, RenderError> {
        let missing = |reason: String| RenderError::Missing(format!("{key}: {reason}"));
        let record = self.inventory.credentials.get(&key.to_string()).ok_or_else(|| missing("never issued".to_owned()))?;
        let leaf = self.job.state.leaf(key.cluster().as_str(), &record.serial);
        let (chain_pem, key_pem) = leaf.map_err(|error| missing(error.to_string()))?;
        Ok(Credential { chain_pem, key_pem })
    }

    fn given(&self, files: &spec::Credential) -> Result<Credential, RenderError> {
        let missing = |error: std::io::Error| RenderError::Missing(error.to_string());
        let chain_pem = fs_err::read_to_string(self.job.base.join(&files.certificate)).map_err(missing)?;
        let key_pem: Zeroizing<String> = read_secret(&self.job.base.join(&files.key)).map_err(missing)?;
        Ok(Credential { chain_pem, key_pem })
    }

    fn anchor(&self, authority: &Label) -> Result<&Anchor, RenderError> {
        self.anchors.get(authority).ok_or_else(|| RenderError::Missing(format!("authority `{authority}`")))
    }
}
