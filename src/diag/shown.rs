//! Text of others in messages: no key material, and no more of a long value than it takes to find it.
//!
//! Every text of a finding passes here where it is made, so that no layout can cut a key into parts that nobody knows again.

use std::borrow::Cow;

use crate::pem::mask;

/// A longer word is shortened: a URL has 270 characters at most, and few paths have more.
const LONGEST_WORD: usize = 512;
/// What is left of it.
const LEFT: usize = 80;
/// A longer text ends with an ellipsis: a help may list many commands.
const LONGEST: usize = 16 * 1024;
/// A longer message does: one value with many blanks could fill a screen.
const LONGEST_MESSAGE: usize = 2048;

/// A text as it may be shown.
pub fn shown(text: &str) -> Cow<'_, str> {
    shorten(text, LONGEST)
}

fn shorten(text: &str, longest: usize) -> Cow<'_, str> {
    let masked = mask(text);
    if masked.len() <= LONGEST_WORD {
        return masked;
    }
    let is_long = |word: &str| word.len() > LONGEST_WORD;
    if masked.len() <= longest && !masked.split(char::is_whitespace).any(is_long) {
        return masked;
    }
    let mut short = String::new();
    for word in masked.split_inclusive(char::is_whitespace) {
        if short.len() > longest {
            short.push('…');
            break;
        }
        if is_long(word) {
            short.extend(word.chars().take(LEFT));
            short.push('…');
            // A quote that opens is closed, so that a help stays what it is.
            let closed = word.trim_end().trim_end_matches(['`', '\'', '"']);
            short.push_str(word.get(closed.len()..).unwrap_or_default());
        } else {
            short.push_str(word);
        }
    }
    Cow::Owned(short)
}

/// The same of a text that nobody else needs.
pub(super) fn own(text: String) -> String {
    owned(text, LONGEST)
}

/// The same of a message.
pub(super) fn own_message(text: String) -> String {
    owned(text, LONGEST_MESSAGE)
}

fn owned(text: String, longest: usize) -> String {
    match shorten(&text, longest) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::{own_message, shown};

    #[test]
    fn long_words_are_shortened_and_others_stay() {
        assert_eq!(shown("a `b` c"), "a `b` c");
        let long = format!("`{}` is not there", "x/".repeat(1000));
        assert_eq!(shown(&long), format!("`{}x…` is not there", "x/".repeat(39)));
        let path = format!("`{}` is not there", "/directory".repeat(40));
        assert_eq!(shown(&path), path);
        assert!(shown(&"word ".repeat(100_000)).len() < 17_000);
        assert!(own_message("word ".repeat(1000)).len() < 2100);
    }
}
