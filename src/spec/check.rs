//! The structural check: every field known, there once, there at all, and of the right type. All findings at once.
//!
//! It also notes where each value stands, for [`super::Places`]. It looks at no value's meaning.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::diag::{Code, Collector, Diagnostic, FieldPath, nearest};

use super::scalar;
use super::shape::{Kind, Shape};
use super::tree::{Entry, Node, Value};

/// Where values stand in the file, by field path.
pub(super) type Places = HashMap<FieldPath, Range<usize>>;

/// What the check collects on its way.
pub(super) struct Check {
    pub(super) places: Places,
    pub(super) findings: Collector,
}

impl Check {
    pub(super) fn new() -> Self {
        Self { places: Places::new(), findings: Collector::of_mesh() }
    }

    /// Checks the whole file against the fields of `shape`.
    pub(super) fn file(&mut self, node: &Node, shape: &Shape) {
        self.object(node, shape, &FieldPath::root(), false);
    }

    /// `partial`: none of the fields must be there, for overrides and defaults.
    fn object(&mut self, node: &Node, shape: &Shape, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, path, "a mapping", &format!("its fields are: {}", names(shape)));
            return;
        };
        for entry in self.once_each(entries, path) {
            let path = path.field(&entry.key);
            match shape.field(&entry.key) {
                // `nodes:` with nothing behind it is the same as no `nodes` at all.
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

    /// The place of what has parts is its key: that is where people look for it.
    fn keyed(&mut self, entry: &Entry, kind: &Kind, path: &FieldPath, partial: bool) {
        self.value(&entry.value, kind, path, partial);
        if matches!(entry.value.value, Value::Map(_) | Value::List(_)) {
            self.places.insert(path.clone(), entry.key_span.clone());
        }
    }

    fn value(&mut self, node: &Node, kind: &Kind, path: &FieldPath, partial: bool) {
        self.places.insert(path.clone(), node.span.clone());
        match (kind, &node.value) {
            // What has a pattern is told by whoever knows the pattern.
            (Kind::Text(None), Value::Scalar { text, plain: true })
                if scalar::is_number(text) || scalar::flag(text).is_some() =>
            {
                self.wrong_type(node, path, &describe(kind), &format!("put it in quotes: `\"{}\"`", text.escape_debug()));
            }
            (Kind::Text(_), Value::Scalar { .. }) => {}
            (Kind::Version, Value::Scalar { text, plain }) if !plain || scalar::flag(text).is_none() => {}
            (Kind::Integer, Value::Scalar { text, plain: true }) if scalar::integer(text).is_some() => {}
            (Kind::Constant(wanted), Value::Scalar { text, plain: true }) if scalar::integer(text).is_some() => {
                if scalar::integer(text) != Some(*wanted) {
                    let finding = Diagnostic::new(Code::UnknownValue, path.clone(), format!("`{text}` is not known here"));
                    self.findings.push(finding.help(format!("this meshbundle knows `{wanted}`")));
                }
            }
            (Kind::Integer | Kind::Constant(_), Value::Scalar { text, plain: true }) if scalar::is_too_large(text) => {
                let finding = Diagnostic::new(Code::WrongType, path.clone(), "a number that is far too large");
                self.findings.push(finding.at(node.span.clone()).help(cure(kind)));
            }
            (Kind::Flag, Value::Scalar { text, plain: true }) if scalar::flag(text).is_some() => {}
            (Kind::Word(words), Value::Scalar { text, .. }) => {
                if !words.contains(&text.as_str()) {
                    self.unknown_word(text, words, &describe(kind), path);
                }
            }
            (Kind::Several(_), Value::List(items)) if items.is_empty() => {
                let finding = Diagnostic::new(Code::MissingField, path.clone(), "an empty list where something must stand");
                self.findings.push(finding.help("list at least one"));
            }
            (Kind::Pair(_), Value::List(items)) if items.len() != 2 => {
                let message = format!("a list of {} where a pair belongs", items.len());
                self.findings.push(Diagnostic::new(Code::WrongType, path.clone(), message).help(cure(kind)));
            }
            (Kind::List(kind) | Kind::Several(kind) | Kind::Pair(kind), Value::List(items)) => {
                for (item, name) in items.iter().zip(item_names(items)) {
                    self.value(item, kind, &path.item(name), false);
                }
            }
            (Kind::Table(kind), Value::Map(entries)) => {
                for entry in self.once_each(entries, path) {
                    self.keyed(entry, kind, &path.field(&entry.key), false);
                }
            }
            (Kind::Object(shape), Value::Map(_)) => self.object(node, shape, path, false),
            (Kind::Partial(shape), Value::Map(_)) => self.object(node, shape, path, true),
            (Kind::Merged(shape), Value::Map(_)) => self.object(node, shape, path, partial),
            (Kind::Either(kinds), _) => match (kinds.iter().find(|kind| accepts(kind, &node.value)), &node.value) {
                (Some(Kind::Word(words)), Value::Scalar { text, .. }) if !words.contains(&text.as_str()) => {
                    self.unknown_word(text, words, &describe(kind), path);
                }
                (Some(kind), _) => self.value(node, kind, path, partial),
                (None, _) => self.wrong_type(node, path, &describe(kind), &cure(kind)),
            },
            (_, Value::Null) => self.wrong_type(node, path, &describe(kind), "give it a value, or remove it"),
            (Kind::Integer | Kind::Constant(_) | Kind::Flag, Value::Scalar { text, plain: false })
                if scalar::integer(text).is_some() || scalar::flag(text).is_some() =>
            {
                self.wrong_type(node, path, &describe(kind), &format!("leave out the quotes: `{text}`"));
            }
            (Kind::List(_) | Kind::Several(_), Value::Scalar { text, .. }) => {
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
                let quote = if plain { "" } else { "\"" };
                let help = format!("write a list, of one if need be: `[{quote}{}{quote}]`", text.escape_debug());
                self.wrong_type(node, path, &describe(kind), &help);
            }
            _ => self.wrong_type(node, path, &describe(kind), &cure(kind)),
        }
    }

    fn wrong_type(&mut self, node: &Node, path: &FieldPath, wanted: &str, help: &str) {
        let message = format!("{} where {wanted} belongs", node.describe());
        self.findings.push(Diagnostic::new(Code::WrongType, path.clone(), message).at(node.span.clone()).help(help));
    }

    /// `wanted`: what may stand here, where that is more than a word.
    fn unknown_word(&mut self, text: &str, words: &[&str], wanted: &str, path: &FieldPath) {
        let message = format!("`{}` is not known here", text.escape_debug());
        let help = match nearest(text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("write {wanted}"),
        };
        self.findings.push(Diagnostic::new(Code::UnknownValue, path.clone(), message).help(help));
    }

    /// The entries of a mapping, each key once; the others are findings.
    fn once_each<'a>(&mut self, entries: &'a [Entry], path: &FieldPath) -> Vec<&'a Entry> {
        let mut first: HashMap<&str, &Entry> = HashMap::new();
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

    fn duplicate(&mut self, entry: &Entry, first: &Entry, path: &FieldPath) {
        let at = path.field(&entry.key);
        self.places.entry(at.clone()).or_insert_with(|| first.key_span.clone());
        self.findings.push_with(Code::DuplicateKey, || {
            Diagnostic::new(Code::DuplicateKey, at.clone(), format!("`{}` stands here a second time", entry.key))
                .also(at, "first here")
                .at(entry.key_span.clone())
                .help("keep one of the two")
        });
    }

    fn unknown(&mut self, entry: &Entry, shape: &Shape, path: &FieldPath) {
        self.findings.push_with(Code::UnknownField, || unknown(entry, shape, path));
    }
}

