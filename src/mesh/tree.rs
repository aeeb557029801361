//! YAML text -> a tree with the place of each value.
//!
//! Only this file names the YAML parser. It reads events one after another, so that depth and aliases of a hostile file are
//! limited, and it keeps the text of plain scalars: `1.20` must not become the number 1.2.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::scalar;

/// Deeper than any valid file; a recursive walk of the tree is safe up to it.
const MAX_DEPTH: usize = 32;
/// The maximum number of values that are copied for anchors and aliases, and of bytes of their text: 511 clusters that share
/// settings stay far below.
const MAX_COPIED: usize = 100_000;
const MAX_COPIED_TEXT: usize = 4 * 1024 * 1024;

/// A value and its byte range.
#[derive(Debug, Clone)]
pub(crate) struct YamlNode {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Nothing: `~`, `null` or no text at all.
    Null,
    /// Text; `plain` if it has no quotes, so that it may be read as a number or a truth value.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<YamlNode>),
    /// A mapping, in the order of the file, including duplicate keys.
    Map(Vec<MapEntry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct MapEntry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: YamlNode,
}

impl YamlNode {
    /// The kind of value, in words for a message.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar { text, plain: true } if scalar::is_number(text) => "a number",
            Value::Scalar { text, plain: true } if scalar::flag(text).is_some() => "a truth value",
            Value::Scalar { .. } => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The text, if this is a scalar.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The first entry with the key `key`, if this is a mapping that has one.
    pub(crate) fn get(&self, key: &str) -> Option<&MapEntry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// Why a text is not YAML, and where.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

/// Reads one YAML document of at most `most` values, aliases counted each time. An empty document is an empty mapping.
pub(crate) fn parse(text: &str, most: usize) -> Result<YamlNode, SyntaxError> {
    let mut builder = Builder::new(text, most);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => return Err(builder.fail(error.info().to_owned(), *error.marker())),
        }
    }
    Ok(builder.root.unwrap_or(YamlNode { span: 0..0, value: Value::Map(Vec::new()) }))
}

/// A list or mapping that is still open.
struct OpenNode {
    start: usize,
    anchor: usize,
    value: Value,
    /// In a mapping: the key whose value comes next.
    key: Option<(String, Range<usize>)>,
}

/// The offset of every 64th character is noted.
const OFFSET_EACH: usize = 64;

struct Builder<'a> {
    text: &'a str,
    /// Byte offsets of some characters: the parser counts characters. Empty where each is a byte.
    offsets: Vec<usize>,
    most: usize,
    open: Vec<OpenNode>,
    anchors: HashMap<usize, YamlNode>,
    nodes: usize,
    /// Values that were copied, and bytes of their text.
    copied: Size,
    documents: usize,
    root: Option<YamlNode>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, most: usize) -> Self {
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(OFFSET_EACH).map(|(offset, _)| offset).collect()
        };
        let (open, anchors) = (Vec::new(), HashMap::new());
        Self { text, offsets, most, open, anchors, nodes: 0, copied: Size::default(), documents: 0, root: None }
    }

    fn byte(&self, marker: Marker) -> usize {
        let index = marker.index();
        if self.offsets.is_empty() {
            return index.min(self.text.len());
        }
        let Some(offset) = self.offsets.get(index / OFFSET_EACH).copied() else { return self.text.len() };
        let rest = self.text.get(offset..).unwrap_or_default();
        rest.char_indices().nth(index % OFFSET_EACH).map_or(self.text.len(), |(at, _)| offset + at)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start);
        start..self.byte(span.end).max(start)
    }

    fn fail(&self, message: String, marker: Marker) -> SyntaxError {
        let at = self.byte(marker);
        SyntaxError { message, span: at..at }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(self.fail("a second document starts here, and only one is allowed".into(), span.start));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null { Value::Null } else { Value::Scalar { text: text.into_owned(), plain } };
                let node = YamlNode { span: self.range(span), value };
                self.place(node, anchor, span)
            }
            Event::Alias(anchor) => {
                let Some(mut node) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fail("an alias to something that is not complete".into(), span.start));
                };
                self.nodes += self.copy(&node, span)?;
                node.span = self.range(span);
                self.place(node, 0, span)
            }
            Event::SequenceStart(anchor, _) => self.start(Value::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.start(Value::Map(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let end = self.byte(span.end).max(open.start);
                self.place(YamlNode { span: open.start..end, value: open.value }, open.anchor, span)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    /// Counts a value before it is copied, and returns its number of values. The copy may exist already: it is no larger than
    /// what was counted before.
    fn copy(&mut self, node: &YamlNode, span: Span) -> Result<usize, SyntaxError> {
        let before = self.copied.nodes;
        self.copied.add(node);
        if self.copied.nodes > MAX_COPIED || self.copied.text > MAX_COPIED_TEXT {
            return Err(self.fail(format!("aliases make more than {MAX_COPIED} values of the file"), span.start));
        }
        Ok(self.copied.nodes - before)
    }

    fn start(&mut self, value: Value, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fail(format!("nested more than {MAX_DEPTH} deep"), span.start));
        }
        let start = self.byte(span.start);
        self.open.push(OpenNode { start, anchor, value, key: None });
        Ok(())
    }

    fn place(&mut self, node: YamlNode, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > self.most {
            return Err(self.fail(format!("more than {} values, aliases counted each time", self.most), span.start));
        }
        if anchor != 0 {
            self.copy(&node, span)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.value, open.key.take()) {
            (Value::Map(entries), Some((key, key_span))) => entries.push(MapEntry { key, key_span, value: node }),
            (Value::Map(_), None) => match node.value {
                Value::Scalar { text, .. } => open.key = Some((text, node.span)),
                _ => return Err(self.fail("a key that is not text".into(), span.start)),
            },
            (Value::List(items), _) => items.push(node),
            (Value::Null | Value::Scalar { .. }, _) => {}
        }
        Ok(())
    }
}

/// The size of a value.
#[derive(Default)]
struct Size {
    nodes: usize,
    text: usize,
}

impl Size {
    fn add(&mut self, node: &YamlNode) {
        self.nodes += 1;
        match &node.value {
            Value::Null => {}
            Value::Scalar { text, .. } => self.text += text.len(),
            Value::List(items) => items.iter().for_each(|item| self.add(item)),
            Value::Map(entries) => entries.iter().for_each(|entry| {
                self.text += entry.key.len();
                self.add(&entry.value);
            }),
        }
    }
}
