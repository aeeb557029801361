//! The ledger's file of recorded evidence, `ledger/receipts` in the state: sorted lines, so that git can merge two people's.

use std::io;
use std::path::{Path, PathBuf};

use crate::ledger::EvidenceSet;

use super::atomic::{read_text, replace_if_different};
use super::error::StoreError;
use super::state::{State, private_folder};
use super::state_reader::LEDGER;

/// Name of their file.
pub(super) const RECEIPTS: &str = "receipts";

/// Reads the evidence that was recorded in the state `folder`, without locking it. Without a record, it is empty.
///
/// # Errors
/// If it cannot be read or understood.
pub fn read_evidence(folder: &Path) -> Result<EvidenceSet, StoreError> {
    let (path, text) = evidence_text(folder)?;
    EvidenceSet::read(&text).map_err(|error| StoreError::Damaged { path, reason: error.to_string() })
}

/// The file of the evidence that was recorded in the state `folder`, and its lines. Without a record, there are none.
///
/// # Errors
/// If it cannot be read.
pub fn evidence_text(folder: &Path) -> Result<(PathBuf, String), StoreError> {
    let path = folder.join(LEDGER).join(RECEIPTS);
    match read_text(&path) {
        Ok(text) => Ok((path, text.as_str().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((path, String::new())),
        Err(error) => Err(error.into()),
    }
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
