//! Bytes as lower-case hexadecimal digits: how digests, fingerprints and serial numbers are written everywhere.

/// `bytes` as text, two digits each.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    push_hex(&mut text, bytes);
    text
}

/// Appends `bytes` to `text`, two digits each.
pub fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn two_digits_each() {
        assert_eq!(hex(&[0, 1, 0x7f, 0xab, 0xff]), "00017fabff");
    }
}
