//! Plain bytes to a tree, as tar has it, with a finding for everything that a bundle does not have.
//!
//! One block after the other; a content is held only if it belongs into the tree. What is not certain ends the
//! reading: behind a header whose sum is wrong, anything may be a header.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use crate::diag::Code;
use crate::verify::content::Content;
use crate::verify::tree::{Entry, Tree};
use crate::wiped::Wiped;

use super::findings::{Findings, shown};
use super::gzip::Gzip;
use super::header::{BLOCK, Header, LONG_NAME, What, long_name, split};
use super::kinds;
use super::limits;
use super::places::{Places, check};

/// Bytes that are read at a time.
const CHUNK: usize = 16 * 1024;

/// What was read.
pub(super) struct Tar<'a, R> {
    gzip: Gzip<R>,
    findings: Findings,
    tree: Tree,
    /// Files that are equal to those at the same path here share their content.
    like: Option<&'a Tree>,
    /// The content that was read last. Equal ones are compared and dropped, so there is one buffer for all.
    content: Wiped,
    places: Places,
    entries: usize,
    names: usize,
    /// The name of the next entry, if an entry of its own says so.
    long: Option<Vec<u8>>,
    /// Whether the entry before may rename the next.
    doubtful: bool,
}

impl<'a, R: Read> Tar<'a, R> {
    pub(super) fn new(gzip: Gzip<R>, findings: Findings, like: Option<&'a Tree>) -> Self {
        let (tree, content, places) = (Tree::default(), Wiped::default(), Places::default());
        Self { gzip, findings, tree, like, content, places, entries: 0, names: 0, long: None, doubtful: false }
    }

    /// Reads to the end of the archive, or to where it is given up. Returns the tree below the top folder, and its name.
    pub(super) fn read(mut self) -> (Tree, Option<String>, Findings) {
        let mut block = [0; BLOCK];
        loop {
            let filled = self.gzip.fill(&mut block, &mut self.findings);
            if filled < BLOCK {
                self.cut_off(if filled == 0 {
                    "the archive has no end: two blocks of zeros are missing"
                } else {
                    "the archive is cut off within a header"
                });
                break;
            }
            if block == [0; BLOCK] {
                self.end();
                break;
            }
            if self.entry(&block).is_break() {
                break;
            }
        }
        self.drain(|_| {});
        (self.tree, self.places.top(), self.findings)
    }

    /// Reads to the end of the first file.
    pub(super) fn first_file(mut self) -> Option<(String, Content)> {
        let mut block = [0; BLOCK];
        while !self.places.has_files() {
            let filled = self.gzip.fill(&mut block, &mut self.findings);
            if filled < BLOCK || block == [0; BLOCK] || self.entry(&block).is_break() {
                return None;
            }
        }
        self.tree.into_first_file()
    }

    fn entry(&mut self, block: &[u8; BLOCK]) -> ControlFlow<()> {
        let header = Header(block);
        self.entries += 1;
        if !header.sum_holds() {
            let message = format!("the header of entry {} has a wrong checksum: nothing behind it can be read", self.entries);
            self.findings.once(Code::ArchiveDamaged, message);
            return ControlFlow::Break(());
        }
        let long = self.long.take();
        let doubtful = std::mem::take(&mut self.doubtful);
        let path = long.clone().unwrap_or_else(|| header.path());
        self.names += path.len();
        self.limits(&path, &header)?;
        let size = header.size().unwrap_or_default();
        let refused = match header.what() {
            Ok(What::LongName) if long.is_some() => Some(&kinds::LONG_NAME_UNFIT),
            Ok(What::LongName) => {
                self.doubtful = doubtful;
                return self.name_of_next(&header, size);
            }
            Ok(_) if doubtful => Some(&kinds::AFTER_HOSTILE),
            Ok(what) => match self.admit(&header, what, &path, long.is_some()) {
                Ok(path) => return self.take(what, path, header.mode(), size),
                Err(kind) => Some(kind),
            },
            Err(kind) => Some(kind),
        };
        if let Some(kind) = refused {
            self.findings.entry(kind, &path);
        }
        self.doubtful = header.renames_the_next();
        self.content(&path, size, false)
    }

    /// Gives up an archive that is larger than any bundle.
    fn limits(&mut self, path: &[u8], header: &Header<'_>) -> ControlFlow<()> {
        let Some(size) = header.size() else {
            let message = format!("the size of `{}` is no number: nothing behind it can be read", shown(path));
            self.findings.once(Code::ArchiveDamaged, message);
            return ControlFlow::Break(());
        };
        let message = if self.entries > limits::ENTRIES || self.places.too_many() {
            format!(
                "the archive has more than {} files and folders, or names of more than {} MiB",
                limits::ENTRIES,
                limits::NAMES >> 20
            )
        } else if self.names > limits::NAMES {
            format!("the names have more than {} MiB", limits::NAMES >> 20)
        } else if path.split(|byte| *byte == b'/').count() > limits::DEPTH + 1 {
            format!("`{}` stands more than {} folders deep", shown(path), limits::DEPTH)
        } else if size > limits::FILE {
            format!("`{}` has more than {} MiB", shown(path), limits::FILE >> 20)
        } else {
            return ControlFlow::Continue(());
        };
        self.gzip.stop(&mut self.findings, Code::TooMuch, message);
        ControlFlow::Break(())
    }

