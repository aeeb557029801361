//! Tar headers to deflate blocks, a few dozen bytes each.
//!
//! In: a tar block and, if it is within the window, an earlier one to refer to. Out: one deflate block with the fixed
//! Huffman code (RFC 1951 3.2.6), then an empty stored block, so that what follows starts on a byte.
//!
//! Why not zlib: a header is 512 bytes of which some ten differ from the header before it, and there are millions of them in a
//! run. A general compressor would have to be reset for each (clearing tables of 128 KiB), does not know where the earlier header
//! is, and would search for it by hashing what is between. Here the distance is known, so one pass over 512 bytes finds
//! everything: what is equal to the earlier header, and runs of one byte. The fixed code needs no table in front, which for so
//! few symbols would be longer than what it saves.
//!
//! Why it is always right: a copy is coded only where the bytes were compared and found equal at that distance, and everything
//! else is a literal. Better choices would only make it smaller.

use super::header::BLOCK;

/// How far back deflate may refer, in bytes (RFC 1951 2).
const WINDOW: u64 = 32_768;

/// The shortest and the longest copy (RFC 1951 3.2.5).
const COPY_MIN: usize = 3;
const COPY_MAX: usize = 258;

const END_OF_BLOCK: u64 = 256;

/// An encoder of fixed blocks. It is reused, so it does not allocate for each block.
#[derive(Default)]
pub(super) struct FixedBlock {
    out: Vec<u8>,
    hold: u64,
    held: u32,
}

impl FixedBlock {
    /// Starts a block that is not the last of the stream.
    pub(super) fn open(&mut self) {
        self.out.clear();
        self.bits(0b010, 3);
    }

    /// Codes one tar block; `earlier` is a block that was coded before, and its distance in bytes.
    pub(super) fn tar_block(&mut self, block: &[u8; BLOCK], earlier: Option<(&[u8; BLOCK], u64)>) {
        let earlier = earlier.filter(|(_, distance)| *distance <= WINDOW);
        let mut at = 0;
        while at < BLOCK {
            let rest = &block[at..];
            let (same, distance) = earlier.map_or((0, 1), |(earlier, distance)| (common(rest, &earlier[at..]), distance));
            // The bytes compared with themselves, shifted by one: how often the last byte is repeated.
            let run = if at > 0 { common(rest, &block[at - 1..]) } else { 0 };
            // For the same length the run is cheaper: its distance has no extra bits.
            let (length, distance) = if same > run { (same, distance) } else { (run, 1) };
            let length = length.min(COPY_MAX);
            if length < COPY_MIN {
                self.literal_or_length(u64::from(block[at]));
                at += 1;
            } else {
                self.copy(length, distance);
                at += length;
            }
        }
    }

    /// Ends the block; the bytes are valid until the next one is opened.
    pub(super) fn close(&mut self) -> &[u8] {
        self.literal_or_length(END_OF_BLOCK);
        // An empty stored block (RFC 1951 3.2.4): three bits, then padding to the next byte, then its length 0.
        self.bits(0b000, 3);
        self.bits(0, self.held.wrapping_neg() % 8);
        self.out.extend_from_slice(&[0x00, 0x00, 0xff, 0xff]);
        &self.out
    }

    /// RFC 1951 3.2.5. Beyond the first few, every four length symbols and every two distance symbols cover twice as much
    /// as those before, with one more extra bit.
    fn copy(&mut self, length: usize, distance: u64) {
        let offset = (length - COPY_MIN) as u64;
        if length == COPY_MAX {
            self.literal_or_length(285);
        } else {
            let extra = offset.max(4).ilog2() - 2;
            self.literal_or_length(257 + 4 * u64::from(extra) + (offset >> extra));
            self.bits(offset & !(u64::MAX << extra), extra);
        }
        let offset = distance - 1;
        let extra = offset.max(2).ilog2() - 1;
        self.huffman(2 * u64::from(extra) + (offset >> extra), 5);
        self.bits(offset & !(u64::MAX << extra), extra);
    }

    /// RFC 1951 3.2.6: the fixed code of literals and lengths.
    fn literal_or_length(&mut self, symbol: u64) {
        match symbol {
            0..144 => self.huffman(0b0011_0000 + symbol, 8),
            144..256 => self.huffman(0b1_1001_0000 + symbol - 144, 9),
            256..280 => self.huffman(symbol - 256, 7),
            _ => self.huffman(0b1100_0000 + symbol - 280, 8),
        }
    }

