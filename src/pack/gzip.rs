//! Deflate blocks to one gzip member (RFC 1952), counted and hashed on their way out.
//!
//! In: blocks, each with what is to be known of the plain bytes that it stands for. Out: the member, its length and its
//! SHA-256. Compresses nothing itself and knows nothing of tar. One member, because readers disagree on what follows the
//! first: GNU gzip reads on, others stop or refuse.

use std::io::{self, Write};

use flate2::Crc;
use ring::digest;
use zeroize::Zeroizing;

use super::compressed::{Compressed, sha256_bytes};

/// RFC 1952 2.3: deflate; no flags, so no name; no time; XFL 0, neither the fastest nor the
/// slowest level; OS 255, unknown. As flate2 writes it.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// An empty deflate block that ends the stream: with the fixed code, and nothing in it.
const FINAL_BLOCK: [u8; 2] = [0x03, 0x00];

/// Segments are small and outputs are files: bytes go out in pieces of this size.
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

/// A gzip member being written.
pub(super) struct Gzip<W> {
    out: W,
    buffer: Zeroizing<Vec<u8>>,
    len: u64,
    sha256: digest::Context,
    crc: Crc,
    plain_len: u64,
}

impl<W: Write> Gzip<W> {
    /// Starts a member. Its header is written at once, so that an output that takes nothing is known early.
    pub(super) fn new(out: W) -> io::Result<Self> {
        let mut gzip = Self {
            out,
            buffer: Zeroizing::new(Vec::with_capacity(BUFFER)),
            len: 0,
            sha256: digest::Context::new(&digest::SHA256),
            crc: Crc::new(),
            plain_len: 0,
        };
        gzip.write(&HEADER)?;
        gzip.drain()?;
        Ok(gzip)
    }

    /// How many plain bytes the blocks stand for so far.
    pub(super) fn plain_len(&self) -> u64 {
        self.plain_len
    }

    /// Counts plain bytes whose blocks are about to be written.
    pub(super) fn count(&mut self, plain: &[u8]) {
        self.crc.update(plain);
        self.plain_len += plain.len() as u64;
    }

    /// Counts a padded content whose blocks are about to be written.
    pub(super) fn count_content(&mut self, content: &Compressed) {
        self.crc.combine(content.crc());
        self.plain_len += content.padded_len();
    }

    /// Writes deflate blocks that end on a byte.
    pub(super) fn write(&mut self, blocks: &[u8]) -> io::Result<()> {
        self.len += blocks.len() as u64;
        if self.buffer.len() + blocks.len() > BUFFER {
            self.drain()?;
        }
        if blocks.len() > BUFFER {
            self.sha256.update(blocks);
            return self.out.write_all(blocks);
        }
        self.buffer.extend_from_slice(blocks);
        Ok(())
    }

    /// Ends the member and flushes the output.
    pub(super) fn finish(mut self) -> io::Result<Finished<W>> {
        self.write(&FINAL_BLOCK)?;
        self.write(&self.crc.sum().to_le_bytes())?;
        // ISIZE is the length modulo 2^32 (RFC 1952 2.3.1).
        let isize = self.plain_len & u64::from(u32::MAX);
        self.write(&isize.to_le_bytes()[..4])?;
        self.drain()?;
        self.out.flush()?;
        Ok(Finished { out: self.out, len: self.len, sha256: sha256_bytes(&self.sha256.finish()) })
    }

    fn drain(&mut self) -> io::Result<()> {
        self.sha256.update(&self.buffer);
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}