    /// Whether an entry belongs into the tree, and where.
    fn admit<'p>(
        &mut self,
        header: &Header<'_>,
        what: What,
        path: &'p [u8],
        long: bool,
    ) -> Result<&'p str, &'static kinds::EntryKind> {
        let folder = what == What::Folder;
        if !folder && path.ends_with(b"/") {
            return Err(&kinds::FILE_WITH_SLASH);
        }
        if folder && header.size() != Some(0) {
            return Err(&kinds::FOLDER_WITH_CONTENT);
        }
        if long && !path.starts_with(header.short_name()) {
            return Err(&kinds::LONG_NAME_UNFIT);
        }
        let checked = check(path)?;
        // The name with the slash that it should have.
        let full = if folder { Cow::Owned(format!("{checked}/")) } else { Cow::Borrowed(checked) };
        if long && full.len() <= 100 {
            return Err(&kinds::LONG_NAME_NEEDLESS);
        }
        self.places.admit(checked, folder)?;
        if let Some(kind) = self.places.out_of_order(checked, folder) {
            self.findings.entry(kind, path);
        }
        let mut fields = header.differences(what, full.as_bytes(), !checked.contains('/'), long);
        if long && split(full.as_bytes()).is_some() {
            fields.push("name");
        }
        if !fields.is_empty() {
            self.findings.header(&fields, path);
        }
        Ok(checked)
    }

    /// Puts an entry into the tree, unless it is the top folder itself.
    fn take(&mut self, what: What, path: &str, mode: u32, size: u64) -> ControlFlow<()> {
        self.content(path.as_bytes(), size, true)?;
        if let Some((_, below)) = path.split_once('/') {
            let entry = if what == What::Folder {
                Entry::Folder(Some(mode))
            } else {
                let known = self.like.and_then(|like| like.content(below)).filter(|known| ***known == **self.content);
                Entry::File { mode: Some(mode), bytes: known.cloned().unwrap_or_else(|| self.content.to_vec().into()) }
            };
            self.tree.insert(below, entry);
        }
        ControlFlow::Continue(())
    }

    /// Reads the entry that holds a long name.
    fn name_of_next(&mut self, header: &Header<'_>, size: u64) -> ControlFlow<()> {
        if size > limits::NAME as u64 + 1 {
            let message = format!("the archive has a name of more than {} bytes", limits::NAME);
            self.gzip.stop(&mut self.findings, Code::TooMuch, message);
            return ControlFlow::Break(());
        }
        self.content(LONG_NAME, size, true)?;
        let Some(name) = long_name(&self.content) else {
            self.findings.entry(&kinds::LONG_NAME_UNFIT, &self.content);
            self.doubtful = true;
            return ControlFlow::Continue(());
        };
        let fields = header.differences(What::LongName, LONG_NAME, false, false);
        if !fields.is_empty() {
            self.findings.header(&fields, name);
        }
        self.long = Some(name.to_vec());
        ControlFlow::Continue(())
    }

    /// Reads a content and what fills it up to a block. What is not to be kept is read into nothing.
    fn content(&mut self, path: &[u8], size: u64, keep: bool) -> ControlFlow<()> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let capacity = if keep { size } else { size.min(CHUNK) };
        if capacity > self.content.capacity() {
            // All at once: a vector that grows leaves copies of keys behind. The size was limited, and memory costs when used.
            self.content = Vec::with_capacity(capacity).into();
        }
        self.content.clear();
        let mut left = size;
        while left > 0 {
            if !keep {
                self.content.clear();
            }
            let (start, step) = (self.content.len(), left.min(CHUNK));
            self.content.resize(start + step, 0);
            let filled = self.gzip.fill(self.content.get_mut(start..).unwrap_or_default(), &mut self.findings);
            if filled < step {
                self.cut_off(&format!("the archive is cut off within `{}`", shown(path)));
                return ControlFlow::Break(());
            }
            left -= step;
        }
        let mut padding = [0; BLOCK];
        let fill = padding.get_mut(..size.next_multiple_of(BLOCK) - size).unwrap_or_default();
        if self.gzip.fill(fill, &mut self.findings) < fill.len() {
            self.cut_off(&format!("the archive is cut off behind `{}`", shown(path)));
            return ControlFlow::Break(());
        }
        if padding != [0; BLOCK] {
            self.findings.entry(&kinds::PADDING, path);
        }
        ControlFlow::Continue(())
    }

    /// After a block of zeros: another one, and no more.
    fn end(&mut self) {
        if self.long.is_some() {
            self.findings.entry(&kinds::LONG_NAME_UNFIT, LONG_NAME);
        }
        let mut block = [0; BLOCK];
        if self.gzip.fill(&mut block, &mut self.findings) < BLOCK {
            self.cut_off("the archive has no end: the second block of zeros is missing");
            return;
        }
        let (mut more, mut zeros) = (0, block == [0; BLOCK]);
        self.drain(|bytes| {
            more += bytes.len();
            zeros &= bytes.iter().all(|byte| *byte == 0);
        });
        if !zeros {
            self.findings.once(Code::BytesBeside, "bytes follow the end of the tar, within the compressed bytes");
        } else if more > 0 {
            let message = format!("{more} bytes of zeros follow the two blocks that end the tar");
            self.findings.once(Code::NotCanonical, message);
        }
    }

    /// Tells of a tar that is too short, unless it is known why.
    fn cut_off(&mut self, message: &str) {
        if !self.gzip.stopped() {
            self.gzip.stop(&mut self.findings, Code::ArchiveDamaged, message);
        }
    }

    /// Reads what is left, so that the sums behind it are checked.
    fn drain(&mut self, mut look: impl FnMut(&[u8])) {
        let mut chunk = Wiped::from(vec![0; CHUNK]);
        loop {
            let filled = self.gzip.fill(&mut chunk, &mut self.findings);
            look(chunk.get(..filled).unwrap_or_default());
            if filled < chunk.len() {
                return;
            }
        }
    }
}
