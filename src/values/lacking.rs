//! What a value lacks of what is wanted, as Helm reads it.

use crate::mesh::scalar;
use crate::mesh::tree::{Value, YamlNode};
use crate::pem::{Text, certificate};
use crate::verify::key_as_json;

use super::wanted::WantedValue;

/// Whether a value has what is wanted.
pub(super) fn is_there(node: &YamlNode, wanted: &WantedValue) -> bool {
    match (wanted, &node.value) {
        (WantedValue::Text(text) | WantedValue::Lines(text), Value::Scalar { text: there, plain }) => {
            text == there && (!plain || key_as_json(there, false).as_deref() == Some(there))
        }
        (WantedValue::Integer(number), Value::Scalar { text, plain: true }) => scalar::integer(text) == Some(*number),
        (WantedValue::Flag(flag), Value::Scalar { text, plain: true }) => flag_of(text) == Some(*flag),
        (WantedValue::Texts(_) | WantedValue::Named(_), Value::List(items)) => lacking(items, wanted).items().is_empty(),
        (WantedValue::Certificates(pem), Value::Scalar { text, .. }) => lacking_certificates(text, pem).is_empty(),
        _ => false,
    }
}

/// A truth value as Helm reads it.
pub(super) fn flag_of(plain: &str) -> Option<bool> {
    match key_as_json(plain, false).as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}

/// The part of a wanted list that `items` lack.
pub(super) fn lacking(items: &[YamlNode], wanted: &WantedValue) -> WantedValue {
    let lacks =
        |there: Vec<&str>, wanted: &[String]| wanted.iter().filter(|one| !there.contains(&one.as_str())).cloned().collect();
    match wanted {
        WantedValue::Texts(texts) => WantedValue::Texts(lacks(items.iter().filter_map(YamlNode::as_text).collect(), texts)),
        WantedValue::Named(names) => {
            let named = items.iter().filter_map(|item| item.get("name")?.value.as_text());
            WantedValue::Named(lacks(named.collect(), names))
        }
        other => other.clone(),
    }
}

/// Those of the certificates in `pem` that are not in `text`, PEM.
pub(super) fn lacking_certificates(text: &str, pem: &str) -> String {
    let there = Text::read(text.as_bytes());
    let wanted = Text::read(pem.as_bytes());
    let is_new = |der: &[u8]| !there.certificates().any(|block| *block.der == *der);
    wanted.certificates().filter(|block| is_new(&block.der)).map(|block| certificate(&block.der)).collect()
}
