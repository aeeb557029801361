//! Plain scalars as agents read them: YAML 1.1 in the dialect of Go's yaml.v2 (`resolve` in its resolve.go), which sigs.k8s.io/yaml
//! and so etcd's client go by. Our own files are read by YAML 1.2 (`mesh::scalar`); the two differ in what is no text.

use crate::mesh::scalar;
use crate::mesh::tree::{Value, YamlNode};

/// What a scalar is that was meant for text, and is none.
pub(in crate::verify) fn misread(node: &YamlNode) -> Option<&'static str> {
    if flag(node).is_some() {
        return Some("a truth value");
    }
    number(node).map(|_| "a number")
}

/// The truth value.
pub(in crate::verify) fn flag(node: &YamlNode) -> Option<bool> {
    match plain(node)? {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        other => scalar::flag(other),
    }
}

/// The number. Digits may be in groups, joined by `_`, and a leading zero means octal.
pub(in crate::verify) fn number(node: &YamlNode) -> Option<f64> {
    let text = plain(node)?;
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return None;
    }
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(&text)),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(sign * f64::INFINITY);
    }
    if matches!(text.as_str(), ".nan" | ".NaN" | ".NAN") {
        return Some(f64::NAN);
    }
    let based = |prefix: &str, base: u32| {
        let mut number = 0.0;
        for digit in digits.strip_prefix(prefix).filter(|digits| !digits.is_empty())?.chars() {
            number = number * f64::from(base) + f64::from(digit.to_digit(base)?);
        }
        Some(number)
    };
    let other = based("0x", 16).or_else(|| based("0o", 8)).or_else(|| based("0b", 2)).or_else(|| based("0", 8));
    other.or_else(|| if scalar::is_number(digits) { digits.parse().ok() } else { None }).map(|number| sign * number)
}

/// Whether Go puts the number into 64 bits as a whole one.
pub(in crate::verify) fn is_whole(number: f64) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    number.fract() == 0.0 && number.abs() < END
}

/// Whether there is a number that JSON cannot hold.
pub(in crate::verify) fn has_infinite(node: &YamlNode) -> bool {
    match &node.value {
        Value::Null => false,
        Value::Scalar { .. } => number(node).is_some_and(|number| !number.is_finite()),
        Value::List(items) => items.iter().any(has_infinite),
        Value::Map(entries) => entries.iter().any(|entry| has_infinite(&entry.value)),
    }
}

fn plain(node: &YamlNode) -> Option<&str> {
    match &node.value {
        Value::Scalar { text, plain: true } => Some(text),
        _ => None,
    }
}
