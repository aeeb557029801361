//! The type of a scalar without quotes: YAML 1.2's core schema (10.3.2), for the parts in which parsers agree.
//!
//! Input: the text of a plain scalar. Output: whether it is a number or a truth value. It reads no value that is text.

/// A whole number in the form that all YAML parsers read alike: no leading zeros, no other base.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let alike = all_digits(digits) && (digits == "0" || !digits.starts_with('0'));
    if alike { text.parse().ok() } else { None }
}

/// Whether it would be such a whole number if it had fewer digits.
pub(super) fn is_too_large(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    all_digits(digits) && !digits.starts_with('0') && text.parse::<i64>().is_err()
}

/// `true` or `false`.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether some parser reads it as a number: the core schema's forms, and the leading zeros and binary digits of YAML 1.1.
pub(crate) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let based = |prefix: &str, base: u32| {
        unsigned.strip_prefix(prefix).is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(base)))
    };
    if based("0x", 16) || based("0o", 8) || based("0b", 2) || matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let exponent_ok = exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.is_empty() || all_digits(text);
    exponent_ok && digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{integer, is_number};

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        for number in ["0", "-7", "+7", "007", "1.", ".5", "1.20", "-1.5e-3", "2E8", "0x1F", "0o17", "0b1", "-.inf", ".nan"] {
            assert!(is_number(number), "{number}");
        }
        for text in ["", ".", "-", "e5", "1e", "inf", "nan", "infinity", "1_000", "1.2.3", "0xg", "10.0.0.1", "1-2", "+.nan"] {
            assert!(!is_number(text), "{text}");
        }
    }

    #[test]
    fn integers_are_those_that_all_parsers_read_alike() {
        assert_eq!(integer("101"), Some(101));
        assert_eq!(integer("-1"), Some(-1));
        for other in ["0101", "0x65", "101.0", "1e2", "", "+", "99999999999999999999"] {
            assert_eq!(integer(other), None, "{other}");
        }
    }
}
