//! One change of a YAML text. All other bytes stay.

use std::ops::Range;

use crate::mesh::tree::{MapEntry, Value, YamlNode};

use super::fragment::nested;
use super::lacking::{is_there, lacking};
use super::place::{NoPlace, Place, after_colon, column, document_end, find, is_flow, line_end, line_start, lines};
use super::wanted::{Wanted, WantedValue, block_items, quoted};

/// A text for a range of the old one.
struct Edit {
    range: Range<usize>,
    text: String,
}

impl Edit {
    const fn nothing() -> Self {
        Self::insert(0, String::new())
    }

    const fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }

    /// The text with this change. A line that has no end gets one before another follows.
    fn apply(self, text: &str) -> Option<String> {
        let (before, after) = (text.get(..self.range.start)?, text.get(self.range.end..)?);
        let end = if self.text.ends_with('\n') && !before.is_empty() && !before.ends_with('\n') { "\n" } else { "" };
        Some([before, end, &self.text, after].concat())
    }
}

/// `text` with the wanted value below `path`.
pub(super) fn set(text: &str, root: &YamlNode, path: &[&str], one: &Wanted) -> Result<String, NoPlace> {
    let form = || NoPlace::Form(path.join("."));
    let place = find(text, root, path)?;
    let edit = match place.entry {
        Some(entry) => change(text, &place, entry, one),
        None => insert(text, &place, path, one),
    };
    edit.and_then(|edit| edit.apply(text)).ok_or_else(form)
}

/// `text` without the entry at `path`.
pub(super) fn remove(text: &str, root: &YamlNode, path: &[&str]) -> Result<String, NoPlace> {
    let form = || NoPlace::Form(path.join("."));
    let place = find(text, root, path)?;
    let Some(entry) = place.entry else { return Ok(text.to_owned()) };
    let column = column(text, entry.key_span.start).filter(|_| !is_flow(text, place.parent)).ok_or_else(form)?;
    let edit = Edit { range: lines(text, entry.key_span.start, column, true), text: String::new() };
    edit.apply(text).ok_or_else(form)
}

/// What changes an entry that is there: nothing if it has the value already, and no answer for a form that is not known.
fn change(text: &str, place: &Place<'_>, entry: &MapEntry, one: &Wanted) -> Option<Edit> {
    let node = &entry.value;
    let (key, wanted) = (one.path.last()?, &one.value);
    match (wanted, &node.value) {
        (WantedValue::Texts(_) | WantedValue::Named(_), Value::List(items)) => return add_items(text, node, items, wanted),
        (_, Value::List(_) | Value::Map(_)) | (WantedValue::Texts(_) | WantedValue::Named(_), Value::Scalar { .. }) => {
            return None;
        }
        _ => {}
    }
    if is_there(node, wanted) {
        return Some(Edit::nothing());
    }
    let token = text.get(node.span.clone())?;
    let is_short =
        !matches!(wanted, WantedValue::Certificates(_) | WantedValue::Lines(_) | WantedValue::Texts(_) | WantedValue::Named(_));
    let is_one_line = !token.contains('\n') && !token.starts_with(['|', '>', '*', '&', '!']);
    if is_flow(text, place.parent) || (is_short && is_one_line && !token.is_empty()) {
        if !is_one_line || token.is_empty() {
            return None;
        }
        return Some(Edit { range: node.span.clone(), text: wanted.flow() });
    }
    let column = column(text, entry.key_span.start)?;
    let key = text.get(entry.key_span.clone()).unwrap_or(key);
    Some(Edit { range: lines(text, entry.key_span.start, column, true), text: wanted.block(key, column) })
}

/// What adds the items that a list lacks.
fn add_items(text: &str, list: &YamlNode, items: &[YamlNode], wanted: &WantedValue) -> Option<Edit> {
    let new = lacking(items, wanted).items();
    if new.is_empty() {
        return Some(Edit::nothing());
    }
    if is_flow(text, list) {
        let (end, has_comma) = bracket(text, items.last().map_or(list.span.start + 1, |last| last.span.end))?;
        let joint = if items.is_empty() || has_comma { "" } else { ", " };
        return Some(Edit::insert(end, format!("{joint}{}", new.join(", "))));
    }
    let last = items.last()?.span.start;
    let line = line_start(text, last);
    let dash = line + text.get(line..)?.find(|c| c != ' ')?;
    let column = text.get(dash..)?.starts_with('-').then_some(dash - line)?;
    let end = lines(text, dash, column, false).end;
    Some(Edit::insert(end, block_items(&new, column)))
}

/// Where a list in flow style is closed, behind its last item at `from`, and whether a comma is there. The parser's own span goes on behind
/// the bracket where a comment follows.
fn bracket(text: &str, from: usize) -> Option<(usize, bool)> {
    let (mut has_comma, mut in_comment) = (false, false);
    for (at, c) in text.get(from..)?.char_indices() {
        match c {
            '\n' => in_comment = false,
            _ if in_comment => {}
            ']' => return Some((from + at, has_comma)),
            '#' => in_comment = true,
            ',' => has_comma = true,
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    None
}

/// What adds an entry, with the mappings above it that are not there.
fn insert(text: &str, place: &Place<'_>, path: &[&str], one: &Wanted) -> Option<Edit> {
    let missing = path.get(place.depth..)?;
    let at_key = |entry: &MapEntry| line_end(text, entry.key_span.end);
    let edit = match (&place.parent.value, place.above) {
        (Value::Map(entries), above) => match (entries.first(), above) {
            _ if is_flow(text, place.parent) => {
                let end = if entries.is_empty() { "" } else { ", " };
                Edit::insert(place.parent.span.start + 1, in_flow(missing, one) + end)
            }
            // The end of the text, so that a comment at its head stays there.
            (None, None) => Edit::insert(document_end(text), nested(missing, one, 0)),
            (Some(first), None) => Edit::insert(document_end(text), nested(missing, one, column(text, first.key_span.start)?)),
            // Behind its last entry, so that comments stay with the entries that they are about.
            (Some(first), Some(above)) => {
                let at = lines(text, above.key_span.start, column(text, above.key_span.start)?, true).end;
                let at = Some(at).filter(|at| *at > first.key_span.start)?;
                Edit::insert(at, nested(missing, one, column(text, first.key_span.start)?))
            }
            (None, Some(_)) => return None,
        },
        (Value::Null, None) => Edit::insert(document_end(text), nested(missing, one, 0)),
        (Value::Null, Some(_)) if text.get(place.parent.span.clone()).is_some_and(|token| !token.trim().is_empty()) => {
            Edit { range: place.parent.span.clone(), text: format!("{{{}}}", in_flow(missing, one)) }
        }
        (Value::Null, Some(above)) if place.in_block => {
            let column = column(text, above.key_span.start)?;
            Edit::insert(at_key(above), nested(missing, one, column + 2))
        }
        (Value::Null, Some(above)) => Edit::insert(after_colon(text, above)?, format!(" {{{}}}", in_flow(missing, one))),
        (Value::Scalar { .. } | Value::List(_), _) => return None,
    };
    Some(edit)
}

fn in_flow(path: &[&str], one: &Wanted) -> String {
    path.iter().rev().fold(String::new(), |inner, key| {
        let value = if inner.is_empty() { one.value.flow() } else { format!("{{{inner}}}") };
        format!("{}: {value}", quoted(key))
    })
}
