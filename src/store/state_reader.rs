//! Reads the files of a state: certificates, keys and to whom these are encrypted, and which of them exist. It takes no lock, writes
//! nothing, opens no encrypted key, and does not check whether the files fit together.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::plan::{CredentialRecord, Inventory, leaf_holder};
use crate::seal::Recipients;
use crate::wiped::Wiped;

use super::atomic::{read_ours, read_text};
use super::error::StoreError;
use super::leaf_file::ClusterLeaves;

pub(super) const AUTHORITIES: &str = "authorities";
/// In the folder of CAs: a change that counts.
pub(super) const READY: &str = "ready";
pub(super) const ISSUED: &str = "issued";
/// Ending of the key of a CA, in either form.
pub(super) const KEY: &str = ".key";
/// In the folder of CAs: to whom their keys are encrypted, as `age -R` reads it.
pub(super) const RECIPIENTS: &str = "recipients";
/// Ending of an identity that a passphrase protects, in the folder of CAs.
pub(super) const IDENTITY: &str = ".age";
/// Folder of the recorded evidence.
pub(super) const LEDGER: &str = "ledger";

/// The files of a state.
#[derive(Debug, Clone)]
pub struct StateFiles {
    pub(super) folder: PathBuf,
}

impl StateFiles {
    /// The files of the state in `folder`.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// File of the certificate of a CA made here.
    pub fn authority_certificate_path(&self, file: &str) -> PathBuf {
        self.folder.join(AUTHORITIES).join(format!("{file}.crt"))
    }

    /// File of the key of a CA made here.
    pub fn authority_key_path(&self, file: &str) -> PathBuf {
        self.folder.join(AUTHORITIES).join(format!("{file}{KEY}"))
    }

    /// Certificate of a CA made here.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn authority_certificate(&self, file: &str) -> io::Result<Zeroizing<String>> {
        read_text(&self.authority_certificate_path(file))
    }

    /// Key of a CA made here: PEM, or an age file if it is encrypted.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn authority_key(&self, file: &str) -> io::Result<Wiped> {
        read_ours(&self.authority_key_path(file))
    }

    /// Names for [`authority_key`](Self::authority_key) of all keys of CAs that are here, sorted.
    pub fn authority_keys(&self) -> Vec<String> {
        self.authority_folder(KEY)
    }

    /// To whom the keys of CAs are encrypted; nothing if they are in clear.
    ///
    /// # Errors
    /// If the record cannot be read or understood.
    pub fn recipients(&self) -> Result<Option<Recipients>, StoreError> {
        let path = self.folder.join(AUTHORITIES).join(RECIPIENTS);
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let lines = (1..).zip(text.lines()).map(|(number, line): (usize, _)| (format!("line {number}"), line));
        let damaged = |faults: Vec<_>| {
            let reasons: Vec<String> = faults.iter().map(ToString::to_string).collect();
            StoreError::Damaged { path: path.clone(), reason: reasons.join("; ") }
        };
        Recipients::read(lines).map_err(damaged)
    }

    /// Whether a run that was killed has changed the form of CA keys and not completed that.
    pub fn has_open_change(&self) -> bool {
        self.folder.join(AUTHORITIES).join(READY).is_dir()
    }

    /// Files with identities that a passphrase protects.
    pub fn protected_identities(&self) -> Vec<PathBuf> {
        let folder = self.folder.join(AUTHORITIES);
        self.authority_folder(IDENTITY).into_iter().map(|name| folder.join(format!("{name}{IDENTITY}"))).collect()
    }

    /// Names of files in the folder of CAs, without their ending `ending`, sorted.
    fn authority_folder(&self, ending: &str) -> Vec<String> {
        let entries = walkdir::WalkDir::new(self.folder.join(AUTHORITIES)).min_depth(1).max_depth(1).sort_by_file_name();
        let names = entries.into_iter().filter_map(Result::ok);
        names.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(ending).map(str::to_owned)).collect()
    }

    /// The leaves of `cluster` that `inventory` names.
    pub fn leaves<'a>(&self, inventory: &'a Inventory, cluster: &str) -> ClusterLeaves<'a> {
        ClusterLeaves::new(self.folder.join(ISSUED).join(cluster), inventory.leaf_file(cluster))
    }

    /// Every leaf that `inventory` names, by what it is for, with its file.
    pub fn leaf_paths<'a>(&self, inventory: &'a Inventory) -> impl Iterator<Item = (&'a String, &'a CredentialRecord, PathBuf)> {
        inventory.credentials.iter().map(|(name, record)| {
            let cluster = leaf_holder(name).map(|(cluster, _)| cluster).unwrap_or_default();
            (name, record, self.leaves(inventory, cluster).path(&record.serial))
        })
    }

    /// Names for [`authority_certificate`](Self::authority_certificate) of all CAs that were ever made here, sorted: those that were
    /// replaced have a file, too.
    pub fn authority_files(&self) -> Vec<String> {
        self.authority_folder(".crt")
    }

    /// All files with leaves, named by an inventory or not.
    pub fn leaf_files(&self) -> HashSet<PathBuf> {
        let entries = walkdir::WalkDir::new(self.folder.join(ISSUED)).min_depth(2).max_depth(2);
        entries.into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path).collect()
    }
}
