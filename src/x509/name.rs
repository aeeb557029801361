//! Distinguished names: DER Name -> checked, common name, printable text.
//!
//! Strings are read as by Go's `parseASN1String` (crypto/x509/parser.go). Names are not compared here: like Go, the chain search
//! compares issuer and subject byte for byte.

use std::fmt::Write;

use crate::x509::der::{DerReader, Element, SEQUENCE, SET, dotted};
use crate::x509::error::CertificateError;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// Short names of attribute types: RFC 4514 section 3, and those of OpenSSL's for the rest.
const SHORT_NAMES: [(&[u8], &str); 12] = [
    (COMMON_NAME, "CN"),
    (&[0x55, 0x04, 0x05], "serialNumber"),
    (&[0x55, 0x04, 0x06], "C"),
    (&[0x55, 0x04, 0x07], "L"),
    (&[0x55, 0x04, 0x08], "ST"),
    (&[0x55, 0x04, 0x09], "STREET"),
    (&[0x55, 0x04, 0x0a], "O"),
    (&[0x55, 0x04, 0x0b], "OU"),
    (&[0x55, 0x04, 0x11], "postalCode"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01], "UID"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19], "DC"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01], "emailAddress"),
];

/// One `type=value` of a name.
struct Attribute<'a> {
    kind: &'a [u8],
    value: String,
}

/// Checks a whole Name and finds its common name: the last one, as Go's `pkix.Name.FillFromRDNSequence` does; an
/// empty one is none.
pub(super) fn common_name(name: &Element<'_>) -> Result<Option<String>, CertificateError> {
    let rdns = relative_names(name)?;
    let last = rdns.into_iter().flatten().rfind(|attribute| attribute.kind == COMMON_NAME);
    Ok(last.map(|attribute| attribute.value).filter(|value| !value.is_empty()))
}

/// A DER Name as in RFC 4514, last part first, with everything that a terminal might interpret as `\XX`; empty if it cannot be read.
pub fn text(name_der: &[u8]) -> String {
    let rdns = DerReader::new(name_der).any().and_then(|name| relative_names(&name).ok()).unwrap_or_default();
    let rdns: Vec<String> = rdns.iter().rev().map(|rdn| rdn.iter().map(Attribute::text).collect::<Vec<_>>().join("+")).collect();
    rdns.join(",")
}

impl Attribute<'_> {
    fn text(&self) -> String {
        let short = SHORT_NAMES.iter().find(|(oid, _)| *oid == self.kind).map(|(_, name)| (*name).to_owned());
        format!("{}={}", short.unwrap_or_else(|| dotted(self.kind)), escaped(&self.value))
    }
}

/// RFC 4514 2.4, and `\XX` for what is not printable.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for (at, c) in value.char_indices() {
        let first = at == 0;
        let last = at + c.len_utf8() == value.len();
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            '#' if first => out.extend(['\\', c]),
            ' ' if first || last => out.extend(['\\', c]),
            '\'' => out.push(c),
            // `escape_debug` knows which characters are printable.
            _ if c.escape_debug().len() > 1 => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\{byte:02x}");
                }
            }
            _ => out.push(c),
        }
    }
    out
}

fn relative_names<'a>(name: &Element<'a>) -> Result<Vec<Vec<Attribute<'a>>>, CertificateError> {
    let malformed = CertificateError::Malformed("name");
    let mut rdns = Vec::new();
    let mut sets = name.reader();
    while !sets.is_empty() {
        let mut set = sets.expect(SET).ok_or_else(|| malformed.clone())?.reader();
        let mut rdn = Vec::new();
        while !set.is_empty() {
            let pair = set.expect(SEQUENCE).and_then(|pair| attribute(pair.reader()));
            rdn.push(pair.ok_or_else(|| malformed.clone())?);
        }
        rdns.push(rdn);
    }
    Ok(rdns)
}

fn attribute(mut pair: DerReader<'_>) -> Option<Attribute<'_>> {
    let kind = pair.oid()?;
    let value = string(&pair.any()?)?;
    Some(Attribute { kind, value })
}

/// Go's `parseASN1String`.
fn string(value: &Element<'_>) -> Option<String> {
    const UTF8: u8 = 0x0c;
    const NUMERIC: u8 = 0x12;
    const PRINTABLE: u8 = 0x13;
    const T61: u8 = 0x14;
    const IA5: u8 = 0x16;
    const BMP: u8 = 0x1e;

    let bytes = value.content;
    let ascii_if = |good: fn(&u8) -> bool| bytes.iter().all(good).then(|| bytes.iter().copied().map(char::from).collect());
    match value.tag {
        UTF8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        // `*` and `&` are not PrintableString characters, but Go lets them pass.
        PRINTABLE => ascii_if(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(byte)),
        NUMERIC => ascii_if(|byte| byte.is_ascii_digit() || *byte == b' '),
        IA5 => ascii_if(u8::is_ascii),
        // Read as Latin-1, as Go and BoringSSL do.
        T61 => ascii_if(|_| true),
        BMP => bmp(bytes),
        _ => None,
    }
}

/// UCS-2 without surrogates and noncharacters; one closing NUL is dropped.
fn bmp(bytes: &[u8]) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let pairs = pairs.strip_suffix(&[[0, 0]]).unwrap_or(pairs);
    pairs
        .iter()
        .map(|pair| match u16::from_be_bytes(*pair) {
            0xfffe | 0xffff | 0xfdd0..=0xfdef => None,
            point => char::from_u32(u32::from(point)),
        })
        .collect()
}
