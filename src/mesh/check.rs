//! The structural check: every field is known, present, unique and of the right type. It reports all findings at once.
//!
//! It also notes the place of each value, for [`super::SourceMap`]. It does not interpret values.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::diag::{Code, Collector, Diagnostic, FieldPath, nearest};

use super::scalar;
use super::shape::{FieldKind, Shape};
use super::tree::{MapEntry, Value, YamlNode};

/// The places of values in the file, by field path.
pub(super) type Spans = HashMap<FieldPath, Range<usize>>;

/// What the check collects.
pub(super) struct Check {
    pub(super) places: Spans,
    pub(super) findings: Collector,
}

impl Check {
    pub(super) fn new() -> Self {
        Self { places: Spans::new(), findings: Collector::of_mesh() }
    }

    /// Checks the whole file against the fields of `shape`.
    pub(super) fn file(&mut self, node: &YamlNode, shape: &Shape) {
        self.object(node, shape, &FieldPath::root(), false);
    }

    /// `partial`: no field is required, for overrides and defaults.
    fn object(&mut self, node: &YamlNode, shape: &Shape, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, path, "a mapping", &format!("its fields are: {}", names(shape)));
            return;
        };
        for entry in self.once_each(entries, path) {
            let path = path.field(&entry.key);
            match shape.field(&entry.key) {
                // `nodes:` without a value is the same as no `nodes`.
                Some(field) if matches!(entry.value.value, Value::Null) && (field.required || field.may_be_empty) => {
                    self.places.insert(path, entry.key_span.clone());
                }
                Some(field) => self.keyed(entry, &field.kind, &path, partial),
                None => self.unknown(entry, shape, &path),
            }
        }
        for field in shape.fields.iter().filter(|field| field.required && !partial) {
            if node.get(field.name).is_none_or(|entry| matches!(entry.value.value, Value::Null)) {
                let message = format!("`{}` is missing", field.name);
                let mut finding = Diagnostic::new(Code::MissingField, path.field(field.name), message);
                if path.as_str().is_empty() {
                    finding = finding.at(node.span.start..node.span.start);
                }
                self.findings.push(finding.help(format!("add `{}:`: {}", field.name, lower(field.doc))));
            }
        }
    }

    /// The place of a mapping or list is its key: people look for it there.
    fn keyed(&mut self, entry: &MapEntry, kind: &FieldKind, path: &FieldPath, partial: bool) {
        self.value(&entry.value, kind, path, partial);
        if matches!(entry.value.value, Value::Map(_) | Value::List(_)) {
            self.places.insert(path.clone(), entry.key_span.clone());
        }
    }

    fn value(&mut self, node: &YamlNode, kind: &FieldKind, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        match (kind, &node.value) {
            // A text with a pattern is checked by the type that knows the pattern.
            (FieldKind::Text(None), Value::Scalar { text, plain: true })
                if scalar::is_number(text) || scalar::flag(text).is_some() =>
            {
                self.wrong_type(node, path, &describe(kind), &format!("put it in quotes: `\"{}\"`", text.escape_debug()));
            }
            (FieldKind::Text(_), Value::Scalar { .. }) => {}
            (FieldKind::Version, Value::Scalar { text, plain }) if !plain || scalar::flag(text).is_none() => {}
            (FieldKind::Integer, Value::Scalar { text, plain: true }) if scalar::integer(text).is_some() => {}
            (FieldKind::Constant(wanted), Value::Scalar { text, plain: true }) if scalar::integer(text).is_some() => {
                if scalar::integer(text) != Some(*wanted) {
                    let finding = Diagnostic::new(Code::UnknownValue, path.clone(), format!("unknown value `{text}`"));
                    self.findings.push(finding.help(format!("this meshbundle knows `{wanted}`")));
                }
            }
            (FieldKind::Integer | FieldKind::Constant(_), Value::Scalar { text, plain: true }) if scalar::is_too_large(text) => {
                let finding = Diagnostic::new(Code::WrongType, path.clone(), "a number that is far too large");
                self.findings.push(finding.at(node.span.clone()).help(suggest(kind)));
            }
            (FieldKind::Flag, Value::Scalar { text, plain: true }) if scalar::flag(text).is_some() => {}
            (FieldKind::Word(words), Value::Scalar { text, .. }) => {
                if !words.contains(&text.as_str()) {
                    self.unknown_word(text, words, &describe(kind), path);
                }
            }
            (FieldKind::Several(_), Value::List(items)) if items.is_empty() => {
                let finding =
                    Diagnostic::new(Code::MissingField, path.clone(), "an empty list where at least one item is required");
                self.findings.push(finding.help("list at least one"));
            }
            (FieldKind::Pair(_), Value::List(items)) if items.len() != 2 => {
                let message = format!("a list of {} where a pair belongs", items.len());
                self.findings.push(Diagnostic::new(Code::WrongType, path.clone(), message).help(suggest(kind)));
            }
            (FieldKind::List(kind) | FieldKind::Several(kind) | FieldKind::Pair(kind), Value::List(items)) => {
                for (item, name) in items.iter().zip(item_names(items)) {
                    self.value(item, kind, &path.item(name), false);
                }
            }
            (FieldKind::Table(kind), Value::Map(entries)) => {
                for entry in self.once_each(entries, path) {
                    self.keyed(entry, kind, &path.field(&entry.key), false);
                }
            }
            (FieldKind::Object(shape), Value::Map(_)) => self.object(node, shape, path, false),
            (FieldKind::Partial(shape), Value::Map(_)) => self.object(node, shape, path, true),
            (FieldKind::Merged(shape), Value::Map(_)) => self.object(node, shape, path, partial),
            (FieldKind::Either(kinds), _) => match (kinds.iter().find(|kind| accepts(kind, &node.value)), &node.value) {
                (Some(FieldKind::Word(words)), Value::Scalar { text, .. }) if !words.contains(&text.as_str()) => {
                    self.unknown_word(text, words, &describe(kind), path);
                }
                (Some(kind), _) => self.value(node, kind, path, partial),
                (None, _) => self.wrong_type(node, path, &describe(kind), &suggest(kind)),
            },
            (_, Value::Null) => self.wrong_type(node, path, &describe(kind), "give it a value, or remove it"),
            (FieldKind::Integer | FieldKind::Constant(_) | FieldKind::Flag, Value::Scalar { text, plain: false })
                if scalar::integer(text).is_some() || scalar::flag(text).is_some() =>
            {
                self.wrong_type(node, path, &describe(kind), &format!("leave out the quotes: `{text}`"));
            }
            (FieldKind::List(_) | FieldKind::Several(_), Value::Scalar { text, .. }) => {
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
                let quote = if plain { "" } else { "\"" };
                let help = format!("write a list, even for one item: `[{quote}{}{quote}]`", text.escape_debug());
                self.wrong_type(node, path, &describe(kind), &help);
            }
            _ => self.wrong_type(node, path, &describe(kind), &suggest(kind)),
        }
    }

    fn wrong_type(&mut self, node: &YamlNode, path: &FieldPath, wanted: &str, help: &str) {
        let message = format!("{} where {wanted} belongs", node.describe());
        self.findings.push(Diagnostic::new(Code::WrongType, path.clone(), message).at(node.span.clone()).help(help));
    }

    /// `wanted`: what is expected here, if that is more than a word.
    fn unknown_word(&mut self, text: &str, words: &[&str], wanted: &str, path: &FieldPath) {
        let message = format!("unknown value `{}`", text.escape_debug());
        let help = match nearest(text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {wanted}"),
        };
        self.findings.push(Diagnostic::new(Code::UnknownValue, path.clone(), message).help(help));
    }

    /// The entries of a mapping, each key once; duplicates are findings.
    fn once_each<'a>(&mut self, entries: &'a [MapEntry], path: &FieldPath) -> Vec<&'a MapEntry> {
        let mut first: HashMap<&str, &MapEntry> = HashMap::new();
        let mut once = Vec::new();
        for entry in entries {
            if let Some(earlier) = first.get(entry.key.as_str()) {
                self.duplicate(entry, earlier, path);
            } else {
                first.insert(&entry.key, entry);
                once.push(entry);
            }
        }
        once
    }

    fn duplicate(&mut self, entry: &MapEntry, first: &MapEntry, path: &FieldPath) {
        let at = path.field(&entry.key);
        self.places.entry(at.clone()).or_insert_with(|| first.key_span.clone());
        self.findings.push_with(Code::DuplicateKey, || {
            Diagnostic::new(Code::DuplicateKey, at.clone(), format!("duplicate key `{}`", entry.key))
                .also(at, "first here")
                .at(entry.key_span.clone())
                .help("keep one of the two")
        });
    }

    fn unknown(&mut self, entry: &MapEntry, shape: &Shape, path: &FieldPath) {
        self.findings.push_with(Code::UnknownField, || unknown(entry, shape, path));
    }
}

