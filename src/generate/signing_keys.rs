//! Keys of CAs that have to sign and are encrypted in the state: which these are, and the opened ones, which live as long as the run.
//!
//! A run that signs nothing with such a key opens none. Who asks for the secret is not known here.

use std::collections::BTreeMap;

use crate::plan::{AuthorityPlan, Inventory, Plan};
use crate::seal::{Secret, is_sealed};
use crate::store::{StateFiles, StoreError};
use crate::wiped::Wiped;

use super::GenerateError;
use super::list_signers::list_signers;

/// The keys of CAs that were opened, by the name of their file in the state.
#[derive(Default)]
pub struct SigningKeys {
    opened: BTreeMap<String, Wiped>,
}

/// An encrypted key that has to sign.
pub struct LockedKey {
    /// Name of its CA.
    pub authority: String,
    /// Name of its file in the state.
    pub file: String,
    /// The age file.
    pub sealed: Wiped,
    /// How many certificates it has to sign.
    pub certificates: usize,
}

impl SigningKeys {
    /// The keys that have to sign in `plan` over `inventory`, are encrypted, and are not open yet. A key that cannot be read is none of them: the plan says so.
    pub fn locked(&self, plan: &Plan, inventory: &Inventory, files: &StateFiles) -> Vec<LockedKey> {
        let mut signed: BTreeMap<_, usize> = BTreeMap::new();
        for credential in plan.credentials.values().filter(|credential| credential.serial().is_none()) {
            *signed.entry(&credential.signer).or_default() += 1;
        }
        for name in list_signers(plan, inventory) {
            signed.entry(name).or_default();
        }
        let locked = |(name, certificates)| {
            let Some(AuthorityPlan::Kept(record)) = plan.authorities.get(name) else { return None };
            let file = record.file.clone().filter(|file| !self.opened.contains_key(file))?;
            let sealed = files.authority_key(&file).ok().filter(|key| is_sealed(key))?;
            Some(LockedKey { authority: name.to_string(), file, sealed, certificates })
        };
        signed.into_iter().filter_map(locked).collect()
    }

    /// Opens keys.
    ///
    /// # Errors
    /// If the secret does not open one.
    pub fn open(&mut self, locked: Vec<LockedKey>, secret: &Secret, files: &StateFiles) -> Result<(), GenerateError> {
        for LockedKey { authority, file, sealed, .. } in locked {
            let key = secret.open(&sealed).map_err(|source| GenerateError::Locked {
                name: authority,
                file: files.authority_key_path(&file).display().to_string(),
                source,
            })?;
            self.opened.insert(file, key);
        }
        Ok(())
    }

    /// The key in `file`, PEM: as it was opened, or as the state has it.
    pub(super) fn key(&self, file: &str, files: &StateFiles) -> Result<Wiped, StoreError> {
        match self.opened.get(file) {
            Some(key) => Ok(key.clone()),
            None => Ok(files.authority_key(file)?),
        }
    }
}
