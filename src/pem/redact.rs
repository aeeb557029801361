//! Private keys in text that is shown to people: their data is blotted out, and everything stays where it is.

use std::ops::Range;

use zeroize::Zeroize;

use super::block::{BEGIN, DASHES, find, is_private_key};

/// Puts an `x` in place of every symbol of every private key in `text`, and returns where their BEGIN lines are. The text may have
/// a key as a program's string, with `\n` for line ends.
pub fn redact_keys(text: &mut String) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(begin) = find(rest.as_bytes(), BEGIN) {
        let (before, behind) = rest.split_at(begin + BEGIN.len());
        clean.push_str(before);
        let dashes = find(behind.as_bytes(), DASHES);
        let key = dashes.and_then(|dashes| {
            let (label, data) = behind.split_at_checked(dashes)?;
            let (dashes, data) = data.split_at_checked(DASHES.len())?;
            (!label.contains('\n') && is_private_key(label)).then_some((label, dashes, data))
        });
        let Some((label, dashes, data)) = key else {
            rest = behind;
            continue;
        };
        let start = clean.len() - BEGIN.len();
        clean.push_str(label);
        clean.push_str(dashes);
        places.push(start..clean.len());
        let (data, after) = data.split_at(find(data.as_bytes(), DASHES).unwrap_or(data.len()));
        blot(data, &mut clean);
        rest = after;
    }
    if !places.is_empty() {
        clean.push_str(rest);
        std::mem::replace(text, clean).zeroize();
    }
    places
}

fn blot(data: &str, to: &mut String) {
    let mut escaped = false;
    for letter in data.chars() {
        let shown = escaped || !(letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '='));
        escaped = letter == '\\' && !escaped;
        to.push(if shown { letter } else { 'x' });
    }
}

#[cfg(test)]
mod tests {
    use super::redact_keys;

    #[test]
    fn of_a_key_nothing_is_left_but_its_lines() {
        let mut text = "a: |\n  -----BEGIN EC PRIVATE KEY-----\n  MHc+/w==\n  -----END EC PRIVATE KEY-----\nb: \"-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----\"\n# -----BEGIN PRIVATE KEY-----\n# MIIC\n".to_owned();
        let places = redact_keys(&mut text);
        let lines = places.into_iter().map(|place| text[place].to_owned());
        let (sec1, pkcs8) = ("-----BEGIN EC PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----");
        assert_eq!(lines.collect::<Vec<_>>(), [sec1, pkcs8, pkcs8]);
        assert_eq!(
            text,
            "a: |\n  -----BEGIN EC PRIVATE KEY-----\n  xxxxxxxx\n  -----END EC PRIVATE KEY-----\nb: \"-----BEGIN PRIVATE KEY-----\\nxxxx\\n-----END PRIVATE KEY-----\"\n# -----BEGIN PRIVATE KEY-----\n# xxxx\n"
        );
        let mut text = "a: b # -----BEGIN CERTIFICATE-----\n".to_owned();
        assert!(redact_keys(&mut text).is_empty());
        assert_eq!(text, "a: b # -----BEGIN CERTIFICATE-----\n");
    }
}
