//! Where a value is in a YAML text, or where it would have to be.

use std::ops::Range;

use crate::mesh::tree::{MapEntry, Value, YamlNode};

/// Why a text is not edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// The value is an alias, or merged from elsewhere: a change would be one in another place as well.
    Alias(String),
    /// A key is there twice.
    Duplicate(String),
    /// Something other than a mapping is above the value.
    NoMapping(String),
    /// The text has a form that is not known here.
    Form(String),
}

/// A value's place.
pub(super) struct Place<'t> {
    /// The mapping, or nothing, that has the value or should have it.
    pub(super) parent: &'t YamlNode,
    /// The entry with that mapping, if it is not the top.
    pub(super) above: Option<&'t MapEntry>,
    /// How many keys lead to the parent.
    pub(super) depth: usize,
    /// The entry with the value, if it is there.
    pub(super) entry: Option<&'t MapEntry>,
    /// Whether the entry with the parent is in a mapping in block style.
    pub(super) in_block: bool,
}

/// Follows `path` as far as there are mappings.
pub(super) fn find<'t>(text: &str, root: &'t YamlNode, path: &[&str]) -> Result<Place<'t>, NoPlace> {
    let mut place = Place { parent: root, above: None, depth: 0, entry: None, in_block: true };
    for (depth, key) in path.iter().enumerate() {
        if let Some(entry) = place.entry.take() {
            place =
                Place { in_block: !is_flow(text, place.parent), parent: &entry.value, above: Some(entry), depth, entry: None };
        }
        let here = || path.get(..depth).unwrap_or_default().join(".");
        let entries = match &place.parent.value {
            Value::Map(entries) => entries,
            Value::Null => return Ok(place),
            Value::Scalar { .. } | Value::List(_) => return Err(NoPlace::NoMapping(here())),
        };
        if text.get(place.parent.span.start..).is_some_and(|text| text.starts_with('*'))
            || entries.iter().any(|entry| entry.key == "<<")
        {
            return Err(NoPlace::Alias(here()));
        }
        let mut with_key = entries.iter().filter(|entry| entry.key == *key);
        place.entry = with_key.next();
        if with_key.next().is_some() {
            return Err(NoPlace::Duplicate(path.get(..=depth).unwrap_or_default().join(".")));
        }
        if place.entry.is_none() {
            return Ok(place);
        }
    }
    Ok(place)
}

/// Whether a list or mapping is in brackets. One that is not may begin with an item that is, and then both have the same start.
pub(super) fn is_flow(text: &str, node: &YamlNode) -> bool {
    let first = match &node.value {
        Value::List(items) => items.first().map(|item| item.span.start),
        Value::Map(entries) => entries.first().map(|entry| entry.key_span.start),
        Value::Null | Value::Scalar { .. } => None,
    };
    text.get(node.span.start..).is_some_and(|text| text.starts_with(['{', '['])) && first != Some(node.span.start)
}

/// Where the line begins that has the byte `at`.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// Where the next line begins, or the text ends.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}

/// The column of the byte `at`, if only spaces are before it on its line.
pub(super) fn column(text: &str, at: usize) -> Option<usize> {
    let before = text.get(line_start(text, at)..at)?;
    before.bytes().all(|byte| byte == b' ').then_some(before.len())
}

/// The lines of an entry or an item that begins at `at` in the column `column`: all that are indented deeper, and, of an entry, the items
/// of a list that is not.
pub(super) fn lines(text: &str, at: usize, column: usize, is_entry: bool) -> Range<usize> {
    let start = line_start(text, at);
    let (mut end, mut next) = (line_end(text, at), line_end(text, at));
    while next < text.len() {
        let after = line_end(text, next);
        let line = text.get(next..after).unwrap_or_default();
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let is_item = is_entry && indent == column && (content.starts_with("- ") || content.trim_end() == "-");
        if !content.trim().is_empty() {
            if indent <= column && !is_item {
                break;
            }
            end = after;
        }
        next = after;
    }
    start..end
}

/// Where the document ends: at its marker, if it has one. No text of several lines has such a line (YAML 1.2.2, 9.1.2).
pub(super) fn document_end(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.strip_prefix("...").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return at;
        }
        at += line.len();
    }
    at
}

/// Where the value of an entry begins: behind the colon of its key.
pub(super) fn after_colon(text: &str, entry: &MapEntry) -> Option<usize> {
    let colon = text.get(entry.key_span.end..)?.find(':')?;
    Some(entry.key_span.end + colon + 1)
}
