//! In which form the state has the keys of its CAs: in clear, or encrypted. Both forms have the same names, so a change replaces each file
//! by a rename, and no key is ever without a file.
//!
//! `key_change` has the order of a change.

use std::collections::BTreeMap;

use crate::seal::{ProtectedIdentity, Recipients};
use crate::wiped::Wiped;

use super::atomic::{create_new_file, sync_filesystem};
use super::error::StoreError;
use super::key_change::{NEXT, commit, identity_name};
use super::state::{State, private_folder};
use super::state_reader::{AUTHORITIES, KEY, RECIPIENTS};

/// The form of the keys of CAs.
pub enum KeyForm<'a> {
    /// In clear.
    Clear,
    /// Encrypted.
    Sealed {
        /// To whom; new CAs, too.
        recipients: &'a Recipients,
        /// The identity that a new passphrase protects, if there is one.
        identity: Option<&'a ProtectedIdentity>,
    },
}

impl State {
    /// Gives these keys, which are in clear, by the names of their files, the form `form`. Other keys stay as they are. At each moment, each
    /// key has one of its two forms, and no file that was not meant to be.
    ///
    /// # Errors
    /// If the system refuses; then nothing has changed, or the next run completes the change.
    pub fn change_key_form(&self, form: &KeyForm<'_>, keys: &BTreeMap<String, Wiped>) -> Result<(), StoreError> {
        let folder = self.files().folder.join(AUTHORITIES);
        let next = folder.join(NEXT);
        private_folder(&folder)?;
        private_folder(&next)?;
        let add = |name: &str, content: &[u8]| create_new_file(&next.join(name), 0o600, content).map(drop);
        for (file, key) in keys {
            let name = format!("{file}{KEY}");
            match form {
                KeyForm::Clear => add(&name, key)?,
                KeyForm::Sealed { recipients, .. } => add(&name, recipients.seal(key)?.as_bytes())?,
            }
        }
        match form {
            // An empty file: its place is taken away with it.
            KeyForm::Clear => add(RECIPIENTS, b"")?,
            KeyForm::Sealed { recipients, identity } => {
                add(RECIPIENTS, recipients.text().as_bytes())?;
                if let Some(identity) = identity {
                    add(&identity_name(&identity.name), identity.sealed.as_bytes())?;
                }
            }
        }
        sync_filesystem(&folder)?;
        commit(self.files())
    }
}
