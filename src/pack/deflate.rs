//! Deflate blocks (RFC 1951) that begin and end on a byte, so that they can be joined.

use flate2::{Compress, CompressError, Compression, FlushCompress};

use crate::wiped::Wiped;

use super::header::BLOCK;

const ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Over the certificates, keys and configs of 254 clusters, level 9 takes four times as long for at most 1 % less, and level 4
/// saves a quarter of the time, which is spent once per cluster, for 2 to 3 % more.
const LEVEL: u32 = 6;

/// The longest stored block (RFC 1951 3.2.4: its length has 16 bits).
const STORED_MAX: usize = 65_535;

/// One deflate stream, used for content after content.
pub(super) struct Deflater {
    stream: Compress,
}

impl Deflater {
    /// A stream with the level of every archive.
    pub(super) fn new() -> Self {
        Self { stream: Compress::new(Compression::new(LEVEL), false) }
    }

    /// Forgets what came before.
    pub(super) fn reset(&mut self) {
        self.stream.reset();
    }

    /// The blocks of a content that refer to nothing before it.
    pub(super) fn segment(&mut self, content: &[u8]) -> Wiped {
        self.blocks(content, padding(content))
    }

    /// The blocks of a content and its padding, which refer to nothing before it.
    pub(super) fn blocks(&mut self, content: &[u8], padding: &[u8]) -> Wiped {
        self.stream.reset();
        // Deflating fails only on a misused stream, which this one never is. If it does, stored blocks are right as well.
        self.deflate(content, padding).unwrap_or_else(|_| stored(content, padding))
    }

    /// The blocks of a content and its padding, which may refer to what the stream had before.
    pub(super) fn deflate(&mut self, content: &[u8], padding: &[u8]) -> Result<Wiped, CompressError> {
        if content.is_empty() && padding.is_empty() {
            return Ok(Wiped::default());
        }
        // The capacity for the worst case at once: a vector that grows leaves a copy of the secret behind.
        let mut blocks = Wiped::from(Vec::with_capacity(content.len() + content.len() / 8 + 2 * BLOCK));
        self.feed(content, FlushCompress::None, &mut blocks)?;
        // The flush ends on a byte, with an empty stored block, and not with the block that ends the stream.
        self.feed(padding, FlushCompress::Sync, &mut blocks)?;
        Ok(Wiped::from(blocks.to_vec()))
    }

    pub(super) fn feed(&mut self, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> Result<(), CompressError> {
        loop {
            let before = self.stream.total_in();
            self.stream.compress_vec(input, out, flush)?;
            let taken = usize::try_from(self.stream.total_in() - before).unwrap_or(usize::MAX);
            input = input.get(taken..).unwrap_or_default();
            // zlib.h, deflate: all input is taken and a flush is complete when there is room left in the output.
            if out.len() < out.capacity() {
                return Ok(());
            }
            out.reserve(BLOCK);
        }
    }
}

/// The zeros that fill the last block of a content.
pub(super) fn padding(content: &[u8]) -> &'static [u8] {
    &ZEROS[..content.len().next_multiple_of(BLOCK) - content.len()]
}

/// A content and its padding as stored blocks (RFC 1951 3.2.4), which are byte aligned by themselves.
pub(super) fn stored(content: &[u8], padding: &[u8]) -> Wiped {
    let mut out = Wiped::from(Vec::with_capacity(content.len() + content.len() / 1024 + 2 * BLOCK));
    for chunk in content.chunks(STORED_MAX).chain([padding]) {
        let len = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(0);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    out
}
