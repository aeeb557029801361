//! Base64 as Go's `base64.StdEncoding` decodes it (encoding/base64/base64.go, `decodeQuantum`), and its encoding.
//!
//! Line ends are skipped anywhere, and so are spaces and tabs, which `encoding/pem` removes before (`removeSpacesAndTabs`).
//! Excess bits of the last symbol are ignored: Go's encoding is not strict.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::wiped::Wiped;

const GO: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// The bytes behind `text`, or nothing where Go reports an error. They may be a key's, so they are wiped.
pub fn decode(text: &[u8]) -> Option<Wiped> {
    // The full capacity at once: a vector that grows leaves copies behind.
    let mut symbols = Wiped::from(Vec::with_capacity(text.len()));
    symbols.extend(text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b'\t')));
    let mut bytes = Wiped::from(vec![0; base64::decoded_len_estimate(symbols.len())]);
    let length = GO.decode_slice(&*symbols, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// `bytes` as one line, padded.
pub fn encode(bytes: &[u8]) -> Wiped {
    let mut text = Wiped::from(vec![0; bytes.len().div_ceil(3) * 4]);
    let length = GO.encode_slice(bytes, &mut text).unwrap_or_default();
    text.truncate(length);
    text
}

/// Whether `byte` can be part of base64.
pub(super) fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
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
