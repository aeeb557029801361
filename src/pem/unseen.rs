//! Finds text that looks like a block but that Go skips: where it begins, why Go skips it, and the edit that fixes it.

use std::collections::BTreeSet;

use super::base64::is_symbol;
use super::block::{BEGIN, DASHES, END, find, get_line, is_private_key, line_feeds};

/// Labels are short; a BEGIN line without its dashes must not be looked for through a whole file.
const LABEL_MAX: usize = 64;
/// The shortest run of base64 that counts as data: the words of a sentence that mentions a BEGIN line are shorter.
const DATA_MIN: usize = 24;
/// The number that is reported of one file: the edit for the first mostly fixes all.
const MAX: usize = 8;
/// How far back the search for the beginning of a line goes.
const INDENT_MAX: usize = 256;

/// Data that Go skips without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The line that it begins in, counted from 1.
    pub line: usize,
    /// The label in its BEGIN line.
    pub label: String,
    /// Why Go does not see it.
    pub why: Why,
}

/// Why Go does not see a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A byte order mark is in front of the BEGIN line.
    ByteOrderMark,
    /// Blanks are in front of the BEGIN line, or of the END line.
    Indented,
    /// Its line ends are written as in a program's string, `\n`.
    Escaped,
    /// Other characters are in front of its lines, as in a quotation or a comment.
    Quoted,
    /// Text is in front of the BEGIN line.
    TextBefore,
    /// Lines end with a carriage return alone, as on old Macs.
    CarriageReturns,
    /// BEGIN line, data and END line are not on separate lines.
    OneLine,
    /// There is no END line.
    NoEnd,
    /// BEGIN line and END line have different labels.
    LabelsDiffer,
    /// Something follows on the END line, or the BEGIN line does not end with dashes.
    LineGoesOn,
    /// What is between them is not base64.
    NotBase64,
}

impl Why {
    /// The cause, for a message.
    pub fn cause(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "a byte order mark is in front of its BEGIN line",
            Self::Indented => "its BEGIN or END line is indented",
            Self::Escaped => r"its line ends are written as `\n`, as in a string of JSON",
            Self::Quoted => "its lines begin with other characters, as in a quotation or a comment",
            Self::TextBefore => "other text is in front of its BEGIN line",
            Self::CarriageReturns => "its lines end with a carriage return alone",
            Self::OneLine => "its BEGIN line, data and END line are not on separate lines",
            Self::NoEnd => "it has no END line: it is cut off",
            Self::LabelsDiffer => "its BEGIN and END lines have different labels",
            Self::LineGoesOn => "its BEGIN or END line does not end with five dashes",
            Self::NotBase64 => "what is between its BEGIN and END lines is not base64",
        }
    }

    /// The edit that fixes the file, whose name is `word` in a shell.
    pub fn help(self, word: &str) -> String {
        match self {
            Self::ByteOrderMark => format!(r"remove it: `sed -i 's/^\xEF\xBB\xBF//' {word}`"),
            Self::Indented => format!(r"remove the blanks: `sed -i 's/^[ \t]*//' {word}`"),
            Self::Escaped => {
                format!(r"end its lines: `sed -i 's/\\n/\n/g; s/[^\n]*-----BEGIN /\n-----BEGIN /g' {word}`")
            }
            Self::Quoted => format!("remove them: `sed -i 's|^[^A-Za-z0-9+/=-]*||' {word}`"),
            Self::TextBefore => {
                format!("put the BEGIN line on a separate line: `sed -i 's/..*-----BEGIN /\\n-----BEGIN /' {word}`")
            }
            Self::CarriageReturns => format!(r"end its lines with line feeds: `sed -i 's/\r/\n/g' {word}`"),
            Self::OneLine => {
                format!(
                    r"put them on separate lines: `sed -i -E 's/(-----BEGIN [^-]+-----) */\1\n/g; s/ *-----END/\n-----END/g' {word}`"
                )
            }
            Self::NoEnd | Self::NotBase64 => "copy the file again from where it was made".to_owned(),
            Self::LabelsDiffer | Self::LineGoesOn => {
                "write both lines alike, as in `-----BEGIN CERTIFICATE-----` and `-----END CERTIFICATE-----`".to_owned()
            }
        }
    }
}

