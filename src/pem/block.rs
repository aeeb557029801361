//! The blocks of a text, one after another: `Decode` of Go's encoding/pem/pem.go, 1.26.8, step by step.
//!
//! It looks for the first END line, and then for the last BEGIN line before it. Like Go, it skips what is not a block without an
//! error; `unseen` reports what that was.

use std::ops::Range;

use memchr::memmem;

use crate::wiped::Wiped;

use super::base64;

/// The label of certificates.
pub(super) const CERTIFICATE: &str = "CERTIFICATE";
/// The label of PKCS#8 keys, and the end of the labels of other keys.
pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";

pub(super) const BEGIN: &[u8] = b"-----BEGIN ";
pub(super) const END: &[u8] = b"\n-----END ";
pub(super) const DASHES: &[u8] = b"-----";

/// One block. Any may be a key, so all are wiped when dropped.
pub struct Block {
    /// The label in its BEGIN line.
    pub label: String,
    /// Whether its headers say that it is encrypted (RFC 1421 4.6.1.1). Go ignores them.
    pub encrypted: bool,
    /// The line of its BEGIN line, counted from 1.
    pub line: usize,
    /// Its content.
    pub der: Wiped,
    /// Where its BEGIN line begins.
    pub(super) at: usize,
}

impl Block {
    /// Whether its label is that of a certificate.
    pub fn is_certificate(&self) -> bool {
        self.label == CERTIFICATE
    }

    /// Whether Go's `tls.X509KeyPair` takes it for the key.
    pub fn is_private_key(&self) -> bool {
        is_private_key(&self.label)
    }
}

/// Whether a block of this label is a private key to Go (`X509KeyPair` in crypto/tls/tls.go).
pub(super) fn is_private_key(label: &str) -> bool {
    label.strip_suffix(PRIVATE_KEY).is_some_and(|kind| kind.is_empty() || kind.ends_with(' '))
}

/// The blocks of a text, in order.
pub struct Blocks<'a> {
    text: &'a [u8],
    /// Where the next search begins.
    at: usize,
    /// Lines are counted up to here.
    counted: usize,
    line: usize,
    /// The lines with a colon that were found last, so that many BEGIN lines do not read them many times.
    headers: Range<usize>,
}

impl<'a> Blocks<'a> {
    /// The blocks of `text`.
    pub fn of(text: &'a [u8]) -> Self {
        Self { text, at: 0, counted: 0, line: 1, headers: 0..0 }
    }

    /// The number of the line at `at`, which is never before that of the last call.
    fn line_at(&mut self, at: usize) -> usize {
        let passed = self.text.get(self.counted..at).unwrap_or_default();
        self.line += line_feeds(passed);
        self.counted = at;
        self.line
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let (text, mut from) = (self.text, self.at);
        loop {
            let end = from + find(text.get(from..)?, END)?;
            let trailer = end + END.len();
            match candidate(text, from, end, &mut self.headers) {
                Candidate::Block { label, encrypted, begin, der } => {
                    // The END line may follow at once: its match begins with the line feed of the BEGIN line.
                    (_, self.at) = get_line(text, trailer - 1);
                    return Some(Block { label, encrypted, line: self.line_at(begin), der, at: begin });
                }
                Candidate::None => from = trailer,
                Candidate::Last => {
                    self.at = text.len();
                    return None;
                }
            }
        }
    }
}

enum Candidate {
    Block {
        label: String,
        encrypted: bool,
        begin: usize,
        der: Wiped,
    },
    None,
    /// `Decode` gives up, and callers that loop until it finds no block stop here.
    Last,
}

/// The block whose END line is found at `end`, if it is one; nothing before `from` is looked at.
fn candidate(text: &[u8], from: usize, end: usize, headers: &mut Range<usize>) -> Candidate {
    let read = |range: Range<usize>| text.get(range).unwrap_or_default();
    let Some(begin) = find_last(read(from..end), BEGIN).map(|begin| from + begin) else { return Candidate::None };
    if begin > from && read(begin - 1..begin) != b"\n" {
        return Candidate::None;
    }
    let (line, mut at) = get_line(text, begin + BEGIN.len());
    let Some(label) = line.strip_suffix(DASHES) else { return Candidate::None };
    let first = at;
    if headers.contains(&at) {
        at = headers.end;
    }
    loop {
        if at >= text.len() {
            return Candidate::Last;
        }
        let (line, next) = get_line(text, at);
        if !line.contains(&b':') {
            break;
        }
        at = next;
    }
    *headers = first..at;
    let has_headers = first < at;
    let trailer = end + END.len();
    // Headers that continue after the END line.
    if has_headers && end < at {
        return if trailer < at { Candidate::Last } else { Candidate::None };
    }
    let Some(rest) = text.get(trailer..).and_then(|rest| rest.strip_prefix(label)?.strip_prefix(DASHES)) else {
        return Candidate::None;
    };
    if !get_line(rest, 0).0.is_empty() {
        return Candidate::None;
    }
    let encrypted = read(first..at).split(|byte| *byte == b'\n').any(|line| {
        let (key, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        key.trim_ascii() == b"Proc-Type" && find(value, b"ENCRYPTED").is_some()
    });
    match base64::decode(read(at..end)) {
        Some(der) => Candidate::Block { label: String::from_utf8_lossy(label).into_owned(), encrypted, begin, der },
        None => Candidate::None,
    }
}

/// The line at `at` without its end and the blanks before that, and where the next one begins (`getLine`).
pub(super) fn get_line(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = text.get(at..).unwrap_or_default();
    let (line, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => {
            let line = rest.get(..end).unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line), at + end + 1)
        }
        None => (rest, text.len()),
    };
    let blanks = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (line.get(..line.len() - blanks).unwrap_or_default(), next)
}

/// How many lines end in `text`.
pub(super) fn line_feeds(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').skip(1).count()
}

pub(super) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memmem::find(text, what)
}

fn find_last(text: &[u8], what: &[u8]) -> Option<usize> {
    memmem::rfind(text, what)
}
