//! A gzip member (RFC 1952) to its plain bytes, with everything checked that stands around them.
//!
//! In: any bytes. Out: plain bytes as they are asked for, and findings about header, deflate stream, sums, and whatever stands
//! before or after. Holds no more than two buffers; stops for good at the first damage, or when there is too much.

use std::io::{BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::diag::Code;

use super::findings::Findings;
use super::gzip_header;
use super::limits;

const BUFFER: usize = 32 * 1024;

/// All that there is of the input, from the start of the archive on.
pub(super) type Input<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum GzipState {
    Open,
    /// Read to the end of the input.
    Ended,
    /// Damaged, or too much; it has been reported.
    Stopped,
}

/// A member that is being read.
pub(super) struct Gzip<R> {
    input: Input<R>,
    inflate: Decompress,
    state: GzipState,
    plain: Crc,
    plain_len: u64,
    packed: Crc,
    packed_len: u64,
    /// What the header says of the compressed bytes.
    packed_sum: Option<u32>,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(mut input: R, findings: &mut Findings) -> Self {
        let mut head = Vec::new();
        let read = input.by_ref().take(limits::SEARCH).read_to_end(&mut head);
        let start = gzip_header::start(&head);
        let mut head = Cursor::new(head);
        head.set_position(start.unwrap_or(0) as u64);
        let mut gzip = Self {
            input: BufReader::with_capacity(BUFFER, head.chain(input)),
            inflate: Decompress::new(false),
            state: GzipState::Open,
            plain: Crc::new(),
            plain_len: 0,
            packed: Crc::new(),
            packed_len: 0,
            packed_sum: None,
        };
        match (read, start) {
            (Err(error), _) => gzip.stop(findings, Code::ArchiveDamaged, format!("the archive cannot be read: {error}")),
            (Ok(0), _) => gzip.stop(findings, Code::ArchiveDamaged, "the archive is empty"),
            (Ok(_), None) => gzip.stop(findings, Code::ArchiveDamaged, "this is no gzip file: it does not begin like one"),
            (Ok(_), Some(start)) => {
                if start > 0 {
                    findings.once(Code::BytesBeside, format!("{start} bytes stand before the archive"));
                }
                match gzip_header::read(&mut gzip.input, findings) {
                    Ok(sum) => gzip.packed_sum = sum,
                    Err((code, message)) => gzip.stop(findings, code, message),
                }
            }
        }
        gzip
    }

    /// Whether there is nothing left to tell about what is missing.
    pub(super) fn stopped(&self) -> bool {
        self.state == GzipState::Stopped
    }

    /// Fills `out`; how much of it is less only at the end.
    pub(super) fn fill(&mut self, out: &mut [u8], findings: &mut Findings) -> usize {
        let mut filled = 0;
        while self.state == GzipState::Open
            && let Some(rest) = out.get_mut(filled..)
            && !rest.is_empty()
        {
            filled += self.inflate(rest, findings);
        }
        filled
    }

    /// Tells why no more is read.
    pub(super) fn stop(&mut self, findings: &mut Findings, code: Code, message: impl Into<String>) {
        self.state = GzipState::Stopped;
        findings.once(code, message);
    }

    fn inflate(&mut self, out: &mut [u8], findings: &mut Findings) -> usize {
        let packed = match self.input.fill_buf() {
            Ok(packed) => packed,
            Err(error) if error.kind() == ErrorKind::Interrupted => return 0,
            Err(error) => {
                self.stop(findings, Code::ArchiveDamaged, format!("the archive cannot be read: {error}"));
                return 0;
            }
        };
        let (had, before_in, before_out) = (!packed.is_empty(), self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(packed, out, FlushDecompress::None);
        let taken = length(self.inflate.total_in() - before_in);
        let made = length(self.inflate.total_out() - before_out);
        self.packed.update(packed.get(..taken).unwrap_or_default());
        self.plain.update(out.get(..made).unwrap_or_default());
        self.input.consume(taken);
        self.packed_len += taken as u64;
        self.plain_len += made as u64;
        let idle = taken == 0 && made == 0;
        match status {
            Err(_) => self.broken(findings),
            Ok(Status::StreamEnd) => self.trailer(findings),
            Ok(_) if idle && had => self.broken(findings),
            Ok(_) if idle => self.stop(findings, Code::ArchiveDamaged, "the archive is cut off: its last bytes are missing"),
            Ok(_) => self.limit(findings),
        }
        made
    }

    fn broken(&mut self, findings: &mut Findings) {
        let message = format!("the compressed bytes cannot be unpacked any further after {} bytes", self.packed_len);
        self.stop(findings, Code::ArchiveDamaged, message);
    }

    fn limit(&mut self, findings: &mut Findings) {
        if self.plain_len > limits::TOTAL {
            let message = format!("the archive unpacks to more than {} MiB", limits::TOTAL >> 20);
            self.stop(findings, Code::TooMuch, message);
        } else if self.plain_len > limits::RATIO_FROM && self.plain_len / limits::RATIO > self.packed_len {
            let message = format!("the archive unpacks to more than {} times its size", limits::RATIO);
            self.stop(findings, Code::TooMuch, message);
        }
    }

    /// Checks what stands behind the deflate stream: the sums, and then nothing.
    fn trailer(&mut self, findings: &mut Findings) {
        let mut sums = [0; 8];
        if self.input.read_exact(&mut sums).is_err() {
            self.stop(findings, Code::ArchiveDamaged, "the archive is cut off: its checksum is missing");
            return;
        }
        self.state = GzipState::Ended;
        let (crc, size) = sums.split_at(4);
        // ISIZE is the length modulo 2^32 (RFC 1952 2.3.1).
        let isize = self.plain_len & u64::from(u32::MAX);
        if crc != self.plain.sum().to_le_bytes() {
            findings.once(Code::ArchiveDamaged, "what the archive unpacks to does not have the checksum at its end");
        } else if size != &isize.to_le_bytes()[..4] {
            findings.once(Code::ArchiveDamaged, "what the archive unpacks to does not have the length at its end");
        } else if self.packed_sum.is_some_and(|sum| sum != self.packed.sum()) {
            findings.once(Code::NotCanonical, "the compressed bytes do not have the sum in the header, though they unpack");
        }
        match self.input.fill_buf() {
            Ok([]) => {}
            Ok([0x1f, 0x8b, ..]) => findings.once(Code::BytesBeside, "a second gzip member follows the first"),
            Ok(_) => findings.once(Code::BytesBeside, "bytes follow the end of the archive"),
            Err(error) => self.stop(findings, Code::ArchiveDamaged, format!("the archive cannot be read to its end: {error}")),
        }
    }
}

/// What is as long as a part of a buffer.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
