//! Base64 as Go's `base64.StdEncoding` decodes it (encoding/base64/base64.go, `decodeQuantum`), and its encoding.
//!
//! Line ends are skipped anywhere, and so are spaces and tabs, which `encoding/pem` removes before (`removeSpacesAndTabs`).
//! Bits that the last symbol has too many are not looked at: Go's encoding is not strict.

use zeroize::Zeroizing;

const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes behind `text`, or nothing where Go reports an error. They may be a key's, so they are wiped.
pub(super) fn decode(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut symbols = text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b'\t'));
    // All that it can become: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3 + 3));
    let (mut group, mut count) = (0_u32, 0_u8);
    while let Some(symbol) = symbols.next() {
        if symbol == b'=' {
            let full = match count {
                2 => symbols.next() == Some(b'='),
                3 => true,
                _ => false,
            };
            if !full || symbols.next().is_some() {
                return None;
            }
            let [_, first, second, _] = (group << (6 * (4 - u32::from(count)))).to_be_bytes();
            bytes.push(first);
            if count == 3 {
                bytes.push(second);
            }
            return Some(bytes);
        }
        group = group << 6 | value(symbol)?;
        count += 1;
        if count == 4 {
            let [_, whole @ ..] = group.to_be_bytes();
            bytes.extend_from_slice(&whole);
            (group, count) = (0, 0);
        }
    }
    (count == 0).then_some(bytes)
}

/// `bytes` as one line, padded.
pub(super) fn encode(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(bytes.len().div_ceil(3) * 4));
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| chunk.get(place).map_or(0, |byte| u32::from(*byte));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let symbol = SYMBOLS.get((group >> shift) as usize & 63).copied().unwrap_or(b'=');
            text.push(if place > chunk.len() { b'=' } else { symbol });
        }
    }
    text
}

/// Whether `byte` can be part of base64.
pub(super) fn is_symbol(byte: u8) -> bool {
    value(byte).is_some() || byte == b'='
}

fn value(symbol: u8) -> Option<u32> {
    Some(u32::from(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_is_encoded_is_decoded() {
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(decode(&encode(&bytes)).as_deref(), Some(&bytes), "{length}");
        }
    }

    #[test]
    fn padding_is_read_as_go_reads_it() {
        for (text, bytes) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zh==", Some("f")),
            ("Z\ng=\r\n = \t", Some("f")),
            ("Zg=", None),
            ("Zg", None),
            ("Zg==Zg==", None),
            ("Z===", None),
            ("=", None),
            ("Zm8=\0", None),
            ("Zm9v=", None),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref().map(Vec::as_slice), bytes.map(str::as_bytes), "{text:?}");
        }
    }
}
