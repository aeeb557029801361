//! Puts entries into one archive: the order of headers and contents, and which entries are allowed.
//!
//! In: directories and files, each with its content already compressed. Out: a `.tar.gz`, written in one go when all its
//! entries are known. The headers are coded here, per archive, each against the one before; the contents are borrowed, and
//! copied as they are.

use std::collections::HashMap;
use std::io::Write;

use super::compressed::Compressed;
use super::error::PackError;
use super::fixed_block::FixedBlock;
use super::gzip::{Finished, GzipWriter};
use super::header::{self, BLOCK, HeaderKind};

/// An archive that is being built; nothing is written before [`Archive::finish`]. A rejected entry leaves no trace.
///
/// ```
/// use meshbundle::pack::{Archive, Compressor};
///
/// # fn main() -> Result<(), meshbundle::pack::PackError> {
/// let key = Compressor::new().compress(b"...");
/// let mut archive = Archive::new();
/// archive.directory("cluster1.node1", 0o755)?;
/// archive.file("cluster1.node1/etcd.key", 0o600, &key)?;
/// let finished = archive.finish(Vec::new())?;
/// assert_eq!(finished.out.len() as u64, finished.len);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Archive<'a> {
    gzip: GzipWriter<'a>,
    block: FixedBlock,
    last_header: Option<([u8; BLOCK], u64)>,
    /// The series of contents that ends where the next header starts.
    series: Option<[u8; 32]>,
    entries: HashMap<String, HeaderKind>,
}

impl<'a> Archive<'a> {
    /// An archive without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a directory. `path` is relative and has no slash at its end.
    ///
    /// # Errors
    /// A path or mode that an archive cannot have, a duplicate path, or one whose parent directory is missing.
    pub fn directory(&mut self, path: &str, mode: u32) -> Result<(), PackError> {
        self.admit(HeaderKind::Directory, path, mode)?;
        self.header(HeaderKind::Directory, path, mode, 0);
        self.series = None;
        Ok(())
    }

    /// Adds a regular file.
    ///
    /// # Errors
    /// As [`Archive::directory`].
    pub fn file(&mut self, path: &str, mode: u32, content: &'a Compressed) -> Result<(), PackError> {
        self.admit(HeaderKind::File, path, mode)?;
        self.header(HeaderKind::File, path, mode, content.len());
        let (blocks, series) = content.blocks(self.series.as_ref());
        self.gzip.add_content(content, blocks);
        self.series = series;
        Ok(())
    }

    /// Writes the archive. It ends with two blocks of zeros, which is where a tar ends (POSIX.1-2017 pax), without padding to a
    /// record of 10240 bytes, which GNU tar writes for tapes and no reader of files needs.
    ///
    /// # Errors
    /// Those of `out`: what was written until then is not an archive.
    pub fn finish<W: Write>(mut self, out: W) -> Result<Finished<W>, PackError> {
        let end = [0; BLOCK];
        self.block.open();
        for _ in 0..2 {
            self.block.tar_block(&end, None);
            self.gzip.count(&end);
        }
        self.gzip.add(self.block.close());
        Ok(self.gzip.finish(out)?)
    }

    /// Rejects an entry that would not unpack as its caller means.
    fn admit(&mut self, kind: HeaderKind, path: &str, mode: u32) -> Result<(), PackError> {
        header::check(path, mode)?;
        if self.entries.contains_key(path) {
            return Err(PackError::Duplicate { path: path.to_owned() });
        }
        if let Some((parent, _)) = path.rsplit_once('/')
            && self.entries.get(parent) != Some(&HeaderKind::Directory)
        {
            return Err(PackError::Orphan { path: path.to_owned() });
        }
        self.entries.insert(path.to_owned(), kind);
        Ok(())
    }

    /// Codes the entry's header, against the header before it.
    fn header(&mut self, kind: HeaderKind, path: &str, mode: u32, size: u64) {
        let blocks = header::blocks(kind, path, mode, size);
        if blocks.len() != 1 {
            // A long name comes between: the distances are not those of the series.
            self.series = None;
        }
        self.block.open();
        for block in blocks {
            let position = self.gzip.plain_len();
            let earlier = self.last_header.as_ref().map(|(header, at)| (header, position - at));
            self.block.tar_block(&block, earlier);
            self.gzip.count(&block);
            self.last_header = Some((block, position));
        }
        self.gzip.add(self.block.close());
    }
}