    /// Huffman codes start with their highest bit (RFC 1951 3.1.1), everything else with the lowest.
    fn huffman(&mut self, code: u64, length: u32) {
        self.bits(code.reverse_bits() >> (u64::BITS - length), length);
    }

    fn bits(&mut self, value: u64, count: u32) {
        self.hold |= value << self.held;
        self.held += count;
        while self.held >= 8 {
            self.out.push(self.hold.to_le_bytes()[0]);
            self.hold >>= 8;
            self.held -= 8;
        }
    }
}

/// How many bytes are the same from the start.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (a_words, _) = a.as_chunks::<8>();
    let (b_words, _) = b.as_chunks::<8>();
    let words = a_words.iter().zip(b_words).take_while(|(a, b)| a == b).count() * 8;
    words + a[words..].iter().zip(&b[words..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::DeflateDecoder;
    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert_eq, proptest};
    use proptest::sample::select;

    use super::{COPY_MAX, COPY_MIN, FixedBlock};

    /// Bytes as stored blocks, which come before and between the blocks under test.
    fn stored(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in bytes.chunks(usize::from(u16::MAX)) {
            let len = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
            out.extend([&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), chunk].concat());
        }
        out
    }

    fn inflate(mut stream: Vec<u8>) -> Vec<u8> {
        stream.extend([0x03, 0x00]);
        let mut plain = Vec::new();
        assert!(DeflateDecoder::new(stream.as_slice()).read_to_end(&mut plain).is_ok());
        plain
    }

    /// Every length symbol, at both ends of every distance symbol (RFC 1951 3.2.5).
    #[test]
    fn copies_lead_to_the_right_bytes() {
        let mut plain: Vec<u8> = (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
        let mut stream = stored(&plain);
        let mut block = FixedBlock::default();
        let powers = (0..15).flat_map(|n| [1 << n, 3 << n]);
        let distances = powers.flat_map(|n: usize| [n, n + 1]).filter(|distance| *distance <= 32_768);
        for distance in distances {
            block.open();
            for length in COPY_MIN..=COPY_MAX {
                block.copy(length, distance as u64);
                for _ in 0..length {
                    plain.push(plain[plain.len() - distance]);
                }
            }
            stream.extend_from_slice(block.close());
        }
        assert!(inflate(stream) == plain);
    }

    /// As between the headers of two keys in one directory.
    #[test]
    fn a_header_like_the_one_before_takes_few_bytes() {
        let mut first = [0; 512];
        first[..20].copy_from_slice(b"cluster1.node1/a.key");
        let mut second = first;
        second[15] = b'b';
        let mut block = FixedBlock::default();
        block.open();
        block.tar_block(&second, Some((&first, 1024)));
        assert!(block.close().len() <= 20);
    }

    /// Blocks with runs, parts of the block before, and noise.
    fn blocks() -> impl Strategy<Value = Vec<([u8; 512], usize)>> {
        let piece = (any::<u8>(), 1_usize..200, select(vec!["run", "noise", "same"]));
        let gap = select(vec![0, 1, 512, 32_255, 32_256, 32_257, 70_000]);
        vec((vec(piece, 1..40), gap), 1..6).prop_map(|drafts| {
            let mut before = [0; 512];
            let mut blocks = Vec::new();
            for (pieces, gap) in drafts {
                let mut at = 0;
                for (byte, len, kind) in pieces {
                    for _ in 0..len {
                        if at < 512 {
                            before[at] = match kind {
                                "run" => byte,
                                "noise" => before[at].wrapping_mul(5).wrapping_add(byte | 1),
                                _ => before[at],
                            };
                            at += 1;
                        }
                    }
                }
                blocks.push((before, gap));
            }
            blocks
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_coded_is_what_is_read(blocks in blocks()) {
            let (mut stream, mut plain) = (Vec::new(), Vec::new());
            let mut block = FixedBlock::default();
            let mut earlier: Option<([u8; 512], usize)> = None;
            for (bytes, gap) in blocks {
                block.open();
                let reference = earlier.as_ref().map(|(bytes, at)| (bytes, (plain.len() - at) as u64));
                block.tar_block(&bytes, reference);
                stream.extend_from_slice(block.close());
                earlier = Some((bytes, plain.len()));
                plain.extend_from_slice(&bytes);
                let filler = vec![0xaa; gap];
                stream.extend(stored(&filler));
                plain.extend(filler);
            }
            prop_assert_eq!(inflate(stream), plain);
        }
    }
}
