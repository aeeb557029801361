//! The file with the leaves of a cluster: for each leaf a line with its serial number, then its chain, then its key. Readers of PEM
//! skip such a line (RFC 7468 section 2), so openssl reads the file as it is. A file is written once and never changed: a run that
//! changes a leaf writes another file.
//!
//! States up to format 4 have a file for each leaf instead, named by its serial number.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use zeroize::Zeroizing;

use crate::wiped::Wiped;

use super::atomic::read_ours;

/// Ending of a file with leaves.
pub(super) const LEAF: &str = ".pem";
/// How the line before a leaf begins. No line of base64 has a space in it.
const SERIAL: &str = "serial ";

/// The leaves of a cluster in a state, for reading. Their file is read once, when the first of them is needed, and its keys are wiped
/// when this is dropped.
pub struct ClusterLeaves<'a> {
    folder: PathBuf,
    /// Name of their file; none where each leaf has one.
    file: Option<&'a str>,
    content: OnceLock<io::Result<LeafFile>>,
}

/// A file that was read: where each leaf is in it, by serial number.
struct LeafFile {
    bytes: Wiped,
    leaves: HashMap<String, Range<usize>>,
}

/// A leaf as the file has it.
pub struct LeafEntry(Wiped);

impl<'a> ClusterLeaves<'a> {
    pub(super) const fn new(folder: PathBuf, file: Option<&'a str>) -> Self {
        Self { folder, file, content: OnceLock::new() }
    }

    /// The file that has a leaf.
    pub fn path(&self, serial: &str) -> PathBuf {
        self.folder.join(format!("{}{LEAF}", self.file.unwrap_or(serial)))
    }

    /// Chain and key of a leaf; an empty key where there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn leaf(&self, serial: &str) -> io::Result<(String, Zeroizing<String>)> {
        let damaged =
            |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("`{}`: {what}", self.path(serial).display()));
        let bytes =
            self.bytes(serial)?.ok_or_else(|| damaged(&format!("it has no certificate with the serial number {serial}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged("it is not valid UTF-8"))?;
        let (chain, key) = text.split_at(text.find("-----BEGIN PRIVATE KEY-----").unwrap_or(text.len()));
        Ok((chain.to_owned(), Zeroizing::new(key.to_owned())))
    }

    /// The chain of a leaf, without its key.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn chain(&self, serial: &str) -> io::Result<String> {
        self.leaf(serial).map(|(chain, _)| chain)
    }

    /// A leaf as it is, damaged or not, for a new file; none if the file does not have it.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn entry(&self, serial: &str) -> io::Result<Option<LeafEntry>> {
        Ok(self.bytes(serial)?.map(|bytes| LeafEntry::of(serial, &[&bytes])))
    }

    /// Chain and key of a leaf, as they are.
    fn bytes(&self, serial: &str) -> io::Result<Option<Wiped>> {
        if self.file.is_none() {
            return read_ours(&self.path(serial)).map(Some);
        }
        let content = self.content.get_or_init(|| read_ours(&self.path(serial)).map(LeafFile::new));
        let content = content.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let place = content.leaves.get(serial).and_then(|place| content.bytes.get(place.clone()));
        Ok(place.map(|bytes| Wiped::from(bytes.to_vec())))
    }
}

impl LeafFile {
    fn new(bytes: Wiped) -> Self {
        let mut leaves = HashMap::new();
        let (mut open, mut at): (Option<(String, usize)>, usize) = (None, 0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let end = at + line.len();
            if let Some(serial) = line.strip_prefix(SERIAL.as_bytes()) {
                let next = (String::from_utf8_lossy(serial).trim_end().to_owned(), end);
                if let Some((serial, start)) = open.replace(next) {
                    leaves.entry(serial).or_insert(start..at);
                }
            }
            at = end;
        }
        if let Some((serial, start)) = open {
            leaves.entry(serial).or_insert(start..at);
        }
        Self { bytes, leaves }
    }
}

impl LeafEntry {
    /// A leaf with its chain and its key, PEM.
    pub fn new(serial: &str, chain_pem: &str, key_pem: &str) -> Self {
        Self::of(serial, &[chain_pem.as_bytes(), key_pem.as_bytes()])
    }

    fn of(serial: &str, parts: &[&[u8]]) -> Self {
        let begin = [SERIAL, serial, "\n"];
        let begin = begin.iter().map(|text| text.as_bytes());
        // A leaf whose end is cut off must not take the next one with it.
        let last = parts.iter().rfind(|part| !part.is_empty());
        let is_cut = last.is_some_and(|part| !part.ends_with(b"\n"));
        let end: &[u8] = if is_cut { b"\n" } else { b"" };
        Self(joined(&begin.chain(parts.iter().copied()).chain([end]).collect::<Vec<_>>()))
    }

    /// The content of a file with these leaves.
    pub(super) fn joined(entries: &[Self]) -> Wiped {
        joined(&entries.iter().map(|entry| entry.0.as_slice()).collect::<Vec<_>>())
    }
}

/// The parts, in memory that is taken at once: a vector that grows leaves copies of keys behind.
fn joined(parts: &[&[u8]]) -> Wiped {
    let mut whole = Wiped::from(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| whole.extend_from_slice(part));
    whole
}

#[cfg(test)]
mod tests {
    use crate::wiped::Wiped;

    use super::{LeafEntry, LeafFile};

    fn read(bytes: &[u8]) -> LeafFile {
        LeafFile::new(Wiped::from(bytes.to_vec()))
    }

    fn leaf<'a>(file: &'a LeafFile, serial: &str) -> Option<&'a [u8]> {
        file.leaves.get(serial).map(|place| &file.bytes[place.clone()])
    }

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const TWO: &str = "-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n";

    /// A file that was cut anywhere has whole leaves, and at its end a part of one, or of the line before the next: never one leaf under
    /// the number of another.
    #[test]
    fn a_file_is_read_back_and_a_cut_one_as_far_as_it_goes() {
        let whole = LeafEntry::joined(&[LeafEntry::new("0a", ONE, TWO), LeafEntry::new("0b", TWO, ONE)]);
        let wanted = [("0a", format!("{ONE}{TWO}")), ("0b", format!("{TWO}{ONE}"))];
        let file = read(&whole);
        assert!(wanted.iter().all(|(serial, text)| leaf(&file, serial) == Some(text.as_bytes())));
        for end in 0..whole.len() {
            let file = read(&whole[..end]);
            for (serial, text) in &wanted {
                let found = leaf(&file, serial).unwrap_or_default();
                let behind = found.strip_prefix(text.as_bytes()).unwrap_or_default();
                let is_part = text.as_bytes().starts_with(found) || !behind.is_empty() && b"serial 0b".starts_with(behind);
                assert!(is_part, "cut at {end}");
            }
        }
    }

    #[test]
    fn of_two_leaves_with_one_number_the_first_counts() {
        let file = read(&LeafEntry::joined(&[LeafEntry::new("0a", ONE, ""), LeafEntry::new("0a", TWO, "")]));
        assert_eq!((leaf(&file, "0a"), file.leaves.len()), (Some(ONE.as_bytes()), 1));
    }

    #[test]
    fn what_has_no_number_before_it_is_no_leaf() {
        for text in ["", ONE, "serial", "serial\n", " serial 0a\n", "\u{0}\n\n"] {
            assert!(read(text.as_bytes()).leaves.is_empty(), "{text:?}");
        }
    }
}