fn unknown(entry: &Entry, shape: &Shape, path: &FieldPath) -> Diagnostic {
    let message = format!("`{}` is not a field of {}", entry.key, spoken(shape));
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

/// What the items of a list are called in paths: by their `name`, if it is one that no earlier item has and that is no number,
/// else by their number from 0.
pub(super) fn item_names(items: &[Node]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut name = |(position, item): (usize, &Node)| match item.get("name").map(|entry| &entry.value.value) {
        Some(Value::Scalar { text, .. }) if text.parse::<usize>().is_err() && taken.insert(text.clone()) => text.clone(),
        _ => position.to_string(),
    };
    items.iter().enumerate().map(&mut name).collect()
}

fn accepts(kind: &Kind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Kind::Text(_) | Kind::Version | Kind::Integer | Kind::Constant(_) | Kind::Flag | Kind::Word(_), Value::Scalar { .. })
            | (Kind::List(_) | Kind::Several(_) | Kind::Pair(_), Value::List(_))
            | (Kind::Table(_) | Kind::Object(_) | Kind::Partial(_) | Kind::Merged(_), Value::Map(_))
    )
}

/// What belongs here, after "where" or "write".
fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Text(_) | Kind::Version => "text".to_owned(),
        Kind::Integer | Kind::Constant(_) => "a whole number".to_owned(),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Word([word]) => format!("`{word}`"),
        Kind::Word(words) => format!("one of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
        Kind::List(Kind::Pair(_)) => "a list of pairs".to_owned(),
        Kind::List(_) | Kind::Several(_) => "a list".to_owned(),
        Kind::Pair(_) => "a pair".to_owned(),
        Kind::Table(_) | Kind::Object(_) | Kind::Partial(_) | Kind::Merged(_) => "a mapping".to_owned(),
        Kind::Either(kinds) => kinds.iter().map(form).collect::<Vec<_>>().join(" or "),
    }
}

/// One of several forms, told apart by what must be in it.
fn form(kind: &Kind) -> String {
    match kind {
        Kind::Object(shape) => match shape.fields.iter().find(|field| field.required) {
            Some(field) => format!("`{{ {}: … }}`", field.name),
            None => describe(kind),
        },
        _ => describe(kind),
    }
}

/// How to write it.
fn cure(kind: &Kind) -> String {
    match kind {
        Kind::Text(_) | Kind::Word(_) | Kind::Flag => format!("write {}", describe(kind)),
        Kind::Version => "write major and minor in quotes, such as `\"1.18\"`".to_owned(),
        Kind::Integer | Kind::Constant(_) => "write its digits and nothing else, such as `255`".to_owned(),
        Kind::List(_) | Kind::Several(_) => "write a list: `[a, b]`, or an item a line after `- `".to_owned(),
        Kind::Pair(_) => "write a pair: `[a, b]`".to_owned(),
        Kind::Table(_) => "write `NAME: VALUE`, one a line".to_owned(),
        Kind::Object(shape) | Kind::Partial(shape) | Kind::Merged(shape) => format!("its fields are: {}", names(shape)),
        Kind::Either(kinds) => {
            let each = |kind: &Kind| if matches!(kind, Kind::Object(_)) { format!("write {}", form(kind)) } else { cure(kind) };
            kinds.iter().map(each).collect::<Vec<_>>().join("; or ")
        }
    }
}

fn names(shape: &Shape) -> String {
    shape.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
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
