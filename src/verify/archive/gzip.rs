//! A gzip member (RFC 1952) to its plain bytes, with everything checked that stands around them.
//!
//! In: any bytes. Out: plain bytes as they are asked for, and findings about header, deflate stream, sums, and whatever stands
//! before or after. Holds no more than three buffers; stops for good at the first damage, or when there is too much.

use std::io::{BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::diag::Code;
use crate::wiped::Wiped;

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
    /// Plain bytes, a buffer at a time: a tar asks for less than a kilobyte at once, for which zlib takes twice the time.
    ahead: Wiped,
    /// How many of them have been asked for.
    given: usize,
    /// What was found behind them. It is reported once they have been asked for, in the order of the archive.
    behind: Vec<(Code, String)>,
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
            ahead: Vec::with_capacity(BUFFER).into(),
            given: 0,
            behind: Vec::new(),
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
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            if self.given == self.ahead.len() {
                if self.state != GzipState::Open {
                    break;
                }
                self.inflate();
            }
            let ahead = self.ahead.get(self.given..).unwrap_or_default();
            let step = ahead.len().min(rest.len());
            if let (Some(to), Some(from)) = (rest.get_mut(..step), ahead.get(..step)) {
                to.copy_from_slice(from);
            }
            self.given += step;
            filled += step;
            if self.given == self.ahead.len() {
                self.behind.drain(..).for_each(|(code, message)| findings.once(code, message));
            }
        }
        filled
    }

    /// Tells why no more is read.
    pub(super) fn stop(&mut self, findings: &mut Findings, code: Code, message: impl Into<String>) {
        self.state = GzipState::Stopped;
        self.given = self.ahead.len();
        self.behind.clear();
        findings.once(code, message);
    }

    fn found(&mut self, code: Code, message: &str) {
        self.behind.push((code, message.to_owned()));
    }

    /// Reads no more than what is ahead.
    fn end(&mut self, code: Code, message: impl Into<String>) {
        self.state = GzipState::Stopped;
        self.behind.push((code, message.into()));
    }

    /// Inflates the next buffer, as far as it goes.
    fn inflate(&mut self) {
        self.given = 0;
        self.ahead.clear();
        let packed = match self.input.fill_buf() {
            Ok(packed) => packed,
            Err(error) if error.kind() == ErrorKind::Interrupted => return,
            Err(error) => return self.end(Code::ArchiveDamaged, format!("the archive cannot be read: {error}")),
        };
        let (had, before) = (!packed.is_empty(), self.inflate.total_in());
        let status = self.inflate.decompress_vec(packed, &mut self.ahead, FlushDecompress::None);
        let taken = length(self.inflate.total_in() - before);
        self.packed.update(packed.get(..taken).unwrap_or_default());
        self.plain.update(&self.ahead);
        self.input.consume(taken);
        self.packed_len += taken as u64;
        self.plain_len += self.ahead.len() as u64;
        let idle = taken == 0 && self.ahead.is_empty();
        match status {
            Err(_) => self.broken(),
            Ok(Status::StreamEnd) => self.trailer(),
            Ok(_) if idle && had => self.broken(),
            Ok(_) if idle => self.end(Code::ArchiveDamaged, "the archive is cut off: its last bytes are missing"),
            Ok(_) => self.limit(),
        }
    }

    fn broken(&mut self) {
        let message = format!("the compressed bytes cannot be unpacked any further after {} bytes", self.packed_len);
        self.end(Code::ArchiveDamaged, message);
    }

    fn limit(&mut self) {
        if self.plain_len > limits::TOTAL {
            let message = format!("the archive unpacks to more than {} MiB", limits::TOTAL >> 20);
            self.end(Code::TooMuch, message);
        } else if self.plain_len > limits::RATIO_FROM && self.plain_len / limits::RATIO > self.packed_len {
            let message = format!("the archive unpacks to more than {} times its size", limits::RATIO);
            self.end(Code::TooMuch, message);
        }
    }

    /// Checks what stands behind the deflate stream: the sums, and then nothing.
    fn trailer(&mut self) {
        let mut sums = [0; 8];
        if self.input.read_exact(&mut sums).is_err() {
            self.end(Code::ArchiveDamaged, "the archive is cut off: its checksum is missing");
            return;
        }
        self.state = GzipState::Ended;
        let (crc, size) = sums.split_at(4);
        // ISIZE is the length modulo 2^32 (RFC 1952 2.3.1).
        let isize = self.plain_len & u64::from(u32::MAX);
        if crc != self.plain.sum().to_le_bytes() {
            self.found(Code::ArchiveDamaged, "what the archive unpacks to does not have the checksum at its end");
        } else if size != &isize.to_le_bytes()[..4] {
            self.found(Code::ArchiveDamaged, "what the archive unpacks to does not have the length at its end");
        } else if self.packed_sum.is_some_and(|sum| sum != self.packed.sum()) {
            self.found(Code::NotCanonical, "the compressed bytes do not have the sum in the header, though they unpack");
        }
        match self.input.fill_buf() {
            Ok([]) => {}
            Ok([0x1f, 0x8b, ..]) => self.found(Code::BytesBeside, "a second gzip member follows the first"),
            Ok(_) => self.found(Code::BytesBeside, "bytes follow the end of the archive"),
            Err(error) => self.end(Code::ArchiveDamaged, format!("the archive cannot be read to its end: {error}")),
        }
    }
}

/// What is as long as a part of a buffer.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
