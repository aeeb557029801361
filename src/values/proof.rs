//! Whether an edited text says what the old one said, but for the values that were to change.

use crate::mesh::tree::{MapEntry, Value, YamlNode};

/// Whether everything is the same in both but what is at or below `paths`.
pub(super) fn is_same_but(before: &YamlNode, after: &YamlNode, paths: &[&[&str]]) -> bool {
    if paths.iter().any(|path| path.is_empty()) {
        return has_items_of(before, after);
    }
    if paths.is_empty() {
        return is_same(before, after);
    }
    let (Some(old), Some(new)) = (entries(before), entries(after)) else { return is_same(before, after) };
    let below = |key: &str| -> Vec<&[&str]> {
        paths.iter().filter_map(|path| path.split_first().filter(|(first, _)| **first == key).map(|(_, rest)| rest)).collect()
    };
    let nothing = YamlNode { span: 0..0, value: Value::Null };
    let kept = old.iter().all(|entry| {
        let now = new.iter().find(|other| other.key == entry.key).map(|other| &other.value);
        let below = below(&entry.key);
        match now {
            Some(now) => is_same_but(&entry.value, now, &below),
            None => below.iter().any(|path| path.is_empty()),
        }
    });
    let added = new.iter().filter(|entry| !old.iter().any(|other| other.key == entry.key));
    kept && added.into_iter().all(|entry| {
        let below = below(&entry.key);
        !below.is_empty() && is_same_but(&nothing, &entry.value, &below)
    })
}

/// Whether a list that has changed still begins with what it had. Other values may change as a whole.
fn has_items_of(before: &YamlNode, after: &YamlNode) -> bool {
    let (Value::List(old), Value::List(new)) = (&before.value, &after.value) else { return true };
    new.len() >= old.len() && old.iter().zip(new).all(|(old, new)| is_same(old, new))
}

/// The entries of a mapping; nothing has none.
fn entries(node: &YamlNode) -> Option<&[MapEntry]> {
    match &node.value {
        Value::Map(entries) => Some(entries),
        Value::Null => Some(&[]),
        Value::Scalar { .. } | Value::List(_) => None,
    }
}

/// Whether two values are the same, wherever they are.
pub(super) fn is_same(a: &YamlNode, b: &YamlNode) -> bool {
    match (&a.value, &b.value) {
        (Value::Null, Value::Null) => true,
        (Value::Scalar { text: a, plain: x }, Value::Scalar { text: b, plain: y }) => a == b && x == y,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && is_same(&a.value, &b.value))
        }
        _ => false,
    }
}
