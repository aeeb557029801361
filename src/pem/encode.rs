//! A block as text: lines of 64 symbols, line feeds only, as Go's and OpenSSL's.

use zeroize::Zeroizing;

use super::base64;
use super::block::{CERTIFICATE, PRIVATE_KEY};
use super::der::DerKind;

/// Symbols of a line (RFC 7468 section 2).
const LINE: usize = 64;

/// A certificate as a block.
pub fn certificate(der: &[u8]) -> String {
    std::mem::take(&mut *block(CERTIFICATE, der))
}

/// A private key as a block with the label of its kind; wiped when dropped.
pub fn key(der: &[u8]) -> Zeroizing<String> {
    let label = match DerKind::of(der) {
        Some(DerKind::Pkcs1) => "RSA PRIVATE KEY",
        Some(DerKind::Sec1) => "EC PRIVATE KEY",
        _ => PRIVATE_KEY,
    };
    block(label, der)
}

fn block(label: &str, der: &[u8]) -> Zeroizing<String> {
    let symbols = base64::encode(der);
    let lines = symbols.len() + symbols.len().div_ceil(LINE);
    let mut text = Zeroizing::new(String::with_capacity(lines + 2 * label.len() + 32));
    for part in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(part);
    }
    for line in symbols.chunks(LINE) {
        text.extend(line.iter().map(|symbol| char::from(*symbol)));
        text.push('\n');
    }
    for part in ["-----END ", label, "-----\n"] {
        text.push_str(part);
    }
    text
}
