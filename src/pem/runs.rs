//! Finds runs of base64 symbols in a text, and recognises those that are random.

use std::ops::Range;

/// Fewer symbols alone may be a name.
const SHORTEST: usize = 20;
/// A longer run is checked in parts, because a path may be in front of a key.
const WINDOW: usize = 32;
const STEP: usize = 8;

/// How keys begin in base64: in DER (a sequence of 128 bytes or more, Ed25519, SEC 1 on P-256), in OpenSSH's form, and in PEM.
const STARTS: [&str; 7] = ["MIG", "MIH", "MII", "MC4CAQ", "MHcCAQ", "b3BlbnNzaC1rZXkt", "LS0tLS1CRUdJTi"];

/// An unbroken run of base64 symbols.
pub(super) struct Run<'a> {
    pub(super) range: Range<usize>,
    pub(super) text: &'a str,
}

/// Every run in `text`. The letter of an escape such as `\n` is in none.
pub(super) fn runs(text: &str) -> Vec<Run<'_>> {
    let bytes = text.as_bytes();
    let is_symbol = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let mut runs = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes.get(at) == Some(&b'\\') {
            at += match bytes.get(at + 1) {
                Some(b'u') if bytes.get(at + 2) != Some(&b'{') => 6,
                Some(b'x') => 4,
                _ => 2,
            };
            continue;
        }
        if !is_symbol(at) {
            at += 1;
            continue;
        }
        let start = at;
        while is_symbol(at) {
            at += 1;
        }
        let padding = bytes.get(at..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
        // `NAME=value` has no padding.
        if !is_symbol(at + padding) {
            at += padding;
        }
        runs.push(Run { range: start..at, text: text.get(start..at).unwrap_or_default() });
    }
    runs
}

impl Run<'_> {
    pub(super) fn is_hexadecimal(&self) -> bool {
        self.text.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Whether it is long enough, and mixes its symbols like encoded bytes.
    pub(super) fn is_random(&self) -> bool {
        let text = self.text.trim_end_matches('=').as_bytes();
        if text.len() >= SHORTEST && STARTS.iter().any(|start| self.text.starts_with(start)) {
            return true;
        }
        // Words between slashes are the folders of a path, and what is between them is judged by itself.
        let names: Vec<&[u8]> = text.split(|byte| *byte == b'/').collect();
        names.split(|name| is_word(name)).any(|names| {
            // Of random symbols one in 64 is a slash. A path has more, and random names in it are short.
            let rest = names.join(&b'/');
            if names.len().saturating_sub(1) * 10 > rest.len() {
                names.iter().any(|name| is_random(name))
            } else {
                is_random(&rest)
            }
        })
    }

    /// Whether it may be the end of a key, after other lines of the key.
    pub(super) fn is_mixed(&self) -> bool {
        let of = |class: Class| self.text.bytes().any(|byte| Class::of(byte) == class);
        self.text.len() >= 8 && (self.text.ends_with('=') || (of(Class::Upper) && of(Class::Lower) && of(Class::Other)))
    }
}

fn is_random(text: &[u8]) -> bool {
    if text.len() < SHORTEST {
        return false;
    }
    let window = text.len().min(WINDOW);
    text.windows(window).step_by(STEP).any(|part| {
        let classes = || part.iter().map(|byte| Class::of(*byte));
        let count = |class| classes().filter(|of| *of == class).count();
        let changes = classes().zip(classes().skip(1)).filter(|(one, next)| one != next).count();
        // Words have letters of one case in a row; of random symbols two neighbours in three are of different classes.
        count(Class::Upper) >= 3 && count(Class::Lower) >= 3 && changes * 20 >= (window - 1) * 9 && in_words(part) * 3 <= window
    })
}

/// Whether it is a name of lower-case letters, as one of 400 pieces between the slashes of random symbols is.
fn is_word(name: &[u8]) -> bool {
    name.len() >= 3 && name.iter().all(u8::is_ascii_lowercase)
}

/// How many letters are part of four and more lower-case ones in a row.
fn in_words(text: &[u8]) -> usize {
    text.split(|byte| !byte.is_ascii_lowercase()).map(<[u8]>::len).filter(|length| *length >= 4).sum()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    Other,
}

impl Class {
    fn of(byte: u8) -> Self {
        match byte {
            b'A'..=b'Z' => Self::Upper,
            b'a'..=b'z' => Self::Lower,
            _ => Self::Other,
        }
    }
}
