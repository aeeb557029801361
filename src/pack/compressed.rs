//! A compressed content, with what an archive needs to know about it.
//!
//! Holds runs of deflate blocks (RFC 1951) that inflate to the content and its tar padding, and start and end on a byte.
//! Chooses between them by what comes before; makes none, except where a content is separated from its series.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use flate2::Crc;

use crate::wiped::Wiped;

use super::deflate::{Deflater, padding};
use super::header::BLOCK;

/// A content for any number of archives. Clones share the bytes, which are wiped with the last clone.
#[derive(Clone)]
pub struct Compressed(Arc<Content>);

struct Content {
    plain: Wiped,
    /// The CRC-32 of the content and its padding.
    crc: Crc,
    sha256: [u8; 32],
    link: Option<SeriesLink>,
    /// The blocks that refer to nothing before the content; contents of a series seldom need them.
    alone: OnceLock<Wiped>,
}

/// The place of a content in its series.
pub(super) struct SeriesLink {
    /// The series up to here: a digest over the digests of all its contents.
    id: [u8; 32],
    /// The series before this content; none at its start.
    after: Option<[u8; 32]>,
    /// The blocks that may refer to the contents of `after`, at their distances with one header block before each.
    blocks: Wiped,
}

impl SeriesLink {
    pub(super) fn id(&self) -> [u8; 32] {
        self.id
    }
}

impl Compressed {
    /// A content with blocks that refer to nothing before it.
    pub(super) fn alone(content: &[u8], blocks: Wiped) -> Self {
        Self(Arc::new(Content { alone: OnceLock::from(blocks), ..Content::new(content) }))
    }

    /// A content whose checksums are known already.
    pub(super) fn whole(plain: Vec<u8>, crc: Crc, sha256: &digest::Digest, blocks: Wiped) -> Self {
        let (plain, sha256) = (Wiped::from(plain), sha256_bytes(sha256));
        Self(Arc::new(Content { plain, crc, sha256, link: None, alone: OnceLock::from(blocks) }))
    }

    /// A content with blocks that refer to the series `after`.
    pub(super) fn linked(content: &[u8], after: Option<[u8; 32]>, blocks: Wiped) -> Self {
        let content = Content::new(content);
        let id = sha256(&[after.unwrap_or_default(), content.sha256].concat());
        Self(Arc::new(Content { link: Some(SeriesLink { id, after, blocks }), ..content }))
    }

    /// The length of the content, in bytes.
    pub fn len(&self) -> u64 {
        self.0.plain.len() as u64
    }

    /// Whether the content has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.plain.is_empty()
    }

    /// The SHA-256 of the content.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    pub(super) fn link(&self) -> Option<&SeriesLink> {
        self.0.link.as_ref()
    }

    /// The blocks to be written where the series `before` ends right before this content's header, and the series that
    /// ends after them.
    pub(super) fn blocks(&self, before: Option<&[u8; 32]>) -> (&[u8], Option<[u8; 32]>) {
        match self.link() {
            Some(link) if link.after.is_none() || link.after.as_ref() == before => (&link.blocks, Some(link.id)),
            _ => (self.0.alone.get_or_init(|| Deflater::new().segment(&self.0.plain)), None),
        }
    }

    /// The length of the content and its padding, in bytes.
    pub(super) fn padded_len(&self) -> u64 {
        self.len().next_multiple_of(BLOCK as u64)
    }

    /// The CRC-32 of the content and its padding.
    pub(super) fn crc(&self) -> &Crc {
        &self.0.crc
    }
}

impl Content {
    fn new(content: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(content);
        crc.update(padding(content));
        let plain = Wiped::from(content.to_vec());
        Self { plain, crc, sha256: sha256(content), link: None, alone: OnceLock::new() }
    }
}

/// Only the length: the content may be a key.
impl fmt::Debug for Compressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressed").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The SHA-256 of `bytes`.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha256_bytes(&digest::digest(&digest::SHA256, bytes))
}

/// A SHA-256 digest as an array.
pub(super) fn sha256_bytes(digest: &digest::Digest) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::Compressed;
    use crate::pack::Compressor;

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?}", Compressor::new().series().compress(b"secret"));
        assert_eq!(shown, "Compressed { len: 6, .. }");
    }

    /// The second of a series refers to the first only where the first comes right before it.
    #[test]
    fn a_torn_series_falls_back() {
        let mut compressor = Compressor::new();
        let text = b"no two of these words are the same, so they are long";
        let lone = compressor.compress(text);
        let mut series = compressor.series();
        let [first, second]: [Compressed; 2] = [series.compress(text), series.compress(text)];
        let (blocks, after_first) = first.blocks(None);
        assert_eq!(blocks, lone.blocks(None).0);
        let (linked, after_second) = second.blocks(after_first.as_ref());
        assert!(linked.len() < blocks.len() / 2);
        assert!(after_second.is_some());
        for torn in [None, after_second.as_ref()] {
            assert_eq!(second.blocks(torn), (lone.blocks(None).0, None));
        }
    }
}
