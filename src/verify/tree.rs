//! A folder or an archive as it was read: paths, modes, contents, and what could not be read.
//!
//! Keys are in it, so contents are wiped when they are dropped. Whoever fills it has followed symbolic links, as agents do.

use std::collections::BTreeMap;

use super::content::Content;

/// What to do about a file that cannot be read.
pub(super) const UNREADABLE: &str =
    "run this as root, or as the user that runs the agent; if that user cannot read it either, fix its mode";

/// One path of a [`Tree`].
#[derive(Clone)]
pub enum Entry {
    /// A folder, with its permission bits where it has any.
    Folder(Option<u32>),
    /// A regular file, or a symbolic link to one.
    File {
        /// Permission bits, where it has any.
        mode: Option<u32>,
        /// What is in it.
        bytes: Content,
    },
    /// A symbolic link that leads nowhere, with what it says.
    Dangling(String),
    /// A file that could not be read, and why.
    Unreadable(String),
    /// Neither file nor folder: a device, a socket, a pipe.
    Special,
}

impl Entry {
    /// Its content, if it is a file that was read.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.content().map(|content| &**content)
    }

    pub(super) fn content(&self) -> Option<&Content> {
        if let Self::File { bytes, .. } = self { Some(bytes) } else { None }
    }
}

/// What stands in a folder or an archive, by its path below it: parts joined by `/`, no slash in front or at the end. The
/// folder itself is `.`, where it is known.
#[derive(Clone, Default)]
pub struct Tree {
    entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Bytes in all. The largest bundle, that of a node with 510 links, has some 5 MiB.
    pub const MAX_BYTES: u64 = 64 << 20;
    /// Bytes of one file. The largest is `SHA256SUMS`, with 300 KiB.
    pub const MAX_FILE: u64 = 16 << 20;
    /// Files and folders. The largest bundle has 2,100.
    pub const MAX_ENTRIES: usize = 20_000;

    /// Adds an entry; of two with one path the later stays, as it does when an archive is unpacked.
    pub fn insert(&mut self, path: impl Into<String>, entry: Entry) {
        self.entries.insert(path.into(), entry);
    }

    /// What stands at `path`.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The content of the file at `path`, if it is a file that was read.
    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        self.get(path)?.bytes()
    }

    pub(super) fn content(&self, path: &str) -> Option<&Content> {
        self.get(path)?.content()
    }

    /// The first file that was read, in the order of paths.
    pub(super) fn into_first_file(self) -> Option<(String, Content)> {
        self.entries.into_iter().find_map(|(path, entry)| match entry {
            Entry::File { bytes, .. } => Some((path, bytes)),
            _ => None,
        })
    }

    /// Every path with its entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// What stands right in `folder`, by name; the empty path is the top.
    pub fn children<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        self.iter().filter_map(move |(path, entry)| {
            let name = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
            (!matches!(name, "" | ".") && !name.contains('/')).then_some((name, entry))
        })
    }
}
