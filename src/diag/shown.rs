//! Foreign text in messages: without key material, and long values shortened.
//!
//! Every text of a finding passes here when it is created, before a layout could cut a key into parts that are not recognised.

use std::borrow::Cow;

use crate::pem::mask;

/// A longer word is shortened: a URL has 270 characters at most, and few paths have more.
const LONGEST_WORD: usize = 512;
/// The characters that remain of it.
const LEFT: usize = 80;
/// A longer text ends with an ellipsis: a help may list many commands.
const LONGEST: usize = 16 * 1024;
/// A longer message ends so: a value with many blanks could fill a screen.
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
            // An open quote is closed, so that the rest of a help stays readable.
            let closed = word.trim_end().trim_end_matches(['`', '\'', '"']);
            short.push_str(word.get(closed.len()..).unwrap_or_default());
        } else {
            short.push_str(word);
        }
    }
    Cow::Owned(short)
}

/// The same for an owned text.
pub(super) fn into_shown(text: String) -> String {
    owned(text, LONGEST)
}

/// The same for a message.
pub(super) fn shown_message(text: String) -> String {
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
    use super::{shown, shown_message};

    #[test]
    fn long_words_are_shortened_and_others_stay() {
        assert_eq!(shown("a `b` c"), "a `b` c");
        let long = format!("`{}` is not there", "x/".repeat(1000));
        assert_eq!(shown(&long), format!("`{}x…` is not there", "x/".repeat(39)));
        let path = format!("`{}` is not there", "/directory".repeat(40));
        assert_eq!(shown(&path), path);
        assert!(shown(&"word ".repeat(100_000)).len() < 17_000);
        assert!(shown_message("word ".repeat(1000)).len() < 2100);
    }
}
