//! The structural check: every field known, there once, there at all, and of the right type. All findings at once.
//!
//! It also notes where each value stands, for [`super::Source`]. It looks at no value's meaning.

use std::collections::HashMap;
use std::ops::Range;

use crate::diag::{Code, Diagnostic, FieldPath, nearest};

use super::shape::{Kind, Shape};
use super::tree::{Entry, Node, Value};

/// Where values stand in the file, by field path.
pub(super) type Places = HashMap<FieldPath, Range<usize>>;

/// What the check collects on its way.
#[derive(Default)]
pub(super) struct Check {
    pub(super) places: Places,
    pub(super) findings: Vec<Diagnostic>,
}

impl Check {
    /// Checks the whole file against the fields of `shape`.
    pub(super) fn file(&mut self, node: &Node, shape: &Shape) {
        self.object(node, shape, &FieldPath::root(), false);
    }

    /// `partial`: none of the fields must be there, for overrides and defaults.
    fn object(&mut self, node: &Node, shape: &Shape, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, path, "a mapping");
            return;
        };
        for (position, entry) in entries.iter().enumerate() {
            if let Some(first) = entries.iter().take(position).find(|earlier| earlier.key == entry.key) {
                self.duplicate(entry, first, path);
                continue;
            }
            let path = path.field(&entry.key);
            match shape.field(&entry.key) {
                Some(field) => self.value(&entry.value, &field.kind, &path, partial),
                None => self.unknown(entry, shape, &path),
            }
        }
        for field in shape.fields.iter().filter(|field| field.required && !partial) {
            if node.get(field.name).is_none_or(|entry| matches!(entry.value.value, Value::Null)) {
                let message = format!("`{}` is missing", field.name);
                let finding = Diagnostic::new(Code::MissingField, path.field(field.name), message);
                self.findings.push(finding.help(format!("add `{}:`: {}", field.name, lower(field.doc))));
            }
        }
    }

    fn value(&mut self, node: &Node, kind: &Kind, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        // `nodes:` with nothing behind it is the same as no `nodes` at all.
        if matches!(node.value, Value::Null) {
            return;
        }
        match (kind, &node.value) {
            (Kind::Text(_), Value::Scalar { text, plain }) => {
                if *plain && is_number_or_flag(text) {
                    self.wrong_type(node, path, "text; put it in quotes");
                }
            }
            (Kind::Version, Value::Scalar { .. }) => {}
            (Kind::Integer, Value::Scalar { text, plain: true }) if text.parse::<i64>().is_ok() => {}
            (Kind::Flag, Value::Scalar { text, plain: true }) if text == "true" || text == "false" => {}
            (Kind::Word(words), Value::Scalar { text, .. }) => {
                if !words.contains(&text.as_str()) {
                    let mut finding = Diagnostic::new(Code::UnknownValue, path.clone(), format!("`{text}` is not known here"));
                    finding.help = Some(match nearest(text, words.iter().copied()) {
                        Some(word) => format!("did you mean `{word}`?"),
                        None => format!("it is one of: {}", words.join(", ")),
                    });
                    self.findings.push(finding);
                }
            }
            (Kind::List(kind), Value::List(items)) => {
                for (position, item) in items.iter().enumerate() {
                    let path = path.item(item_name(items, position));
                    self.value(item, kind, &path, false);
                }
            }
            (Kind::Table(kind), Value::Map(entries)) => {
                for (position, entry) in entries.iter().enumerate() {
                    if let Some(first) = entries.iter().take(position).find(|earlier| earlier.key == entry.key) {
                        self.duplicate(entry, first, path);
                        continue;
                    }
                    self.value(&entry.value, kind, &path.field(&entry.key), false);
                }
            }
            (Kind::Object(shape), Value::Map(_)) => self.object(node, shape, path, partial),
            (Kind::Partial(shape), Value::Map(_)) => self.object(node, shape, path, true),
            (Kind::Either(kinds), _) => match kinds.iter().find(|kind| accepts(kind, &node.value)) {
                Some(kind) => self.value(node, kind, path, partial),
                None => self.wrong_type(node, path, &kinds.iter().map(describe).collect::<Vec<_>>().join(" or ")),
            },
            _ => self.wrong_type(node, path, describe(kind)),
        }
    }

    fn wrong_type(&mut self, node: &Node, path: &FieldPath, wanted: &str) {
        let message = format!("{} where {wanted} belongs", node.describe());
        self.findings.push(Diagnostic::new(Code::WrongType, path.clone(), message).at(node.span.clone()));
    }

    fn duplicate(&mut self, entry: &Entry, first: &Entry, path: &FieldPath) {
        let at = path.field(&entry.key);
        self.places.entry(at.clone()).or_insert_with(|| first.key_span.clone());
        self.findings.push(
            Diagnostic::new(Code::DuplicateKey, at.clone(), format!("`{}` stands here a second time", entry.key))
                .also(at, "first here")
                .at(entry.key_span.clone())
                .help("keep one of the two"),
        );
    }

    fn unknown(&mut self, entry: &Entry, shape: &Shape, path: &FieldPath) {
        let finding =
            Diagnostic::new(Code::UnknownField, path.clone(), format!("`{}` is not a field of {}", entry.key, spoken(shape)))
                .at(entry.key_span.clone());
        let names = shape.fields.iter().map(|field| field.name);
        let help = if entry.key == "<<" {
            "YAML 1.2 has no merge keys; put what clusters share under `defaults`".to_owned()
        } else if let Some(name) = nearest(&entry.key, names.clone()) {
            format!("did you mean `{name}`?")
        } else {
            format!("its fields are: {}", names.collect::<Vec<_>>().join(", "))
        };
        self.findings.push(finding.help(help));
    }
}

/// What an item of a list is called in paths: its `name` if it has one that no earlier item has, else its number from 0.
pub(super) fn item_name(items: &[Node], position: usize) -> String {
    let name = |item: &Node| match item.get("name").map(|entry| &entry.value.value) {
        Some(Value::Scalar { text, .. }) => Some(text.clone()),
        _ => None,
    };
    match items.get(position).and_then(name) {
        Some(found) if !items.iter().take(position).any(|item| name(item).as_ref() == Some(&found)) => found,
        _ => position.to_string(),
    }
}

fn accepts(kind: &Kind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Kind::Text(_) | Kind::Version | Kind::Integer | Kind::Flag | Kind::Word(_), Value::Scalar { .. })
            | (Kind::List(_), Value::List(_))
            | (Kind::Table(_) | Kind::Object(_) | Kind::Partial(_), Value::Map(_))
    )
}

fn describe(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text(_) | Kind::Version => "text",
        Kind::Integer => "a whole number",
        Kind::Flag => "`true` or `false`",
        Kind::Word(_) => "a word",
        Kind::List(_) => "a list",
        Kind::Table(_) | Kind::Object(_) | Kind::Partial(_) => "a mapping",
        Kind::Either(_) => "another form",
    }
}

/// Plain scalars that YAML 1.2's core schema takes for something other than text.
fn is_number_or_flag(text: &str) -> bool {
    matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE") || text.parse::<f64>().is_ok()
}

fn spoken(shape: &Shape) -> String {
    match shape.name {
        "Mesh" => "the mesh".to_owned(),
        "Cilium" => "`cilium`".to_owned(),
        name => {
            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            format!("{article} {}", name.to_lowercase())
        }
    }
}

fn lower(doc: &str) -> String {
    let mut chars = doc.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