/// Everything in `text` that looks like a block, and does not begin where one of `blocks` does.
pub(super) fn find_unseen(text: &[u8], blocks: &BTreeSet<usize>) -> Vec<Unseen> {
    let mut unseen = Vec::new();
    let (mut at, mut line, mut counted) = (0, 1, 0);
    while unseen.len() < MAX
        && let Some(begin) = text.get(at..).and_then(|rest| find(rest, BEGIN)).map(|found| at + found)
    {
        at = begin + BEGIN.len();
        if blocks.contains(&begin) {
            continue;
        }
        let Some((label, behind)) = label(text, at) else { continue };
        let Some(why) = why(text, begin, label, behind) else { continue };
        line += line_feeds(text.get(counted..begin).unwrap_or_default());
        counted = begin;
        unseen.push(Unseen { line, label: label.to_owned(), why });
    }
    unseen
}

impl Unseen {
    /// Whether it is a private key.
    pub fn is_private_key(&self) -> bool {
        is_private_key(&self.label)
    }
}

/// The label at `at`, and where its dashes end.
fn label(text: &[u8], at: usize) -> Option<(&str, usize)> {
    let rest = text.get(at..)?;
    let rest = rest.get(..rest.len().min(LABEL_MAX + DASHES.len()))?;
    let length = find(rest, DASHES).or_else(|| rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')))?;
    let label = std::str::from_utf8(rest.get(..length)?).ok()?.trim_end_matches(['-', ' ']);
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    (!label.is_empty() && label.bytes().all(fits)).then_some((label, at + length))
}

/// Why the text at `begin` is not a block; nothing if it looks like a sentence about one.
fn why(text: &[u8], begin: usize, label: &str, behind: usize) -> Option<Why> {
    let rest = text.get(behind..).unwrap_or_default();
    let rest = rest.strip_prefix(DASHES).unwrap_or(rest);
    // No further than to the next one, so that many of them are not read many times.
    let (body, is_last) = match find(rest, BEGIN) {
        Some(until) => (rest.get(..until)?, false),
        None => (rest, true),
    };
    let whole = text.get(begin..text.len() - rest.len() + body.len())?;
    let is_cut_off = is_last && body.trim_ascii().is_empty();
    if !has_data(body) && !is_cut_off {
        return None;
    }
    if body.starts_with(br"\n") {
        return Some(Why::Escaped);
    }
    let before = text.get(begin.saturating_sub(INDENT_MAX)..begin)?;
    let before = before.rsplit(|byte| *byte == b'\n').next()?;
    if before.ends_with(b"\r") {
        return Some(Why::CarriageReturns);
    }
    if before.ends_with(b"\xef\xbb\xbf") {
        return Some(Why::ByteOrderMark);
    }
    let (line, next) = get_line(whole, 0);
    let end = find(body, b"-----END ");
    if !before.is_empty() {
        return Some(if before.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            Why::Indented
        } else if before.iter().any(|byte| is_symbol(*byte) || *byte == b'-') {
            Why::TextBefore
        } else {
            Why::Quoted
        });
    }
    if line.contains(&b'\r') {
        return Some(Why::CarriageReturns);
    }
    let Some(end) = end else { return Some(Why::NoEnd) };
    if next > whole.len() - body.len() + end {
        return Some(Why::OneLine);
    }
    if !line.ends_with(DASHES) {
        return Some(Why::LineGoesOn);
    }
    let before_end = body.get(..end)?;
    match before_end.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t')) {
        Some(b'\n') if before_end.ends_with(b"\n") => {}
        Some(b'\n') => return Some(Why::Indented),
        Some(b'\r') => return Some(Why::CarriageReturns),
        _ => return Some(Why::OneLine),
    }
    let (end_line, _) = get_line(body, end + END.len() - 1);
    Some(match end_line.strip_prefix(label.as_bytes()) {
        Some(rest) if rest == DASHES => Why::NotBase64,
        Some(rest) if rest.starts_with(b"-") || rest.is_empty() => Why::LineGoesOn,
        _ => Why::LabelsDiffer,
    })
}

/// Whether `body` has a run of base64 in it, line ends and blanks aside.
fn has_data(body: &[u8]) -> bool {
    body.split(|byte| !is_symbol(*byte)).any(|symbols| symbols.len() >= DATA_MIN)
}
