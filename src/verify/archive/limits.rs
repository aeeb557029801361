//! How much of a foreign archive is read: what no bundle comes near, and what any machine can hold.
//!
//! The largest bundle is that of a node with 510 links: four files each, and some twenty beside, all of a few KiB, under
//! paths of a hundred bytes.

use super::super::tree::Tree;

/// Plain bytes in all, headers and padding with them.
pub(super) const TOTAL: u64 = Tree::MAX_BYTES;

/// Bytes of one file.
pub(super) const FILE: u64 = Tree::MAX_FILE;

/// Entries, with those that hold a long name.
pub(super) const ENTRIES: usize = Tree::MAX_ENTRIES;

/// Bytes of one name: Linux takes no longer path (`PATH_MAX`).
pub(super) const NAME: usize = 4096;

/// Bytes of all names, and of the folders that they imply. The largest bundle has 300 KiB.
pub(super) const NAMES: usize = 4 << 20;

/// Folders within one another.
pub(super) const DEPTH: usize = 64;

/// Plain bytes for one that is compressed. Certificates give 2, headers and configs alone 30; zeros give 1030.
pub(super) const RATIO: u64 = 100;

/// Plain bytes below which the ratio says nothing: a small file of one letter is no bomb.
pub(super) const RATIO_FROM: u64 = 8 << 20;

/// Bytes of each text in a gzip header; ours has a comment of 14.
pub(super) const GZIP_TEXT: u64 = 4096;

/// Where the start of the archive is looked for when something stands before it.
pub(super) const SEARCH: u64 = 1024;
