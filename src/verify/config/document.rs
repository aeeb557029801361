//! A config as YAML with places: entries of its one mapping, and the line that each stands on.

use std::ops::Range;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::spec::tree::{Entry, Node, Value, parse};

/// The one mapping of a config.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    entries: Vec<Entry>,
}

impl<'a> Document<'a> {
    /// Reads the first document of the text, as Go's reader does; what follows is not read.
    pub(super) fn read(file: &'a str, text: &'a str) -> Result<Self, Box<Diagnostic>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = first_document(text);
        let broken = |span: Range<usize>, message: String, help: &str| {
            let place = place(file, text, &span);
            let finding = Diagnostic::of_file(Code::ConfigBroken, place, message);
            Box::new(finding.cause(Code::ConfigBroken.entry().why).help(help))
        };
        let Node { span, value } = parse(first).map_err(|error| {
            let tab = first.lines().any(|line| line.starts_with('\t'));
            let help = if tab { "indent with spaces: YAML allows no tab there" } else { "write it as plain YAML, a key a line" };
            broken(error.span, format!("not YAML: {}", error.message), help)
        })?;
        match value {
            Value::Map(entries) => Ok(Self { file, text, entries: merged(entries) }),
            Value::Null => Ok(Self { file, text, entries: Vec::new() }),
            _ => Err(broken(
                span,
                "not a mapping of keys to values".to_owned(),
                "write `endpoints:` and the other keys, each on its line",
            )),
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that counts for `key`: of several, the last.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key))
    }

    pub(super) fn whole(&self) -> FilePlace {
        FilePlace::whole(self.file)
    }

    /// The line on which `span` begins.
    pub(super) fn at(&self, span: &Range<usize>) -> FilePlace {
        place(self.file, self.text, span)
    }
}

fn place(file: &str, text: &str, span: &Range<usize>) -> FilePlace {
    let start = span.start.min(text.len());
    let before = text.get(..start).unwrap_or_default();
    let number = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    // A password is nobody's business, nor is a line that could hold one.
    let lower = line.to_ascii_lowercase();
    let secret = ["password", "token", "private key"].iter().any(|word| lower.contains(word)) || line.len() > 500;
    let printable: String =
        line.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect();
    let shown = if secret || printable.trim().is_empty() { None } else { Some((number, printable)) };
    FilePlace { file: file.to_owned(), line: shown }
}

/// The text up to a line `---` that follows on content, or `...`.
fn first_document(text: &str) -> &str {
    let mut at = 0;
    let mut content = false;
    for line in text.split_inclusive('\n') {
        let word = line.trim_end();
        if content && (word == "---" || word == "...") {
            return text.get(..at).unwrap_or(text);
        }
        let bare = word.trim_start();
        content |= !bare.is_empty() && !bare.starts_with('#') && word != "---" && !bare.starts_with('%');
        at += line.len();
    }
    text
}

/// What `<<` brings in stands before what the mapping says itself.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    let mut brought = Vec::new();
    let mut own = Vec::new();
    for entry in entries {
        match entry.value.value {
            Value::Map(inner) if entry.key == "<<" => brought.extend(inner),
            _ => own.push(entry),
        }
    }
    brought.retain(|entry: &Entry| !own.iter().any(|other: &Entry| other.key == entry.key));
    brought.extend(own);
    brought
}
