//! A document -> the objects in it: itself, or the items of a list (`FlattenListVisitor` in cli-runtime's pkg/resource/visitor.go).
//! kubectl 1.32 and 1.36 fail at a list in a list; its items are found here all the same.

use crate::mesh::tree::{MapEntry, Value, YamlNode};

/// What a document is, or one item of a list.
pub(super) struct Object<'a> {
    pub(super) kind: &'a str,
    pub(super) api_version: &'a str,
    pub(super) entries: &'a [MapEntry],
    /// Whether it is in a list in a list.
    pub(super) is_nested: bool,
}

/// A list that objects are in.
#[derive(Clone, Copy, Default)]
struct OuterList<'a> {
    depth: usize,
    /// Items of a typed list, such as `SecretList`, need not say what they are (`decodeToList` in apimachinery's
    /// pkg/apis/meta/v1/unstructured/unstructured.go).
    kind: &'a str,
    api_version: &'a str,
}

impl<'a> Object<'a> {
    /// All objects in `document`.
    pub(super) fn all(document: &'a YamlNode) -> Vec<Self> {
        let mut all = Vec::new();
        collect(document, OuterList::default(), &mut all);
        all
    }

    /// The value of the last entry with the key `key`, which counts.
    pub(super) fn get(&self, key: &str) -> Option<&'a YamlNode> {
        last(self.entries, key)
    }
}

/// The value of the last entry with the key `key`.
pub(super) fn last<'a>(entries: &'a [MapEntry], key: &str) -> Option<&'a YamlNode> {
    entries.iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn collect<'a>(node: &'a YamlNode, outer: OuterList<'a>, all: &mut Vec<Object<'a>>) {
    let Value::Map(entries) = &node.value else { return };
    let own = |key: &str| last(entries, key).and_then(YamlNode::as_text).unwrap_or_default();
    let (kind, api_version) = match (own("kind"), own("apiVersion")) {
        ("", "") => (outer.kind, outer.api_version),
        own => own,
    };
    match (last(entries, "items").map(|items| &items.value), kind.strip_suffix("List")) {
        (Some(Value::List(items)), Some(kind)) => {
            let list = OuterList { depth: outer.depth + 1, kind, api_version };
            items.iter().for_each(|item| collect(item, list, all));
        }
        _ => all.push(Object { kind, api_version, entries, is_nested: outer.depth > 1 }),
    }
}
