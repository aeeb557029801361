//! Reads the files of a state: certificates and keys, and which of them exist. It takes no lock, writes nothing, and does not
//! check whether the files fit together.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::plan::{CredentialRecord, Inventory, leaf_holder};

use super::atomic::read_text;
use super::leaf_file::ClusterLeaves;

pub(super) const AUTHORITIES: &str = "authorities";
pub(super) const ISSUED: &str = "issued";
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
        self.folder.join(AUTHORITIES).join(format!("{file}.key"))
    }

    /// Certificate of a CA made here.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn authority_certificate(&self, file: &str) -> io::Result<Zeroizing<String>> {
        read_text(&self.authority_certificate_path(file))
    }

    /// Key of a CA made here.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn authority_key(&self, file: &str) -> io::Result<Zeroizing<String>> {
        read_text(&self.authority_key_path(file))
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
        let entries = walkdir::WalkDir::new(self.folder.join(AUTHORITIES)).min_depth(1).max_depth(1).sort_by_file_name();
        let names = entries.into_iter().filter_map(Result::ok);
        names.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".crt").map(str::to_owned)).collect()
    }

    /// All files with leaves, named by an inventory or not.
    pub fn leaf_files(&self) -> HashSet<PathBuf> {
        let entries = walkdir::WalkDir::new(self.folder.join(ISSUED)).min_depth(2).max_depth(2);
        entries.into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path).collect()
    }
}
