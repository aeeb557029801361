//! Compresses contents into deflate segments, once for all archives that contain them.
//!
//! In: bytes. Out: [`Compressed`]. A segment made by [`Compressor::compress`] refers to nothing before itself; one of a
//! [`Series`] also refers to the contents before it in the series. Of tar it knows only that one header block comes before each
//! content.

use aws_lc_rs::digest;
use flate2::{CompressError, Crc, FlushCompress};

use crate::wiped::Wiped;

use super::compressed::{Compressed, SeriesLink};
use super::deflate::{Deflater, padding};
use super::header::BLOCK;

/// Replaces each byte of a tar header in the window of a series. UTF-8 has no such byte (RFC 3629 1), so no text has it.
const HEADER_BYTE: u8 = 0xff;

/// Deflates contents, one after the other. Making one costs as much as deflating many small files: keep one per thread.
///
/// The compressor's window, which cannot be wiped from here, holds the last contents until the next ones replace them.
pub struct Compressor {
    deflater: Deflater,
}

impl Compressor {
    /// A compressor with the level of every archive.
    pub fn new() -> Self {
        Self { deflater: Deflater::new() }
    }

    /// Deflates `content` for any place in any archive. The result depends only on `content`.
    pub fn compress(&mut self, content: &[u8]) -> Compressed {
        Compressed::alone(content, self.deflater.segment(content))
    }

    /// Starts a series of contents that follow each other in the same order in many archives.
    ///
    /// Each may refer to those before it, which takes half or a quarter of the space for certificates and configs of one kind. In
    /// an archive where something else comes between, they are still right, only larger.
    pub fn series(&mut self) -> Series<'_> {
        Series { compressor: self, last: None }
    }

    /// Deflates the common beginning of many contents: see [`Compressor::continued`].
    pub fn beginning(&mut self, content: &[u8]) -> Beginning {
        let (mut crc, mut sha256) = (Crc::new(), digest::Context::new(&digest::SHA256));
        crc.update(content);
        sha256.update(content);
        Beginning { blocks: self.deflater.blocks(content, &[]), plain: content.to_vec(), crc, sha256 }
    }

    /// Deflates the content that begins with `beginning` and ends with `rest`: only `rest` costs anything. Not for secrets.
    pub fn continued(&mut self, beginning: &Beginning, rest: &[u8]) -> Compressed {
        let plain = [beginning.plain.as_slice(), rest].concat();
        let blocks = [beginning.blocks.as_slice(), &self.deflater.blocks(rest, padding(&plain))].concat();
        let (mut tail, mut crc, mut sha256) = (Crc::new(), Crc::new(), beginning.sha256.clone());
        tail.update(rest);
        tail.update(padding(&plain));
        crc.combine(&beginning.crc);
        crc.combine(&tail);
        sha256.update(rest);
        Compressed::whole(plain, crc, &sha256.finish(), Wiped::from(blocks))
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self::new()
    }
}

/// Contents that follow each other: see [`Compressor::series`].
///
/// All of them go through one deflate stream, with a block of one repeated byte in place of each header, whose output is
/// discarded. That byte is in no content, so no content can refer to it. A header's length is fixed, so with any header of an
/// archive in that place the references lead to the same bytes.
pub struct Series<'a> {
    compressor: &'a mut Compressor,
    last: Option<[u8; 32]>,
}

impl Series<'_> {
    /// Deflates the next content. The result depends only on the contents of this series so far.
    pub fn compress(&mut self, content: &[u8]) -> Compressed {
        if self.last.is_none() {
            self.compressor.deflater.reset();
        }
        // A binary content is compressed alone, and the series begins again after it.
        let next = if content.contains(&HEADER_BYTE) { None } else { self.next(content).ok() };
        let Some(blocks) = next else {
            self.last = None;
            return self.compressor.compress(content);
        };
        let compressed = Compressed::linked(content, self.last, blocks);
        self.last = compressed.link().map(SeriesLink::id);
        compressed
    }

    fn next(&mut self, content: &[u8]) -> Result<Wiped, CompressError> {
        let mut discarded = Vec::with_capacity(BLOCK);
        self.compressor.deflater.feed(&[HEADER_BYTE; BLOCK], FlushCompress::Sync, &mut discarded)?;
        self.compressor.deflater.deflate(content, padding(content))
    }
}

/// The common beginning of many contents, deflated once.
pub struct Beginning {
    plain: Vec<u8>,
    blocks: Wiped,
    crc: Crc,
    sha256: digest::Context,
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;

    use super::Compressor;
    use crate::pack::deflate::stored;

    const FINAL_BLOCK: [u8; 2] = [3, 0];

    fn inflate(segments: &[&[u8]]) -> Vec<u8> {
        let stream = [segments.concat(), FINAL_BLOCK.to_vec()].concat();
        let mut plain = Vec::new();
        assert!(DeflateDecoder::new(stream.as_slice()).read_to_end(&mut plain).is_ok());
        plain
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(len)
        .collect()
    }

    fn padded(content: &[u8]) -> Vec<u8> {
        let mut padded = content.to_vec();
        padded.resize(content.len().next_multiple_of(512), 0);
        padded
    }

    /// It depends neither on what the compressor did before nor on what comes before the segment.
    #[test]
    fn a_segment_depends_on_its_content_alone() {
        let mut used = Compressor::new();
        for len in [0, 1, 511, 512, 513, 40_960, 200_000] {
            for content in [noise(len), vec![b'a'; len]] {
                let segment = used.deflater.segment(&content);
                assert_eq!(segment, Compressor::new().deflater.segment(&content));
                assert_eq!(inflate(&[&segment]), padded(&content));
                assert_eq!(inflate(&[&segment, &segment]), padded(&content).repeat(2));
            }
        }
    }

    #[test]
    fn a_content_in_two_parts_is_the_same_content() {
        let mut compressor = Compressor::new();
        for (first, second) in [(0, 0), (0, 5), (5, 0), (512, 0), (511, 1), (40_000, 300)] {
            let (first, second) = (noise(first), noise(second));
            let whole = [first.clone(), second.clone()].concat();
            let beginning = compressor.beginning(&first);
            let continued = compressor.continued(&beginning, &second);
            let alone = compressor.compress(&whole);
            assert_eq!((continued.len(), continued.sha256()), (alone.len(), alone.sha256()));
            assert_eq!((continued.crc().sum(), continued.crc().amount()), (alone.crc().sum(), alone.crc().amount()));
            assert_eq!(inflate(&[continued.blocks(None).0]), padded(&whole));
        }
    }

    #[test]
    fn stored_blocks_are_a_segment_too() {
        for len in [0, 1, 512, 65_535, 65_536, 200_000] {
            let noise = noise(len);
            assert_eq!(inflate(&[&stored(&noise, super::padding(&noise))]), padded(&noise));
        }
    }
}
