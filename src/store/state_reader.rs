//! Reads the files of a state: certificates and keys, and which of them exist. It takes no lock, writes nothing, and does not
//! check whether the files fit together.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::atomic::read_text;

pub(super) const AUTHORITIES: &str = "authorities";
pub(super) const ISSUED: &str = "issued";
/// Folder of the recorded evidence.
pub(super) const LEDGER: &str = "ledger";
/// Ending of a leaf's file.
pub(super) const LEAF: &str = ".pem";

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

    /// File of a leaf of `holder`: its chain, then its key.
    pub fn leaf_path(&self, holder: &str, serial: &str) -> PathBuf {
        self.folder.join(ISSUED).join(holder).join(format!("{serial}{LEAF}"))
    }

    /// Chain and key of a leaf; an empty key where the file has none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn leaf(&self, holder: &str, serial: &str) -> io::Result<(String, Zeroizing<String>)> {
        let text = read_text(&self.leaf_path(holder, serial))?;
        let (chain, key) = text.split_at(text.find("-----BEGIN PRIVATE KEY-----").unwrap_or(text.len()));
        Ok((chain.to_owned(), Zeroizing::new(key.to_owned())))
    }

    /// The chain of a leaf, without its key.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn leaf_chain(&self, holder: &str, serial: &str) -> io::Result<String> {
        self.leaf(holder, serial).map(|(chain, _)| chain)
    }

    /// Names for [`authority_certificate`](Self::authority_certificate) of all CAs that were ever made here, sorted: those that were
    /// replaced have a file, too.
    pub fn authority_files(&self) -> Vec<String> {
        let entries = walkdir::WalkDir::new(self.folder.join(AUTHORITIES)).min_depth(1).max_depth(1).sort_by_file_name();
        let names = entries.into_iter().filter_map(Result::ok);
        names.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".crt").map(str::to_owned)).collect()
    }

    /// Serial numbers of all leaves that have a file, from the file names alone: there may be a quarter of a million.
    pub fn serials(&self) -> HashSet<String> {
        let entries =
            walkdir::WalkDir::new(self.folder.join(ISSUED)).min_depth(2).max_depth(2).into_iter().filter_map(Result::ok);
        entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(LEAF).map(str::to_owned)).collect()
    }
}
