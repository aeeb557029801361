//! The header of a gzip member (RFC 1952 2.3): where it starts, what is odd about it, and the sum that it holds.
//!
//! meshbundle writes one and the same header always, but for the sum: `crc32=` and eight digits, as a comment.

use std::io::{BufRead, Read};

use crate::diag::Code;

use super::findings::Findings;
use super::limits;

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

const FTEXT: u8 = 1;
const FHCRC: u8 = 2;
const FEXTRA: u8 = 4;
const FNAME: u8 = 8;
const FCOMMENT: u8 = 16;
const RESERVED: u8 = 0xe0;

/// Why a header cannot be read.
type Unreadable = (Code, &'static str);

const CUT_OFF: Unreadable = (Code::ArchiveDamaged, "the archive is cut off within the gzip header");

/// Where the member starts.
pub(super) fn start(head: &[u8]) -> Option<usize> {
    head.windows(MAGIC.len()).position(|window| window == MAGIC)
}

/// Reads the header up to the first compressed byte. Returns the sum of these, if the header has one.
pub(super) fn read(input: &mut impl BufRead, findings: &mut Findings) -> Result<Option<u32>, Unreadable> {
    let mut fixed = [0; 10];
    input.read_exact(&mut fixed).map_err(|_| CUT_OFF)?;
    let [_, _, _, flags, time @ .., level, system] = fixed;
    if flags & RESERVED != 0 {
        return Err((Code::ArchiveDamaged, "the gzip header has unknown flags, and programs reject it (RFC 1952 2.3.1.2)"));
    }
    let mut odd = Vec::new();
    let mut note = |is: bool, what: &'static str| {
        if is {
            odd.push(what);
        }
    };
    note(flags & FTEXT != 0, "the mark of a text");
    note(time != [0; 4], "a time");
    note(level != 0, "a level of compression");
    note(system != 255, "an operating system");
    if flags & FEXTRA != 0 {
        note(true, "an extra field");
        let mut length = [0; 2];
        input.read_exact(&mut length).map_err(|_| CUT_OFF)?;
        let mut extra = vec![0; usize::from(u16::from_le_bytes(length))];
        input.read_exact(&mut extra).map_err(|_| CUT_OFF)?;
    }
    if flags & FNAME != 0 {
        note(true, "a file name");
        text(input)?;
    }
    let comment = if flags & FCOMMENT == 0 { None } else { Some(text(input)?) };
    let sum = comment.as_deref().and_then(sum);
    note(comment.is_some() && sum.is_none(), "another comment");
    if flags & FHCRC != 0 {
        note(true, "a sum of itself");
        input.read_exact(&mut [0; 2]).map_err(|_| CUT_OFF)?;
    }
    if sum.is_none() {
        odd.push("no sum of the compressed bytes");
    }
    if !odd.is_empty() {
        let message = format!("the gzip header is not the one that meshbundle writes: it has {}", odd.join(", "));
        findings.once(Code::NotCanonical, message);
    }
    Ok(sum)
}

/// A text that ends with a NUL, which is not returned.
fn text(input: &mut impl BufRead) -> Result<Vec<u8>, Unreadable> {
    let mut text = Vec::new();
    let read = input.take(limits::GZIP_TEXT).read_until(0, &mut text).map_err(|_| CUT_OFF)?;
    match text.pop() {
        Some(0) => Ok(text),
        _ if read as u64 == limits::GZIP_TEXT => Err((Code::TooMuch, "the gzip header has a text of more than 4096 bytes")),
        _ => Err(CUT_OFF),
    }
}

/// The sum in a comment, if it is written the one way that there is.
fn sum(comment: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(comment.strip_prefix(b"crc32=")?).ok()?;
    let sum = u32::from_str_radix(digits, 16).ok()?;
    (format!("{sum:08x}") == digits).then_some(sum)
}
