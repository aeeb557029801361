//! Text of others in pictures: what XML, dot and Mermaid cannot have in it.

use crate::scene::each_text;

/// A text without characters that XML 1.0 forbids, and without those that turn the direction of writing. Each becomes U+FFFD.
pub fn printable(text: &str) -> String {
    let is_fit = |c: char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !c.is_control() && !turns && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|c| if is_fit(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// [`printable`] for all texts of a document.
pub fn printable_all(value: &mut serde_json::Value) {
    each_text(value, &mut |text| *text = printable(text));
}

/// A text with at most `longest` characters.
pub fn short(text: &str, longest: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= longest {
        return text;
    }
    let mut short: String = text.chars().take(longest.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::{printable, short};

    #[test]
    fn what_no_document_may_have_is_replaced() {
        assert_eq!(printable("a\u{0}b\u{1b}[31m\u{202e}c"), "a\u{fffd}b\u{fffd}[31m\u{fffd}c");
        assert_eq!(short("twelve chars", 12), "twelve chars");
        assert_eq!(short("thirteen char", 12), "thirteen ch…");
    }
}