fn unknown(entry: &MapEntry, shape: &Shape, path: &FieldPath) -> Diagnostic {
    let message = format!("`{}` is not a field of {}", entry.key, name_of_shape(shape));
    let finding = Diagnostic::new(Code::UnknownField, path.clone(), message).at(entry.key_span.clone());
    let fields = shape.fields.iter().map(|field| field.name);
    finding.help(if entry.key == "<<" {
        "YAML 1.2 has no merge keys; put what clusters share under `defaults`".to_owned()
    } else if let Some(name) = nearest(&entry.key, fields) {
        format!("did you mean `{name}`?")
    } else {
        format!("its fields are: {}", names(shape))
    })
}

/// The names of list items in paths: their `name`, if it is unique so far and no number, else their number from 0.
pub(super) fn item_names(items: &[YamlNode]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut name = |(position, item): (usize, &YamlNode)| match item.get("name").map(|entry| &entry.value.value) {
        Some(Value::Scalar { text, .. }) if text.parse::<usize>().is_err() && taken.insert(text.clone()) => text.clone(),
        _ => position.to_string(),
    };
    items.iter().enumerate().map(&mut name).collect()
}

fn accepts(kind: &FieldKind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (
            FieldKind::Text(_)
                | FieldKind::Version
                | FieldKind::Integer
                | FieldKind::Constant(_)
                | FieldKind::Flag
                | FieldKind::Word(_),
            Value::Scalar { .. }
        ) | (FieldKind::List(_) | FieldKind::Several(_) | FieldKind::Pair(_), Value::List(_))
            | (FieldKind::Table(_) | FieldKind::Object(_) | FieldKind::Partial(_) | FieldKind::Merged(_), Value::Map(_))
    )
}

