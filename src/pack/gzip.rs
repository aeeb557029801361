//! Deflate blocks to one gzip member (RFC 1952), whose header holds a sum over them.
//!
//! In: blocks, each with the sums of its plain bytes. Out: the member, its length and its
//! SHA-256. Compresses nothing itself and knows nothing of tar. One member, because readers disagree on what follows the
//! first: GNU gzip reads on, others stop or fail.
//!
//! Why an additional sum: gzip's covers the plain bytes, and some bits of a deflate stream change none of them (the padding
//! before a stored block, the distance of a copy in a run of zeros). A CRC-32 over the compressed bytes detects every change of
//! one byte. It is in the comment, which readers skip. The extra field would be the right place, but Python's `tarfile` takes it
//! for compressed data when it reads from a pipe (`_init_read_gz` in Lib/tarfile.py). Because the sum comes before the blocks,
//! they are collected first: those that archives share by reference, the others as bytes.

use std::io::{self, Write};
use std::ops::Range;

use aws_lc_rs::digest;
use flate2::Crc;

use crate::wiped::Wiped;

use super::compressed::{Compressed, sha256_bytes};

/// RFC 1952 2.3: deflate; FCOMMENT, and no other flag, so no name; no time; XFL 0, neither the fastest nor the slowest level;
/// OS 255, unknown.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 255];

/// An empty deflate block that ends the stream: with the fixed code, and nothing in it.
const FINAL_BLOCK: [u8; 2] = [0x03, 0x00];

/// Pieces are small, but sums and outputs are faster with large ones: bytes are handed over in portions of this size.
const BUFFER: usize = 64 * 1024;

/// A finished archive.
#[derive(Debug)]
pub struct Finished<W> {
    /// The output, with every byte written and flushed.
    pub out: W,
    /// How many bytes were written.
    pub len: u64,
    /// The SHA-256 of the bytes written.
    pub sha256: [u8; 32],
}

/// A gzip member that is being collected.
#[derive(Default)]
pub(super) struct GzipWriter<'a> {
    pieces: Vec<Piece<'a>>,
    /// The blocks of this archive alone.
    own: Vec<u8>,
    /// The CRC-32 of the plain bytes.
    crc: Crc,
    plain_len: u64,
}

/// Deflate blocks that end on a byte.
enum Piece<'a> {
    /// Their range in the blocks of this archive.
    Own(Range<usize>),
    Shared(&'a [u8]),
}

impl<'a> GzipWriter<'a> {
    /// The number of plain bytes of the blocks so far.
    pub(super) fn plain_len(&self) -> u64 {
        self.plain_len
    }

    /// Counts plain bytes whose blocks are about to be added.
    pub(super) fn count(&mut self, plain: &[u8]) {
        self.crc.update(plain);
        self.plain_len += plain.len() as u64;
    }

    /// Adds blocks of this archive alone, whose plain bytes were counted.
    pub(super) fn add(&mut self, blocks: &[u8]) {
        let start = self.own.len();
        self.own.extend_from_slice(blocks);
        self.pieces.push(Piece::Own(start..self.own.len()));
    }

    /// Adds the blocks of a padded content.
    pub(super) fn add_content(&mut self, content: &Compressed, blocks: &'a [u8]) {
        self.crc.combine(content.crc());
        self.plain_len += content.padded_len();
        self.pieces.push(Piece::Shared(blocks));
    }

    /// Writes the member to `out` and flushes it.
    pub(super) fn finish<W: Write>(mut self, out: W) -> io::Result<Finished<W>> {
        self.add(&FINAL_BLOCK);
        let mut sum = Crc::new();
        self.portions(|bytes| {
            sum.update(bytes);
            Ok(())
        })?;
        let mut output = HashedOutput { out, len: 0, sha256: digest::Context::new(&digest::SHA256) };
        output.write(&HEADER)?;
        output.write(format!("crc32={:08x}\0", sum.sum()).as_bytes())?;
        self.portions(|bytes| output.write(bytes))?;
        output.write(&self.crc.sum().to_le_bytes())?;
        // ISIZE is the length modulo 2^32 (RFC 1952 2.3.1).
        let isize = self.plain_len & u64::from(u32::MAX);
        output.write(&isize.to_le_bytes()[..4])?;
        output.out.flush()?;
        Ok(Finished { out: output.out, len: output.len, sha256: sha256_bytes(&output.sha256.finish()) })
    }

    /// Hands the deflate stream over in portions that are large enough.
    fn portions(&self, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = Wiped::from(Vec::with_capacity(BUFFER));
        for piece in &self.pieces {
            let blocks = match piece {
                Piece::Own(range) => self.own.get(range.clone()).unwrap_or_default(),
                Piece::Shared(blocks) => blocks,
            };
            if buffer.len() + blocks.len() > BUFFER {
                take(&buffer)?;
                buffer.clear();
            }
            if blocks.len() > BUFFER {
                take(blocks)?;
            } else {
                buffer.extend_from_slice(blocks);
            }
        }
        take(&buffer)
    }
}

/// Bytes on their way out, counted and hashed.
struct HashedOutput<W> {
    out: W,
    len: u64,
    sha256: digest::Context,
}

impl<W: Write> HashedOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.len += bytes.len() as u64;
        self.sha256.update(bytes);
        self.out.write_all(bytes)
    }
}
