//! A key of a mapping as sigs.k8s.io/yaml makes it a key of JSON: what has no quotes may be a truth value or a number there, and
//! its text is another one (`convertToJSONableObject` in its yaml.go, over yaml.v2).

use std::borrow::Cow;

use crate::mesh::tree::{Value, YamlNode};
use crate::verify::config::plain;

/// Bytes of a key, at most (`IsConfigMapKey` in apimachinery's pkg/util/validation/validation.go).
const LONGEST: usize = 253;

/// The text that a key becomes, or nothing where kubectl rejects it.
pub fn as_json(text: &str, quoted: bool) -> Option<Cow<'_, str>> {
    if quoted {
        return Some(Cow::Borrowed(text));
    }
    let node = YamlNode { span: 0..0, value: Value::Scalar { text: text.to_owned(), plain: true } };
    if let Some(flag) = plain::flag(&node) {
        return Some(Cow::Borrowed(if flag { "true" } else { "false" }));
    }
    let Some(number) = plain::number(&node) else { return Some(Cow::Borrowed(text)) };
    match integer(text) {
        // `uint64` is no key.
        Some(integer) => i64::try_from(integer).ok().map(|integer| Cow::Owned(integer.to_string())),
        None => Some(Cow::Owned(float(number))),
    }
}

/// Whether Kubernetes takes it as a key of a Secret.
pub(super) fn is_allowed(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !key.is_empty() && key.len() <= LONGEST && key.bytes().all(allowed) && key != "." && !key.starts_with("..")
}

/// A whole number in one of the bases of `strconv.ParseInt`.
fn integer(text: &str) -> Option<i128> {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let based = |prefix: &str, base| i128::from_str_radix(digits.strip_prefix(prefix)?, base).ok();
    let prefixed = based("0x", 16).or_else(|| based("0o", 8)).or_else(|| based("0b", 2)).or_else(|| based("0", 8));
    let decimal = || if digits.starts_with('0') && digits != "0" { None } else { digits.parse().ok() };
    prefixed.or_else(decimal).map(|number: i128| sign * number)
}

/// As Go's `strconv.FormatFloat(number, 'g', -1, 32)`.
#[expect(clippy::cast_possible_truncation, reason = "Go rounds to 32 bits, too")]
fn float(number: f64) -> String {
    if !number.is_finite() {
        let word = if number.is_nan() { ".nan" } else { ".inf" };
        return if number < 0.0 { format!("-{word}") } else { word.to_owned() };
    }
    let number = number as f32;
    let short = format!("{number:e}");
    let Some((digits, exponent)) = short.split_once('e') else { return short };
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..=5) if exponent >= -4 => number.to_string(),
        Ok(exponent) => format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
        Err(_) => short,
    }
}

#[cfg(test)]
mod tests {
    use super::{as_json, is_allowed};

    #[test]
    fn keys_without_quotes_become_what_go_makes_of_them() {
        for (written, read) in [
            ("oslo", Some("oslo")),
            ("no", Some("false")),
            ("on", Some("true")),
            ("y", Some("true")),
            ("010", Some("8")),
            ("08", Some("8")),
            ("0", Some("0")),
            ("0x1f", Some("31")),
            ("1_000", Some("1000")),
            ("1e3", Some("1000")),
            ("1e6", Some("1e+06")),
            ("1.50", Some("1.5")),
            ("1e-5", Some("1e-05")),
            ("10.1.1.1", Some("10.1.1.1")),
            ("2026-11-29", Some("2026-11-29")),
            ("18446744073709551615", None),
        ] {
            assert_eq!(as_json(written, false).as_deref(), read, "{written}");
            assert_eq!(as_json(written, true).as_deref(), Some(written));
        }
    }

    #[test]
    fn keys_are_names_of_files() {
        assert!(["a", "a..b", ".a", "_", "a.b-C_9"].into_iter().all(is_allowed));
        assert!(!["", ".", "..", "..a", "a/b", "a b", "ü"].into_iter().any(is_allowed));
    }
}