/// What is expected here, after "where" or "write".
fn describe(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text(_) | FieldKind::Version => "text".to_owned(),
        FieldKind::Integer | FieldKind::Constant(_) => "a whole number".to_owned(),
        FieldKind::Flag => "`true` or `false`".to_owned(),
        FieldKind::Word([word]) => format!("`{word}`"),
        FieldKind::Word(words) => {
            format!("one of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
        }
        FieldKind::List(FieldKind::Pair(_)) => "a list of pairs".to_owned(),
        FieldKind::List(_) | FieldKind::Several(_) => "a list".to_owned(),
        FieldKind::Pair(_) => "a pair".to_owned(),
        FieldKind::Table(_) | FieldKind::Object(_) | FieldKind::Partial(_) | FieldKind::Merged(_) => "a mapping".to_owned(),
        FieldKind::Either(kinds) => kinds.iter().map(form).collect::<Vec<_>>().join(" or "),
    }
}

/// One of several forms, named by its required field.
fn form(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Object(shape) => match shape.fields.iter().find(|field| field.required) {
            Some(field) => format!("`{{ {}: … }}`", field.name),
            None => describe(kind),
        },
        _ => describe(kind),
    }
}

/// How to write a value of this kind.
fn suggest(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text(_) | FieldKind::Word(_) | FieldKind::Flag => format!("write {}", describe(kind)),
        FieldKind::Version => "write major and minor in quotes, such as `\"1.18\"`".to_owned(),
        FieldKind::Integer | FieldKind::Constant(_) => "write its digits and nothing else, such as `255`".to_owned(),
        FieldKind::List(_) | FieldKind::Several(_) => "write a list: `[a, b]`, or an item a line after `- `".to_owned(),
        FieldKind::Pair(_) => "write a pair: `[a, b]`".to_owned(),
        FieldKind::Table(_) => "write `NAME: VALUE`, one a line".to_owned(),
        FieldKind::Object(shape) | FieldKind::Partial(shape) | FieldKind::Merged(shape) => {
            format!("its fields are: {}", names(shape))
        }
        FieldKind::Either(kinds) => {
            let each = |kind: &FieldKind| {
                if matches!(kind, FieldKind::Object(_)) { format!("write {}", form(kind)) } else { suggest(kind) }
            };
            kinds.iter().map(each).collect::<Vec<_>>().join("; or ")
        }
    }
}

fn names(shape: &Shape) -> String {
    shape.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}

fn name_of_shape(shape: &Shape) -> String {
    match shape.name {
        "Mesh" => "the mesh".to_owned(),
        "Cilium" => "`cilium`".to_owned(),
        name => {
            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            format!("{article} {}", name.to_lowercase())
        }
    }
}

/// A sentence within another one. Acronyms stay as they are.
fn lower(doc: &str) -> String {
    let sentence = doc.trim_end_matches('.');
    let mut chars = sentence.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => sentence.to_owned(),
    }
}
