//! A compose project's `.env`, by the grammar of docker-compose 1 (dotenv/parser.py of python-dotenv 0.21). The installer reads by
//! the same rules: `read_dotenv` in templates/install/06-compose.sh.
//!
//! Input: the file's text. Output: each variable's value as it is written, the last one where there are several. It puts in no
//! variables, and leaves escapes as they are: engines differ in both.

use std::collections::BTreeMap;

/// Every assignment in the text. A name without `=` has an empty value; a line that breaks the grammar says nothing.
pub(super) fn variables(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return found;
        }
        let (binding, after) = binding(rest);
        // Whatever is left of the line of an assignment that is not one.
        let (left, after) = line(after);
        let left = left.trim_start_matches(blank);
        if let Some((name, value)) = binding.filter(|_| left.is_empty() || left.starts_with('#')) {
            let _ = found.insert(name.to_owned(), value);
        }
        rest = after;
    }
}

/// Name and value, if there is an assignment, and what comes after it.
fn binding(text: &str) -> (Option<(&str, String)>, &str) {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(blank));
    let text = exported.map_or(text, |rest| rest.trim_start_matches(blank));
    let (name, rest) = match text.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
        Some(quoted) => quoted,
        None if text.starts_with('\'') => ("", text),
        None => text.split_at(text.find(|c: char| c.is_whitespace() || c == '=' || c == '#').unwrap_or(text.len())),
    };
    if name.is_empty() {
        return (None, rest);
    }
    let rest = rest.trim_start_matches(blank);
    let Some(rest) = rest.strip_prefix('=') else { return (Some((name, String::new())), rest) };
    let rest = rest.trim_start_matches(blank);
    if let Some(quote) = rest.chars().next().filter(|first| ['"', '\''].contains(first)) {
        return match quoted(&rest[1..], quote) {
            Some((value, after)) => (Some((name, value.to_owned())), after),
            None => (None, rest),
        };
    }
    let (value, after) = rest.split_at(rest.find(['\r', '\n']).unwrap_or(rest.len()));
    let comment = value.match_indices('#').map(|(at, _)| at).find(|at| value[..*at].ends_with(blank));
    (Some((name, value[..comment.unwrap_or(value.len())].trim_end().to_owned())), after)
}

/// A value up to the quote that ends it. A backslash keeps a quote from that, as long as there is another one.
fn quoted(text: &str, quote: char) -> Option<(&str, &str)> {
    let mut ends = text.match_indices(quote).map(|(at, _)| at);
    let end = ends.find(|end| !text[..*end].ends_with('\\')).or_else(|| text.rfind(quote))?;
    Some((&text[..end], &text[end + 1..]))
}

/// The rest of a line, and what comes after it.
fn line(text: &str) -> (&str, &str) {
    text.split_at(text.find(['\r', '\n']).unwrap_or(text.len()))
}

fn blank(c: char) -> bool {
    c.is_whitespace() && c != '\r' && c != '\n'
}
