//! YAML text -> a tree that remembers where each value stood.
//!
//! Only this file names the YAML parser. It reads events one after another, so that neither depth nor aliases of a hostile file
//! cost more than they are worth, and it keeps the text of plain scalars: `1.20` must not become the number 1.2.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::scalar;

/// Deeper than any spec can be; a recursive walk of the tree is safe below it.
const MAX_DEPTH: usize = 32;
/// Nodes that one file may hold, aliases counted each time: 511 clusters with 1000 nodes each are below it.
const MAX_NODES: usize = 4_000_000;

/// A value and the bytes it stood at.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Nothing: `~`, `null` or no text at all.
    Null,
    /// Text; `plain` if it stood without quotes, so that it may be read as a number or a truth value.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, keys that stand twice included.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Range<usize>,
    pub(crate) value: Node,
}

impl Node {
    /// What the value is, in words for a message.
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

    /// The first entry called `key`, if this is a mapping that has one.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// Why text is no tree: what, and where.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

/// Reads one YAML document. An empty document is an empty mapping.
pub(crate) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut builder = Builder::new(text);
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => return Err(builder.fail(error.info().to_owned(), *error.marker())),
        }
    }
    Ok(builder.root.unwrap_or(Node { span: 0..0, value: Value::Map(Vec::new()) }))
}

/// A list or mapping that is still open.
struct Open {
    start: usize,
    anchor: usize,
    value: Value,
    /// In a mapping: the key whose value comes next.
    key: Option<(String, Range<usize>)>,
}

struct Builder {
    /// Byte offset of each character: the parser counts characters.
    bytes: Vec<usize>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
}

impl Builder {
    fn new(text: &str) -> Self {
        let mut bytes: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
        bytes.push(text.len());
        Self { bytes, open: Vec::new(), anchors: HashMap::new(), nodes: 0, documents: 0, root: None }
    }

    fn byte(&self, marker: Marker) -> usize {
        self.bytes.get(marker.index()).or(self.bytes.last()).copied().unwrap_or(0)
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
                    return Err(self.fail("a second document starts here; the mesh is one document".into(), span.start));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null { Value::Null } else { Value::Scalar { text: text.into_owned(), plain } };
                let node = Node { span: self.range(span), value };
                self.place(node, anchor, span)
            }
            Event::Alias(anchor) => {
                let Some(mut node) = self.anchors.get(&anchor).cloned() else {
                    return Err(self.fail("an alias to something that is not complete".into(), span.start));
                };
                self.nodes += size(&node);
                node.span = self.range(span);
                self.place(node, 0, span)
            }
            Event::SequenceStart(anchor, _) => self.start(Value::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.start(Value::Map(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let end = self.byte(span.end).max(open.start);
                self.place(Node { span: open.start..end, value: open.value }, open.anchor, span)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn start(&mut self, value: Value, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fail(format!("nested more than {MAX_DEPTH} deep"), span.start));
        }
        let start = self.byte(span.start);
        self.open.push(Open { start, anchor, value, key: None });
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.fail(format!("more than {MAX_NODES} values, aliases counted each time"), span.start));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut open.value, open.key.take()) {
            (Value::Map(entries), Some((key, key_span))) => entries.push(Entry { key, key_span, value: node }),
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

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar { .. } => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
    }
}
