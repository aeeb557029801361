//! The ledger's file of recorded evidence, `ledger/receipts` in the state: sorted lines, so that git can merge two people's.

use std::io;
use std::path::Path;

use crate::ledger::EvidenceSet;

use super::atomic::{read_text, replace_if_different};
use super::error::StoreError;
use super::state::{State, private_folder};
use super::state_reader::LEDGER;

const RECEIPTS: &str = "receipts";

/// Reads the evidence that was recorded in the state `folder`, without locking it. Without a record, it is empty.
///
/// # Errors
/// If it cannot be read or understood.
pub fn read_evidence(folder: &Path) -> Result<EvidenceSet, StoreError> {
    let path = folder.join(LEDGER).join(RECEIPTS);
    let text = match read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(EvidenceSet::default()),
        Err(error) => return Err(error.into()),
    };
    EvidenceSet::read(&text).map_err(|error| StoreError::Damaged { path, reason: error.to_string() })
}

impl State {
    /// Replaces the recorded evidence. A file that has it already stays untouched.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn keep_evidence(&self, evidence: &EvidenceSet) -> Result<(), StoreError> {
        let folder = self.files().folder.join(LEDGER);
        private_folder(&folder)?;
        Ok(replace_if_different(&folder.join(RECEIPTS), 0o600, evidence.text().as_bytes())?)
    }
}
