//! DER elements: bytes -> elements, elements -> bytes.
//!
//! Only what certificates and private keys need: one-byte tags and definite, minimal lengths
//! (X.690 8.1.2, 8.1.3, 10.1). It does not interpret what it reads. Reading past the end gives `None`, never a panic.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// The tag of a constructed, context-specific element, `[number]`.
pub(super) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// One element of the input.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// The identifier octet.
    pub(super) tag: u8,
    /// Identifier, length and content.
    pub(super) whole: &'a [u8],
    /// The content alone.
    pub(super) content: &'a [u8],
}

/// Reads elements one after the other.
pub(super) struct DerReader<'a> {
    rest: &'a [u8],
}

impl<'a> DerReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// A reader of the content of the one element that fills `bytes`.
    pub(super) fn inside(bytes: &'a [u8], tag: u8) -> Option<Self> {
        let mut outer = Self::new(bytes);
        let content = outer.expect(tag)?;
        outer.rest.is_empty().then(|| Self::new(content))
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element, whatever its tag.
    pub(super) fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, after_tag) = self.rest.split_first()?;
        let (&first, after_first) = after_tag.split_first()?;
        let (length, content_on) = if first < 0x80 {
            (usize::from(first), after_first)
        } else {
            let (octets, content_on) = after_first.split_at_checked(usize::from(first & 0x7f))?;
            (long_length(octets)?, content_on)
        };
        let (content, rest) = content_on.split_at_checked(length)?;
        let whole = self.rest.get(..self.rest.len() - rest.len())?;
        self.rest = rest;
        Some(Element { tag, whole, content })
    }

    /// The content of the next element, which has to carry `tag`.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element().filter(|element| element.tag == tag).map(|element| element.content)
    }

    /// The content of the next element if it carries `tag`; otherwise nothing is consumed.
    pub(super) fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        if self.rest.first() == Some(&tag) { self.expect(tag) } else { None }
    }
}

/// A length in the long form; no octets at all would be the indefinite form, which DER forbids.
fn long_length(octets: &[u8]) -> Option<usize> {
    if octets.is_empty() || octets.len() > 4 || octets.first() == Some(&0) {
        return None;
    }
    let length = octets.iter().fold(0_usize, |length, &octet| (length << 8) | usize::from(octet));
    (length >= 0x80).then_some(length)
}

/// One element around `parts`. It is allocated once, at its size: a secret among the parts leaves
/// no copy behind in a buffer that was outgrown.
pub(super) fn encode(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let leading = octets.iter().take_while(|&&octet| octet == 0).count();
    let significant = octets.get(leading..).unwrap_or_default();
    let mut out = Vec::with_capacity(2 + octets.len() + length);
    out.push(tag);
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x80 | u8::try_from(significant.len()).unwrap_or_default());
            out.extend_from_slice(significant);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{DerReader, OCTET_STRING, SEQUENCE, encode};

    #[test]
    fn what_is_written_is_read_at_every_length_form() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let written = encode(OCTET_STRING, &[&content]);
            let mut reader = DerReader::new(&written);
            let read = reader.element().map(|element| (element.whole, element.content));
            assert_eq!(read, Some((&*written, &*content)));
            assert!(reader.rest().is_empty());
        }
    }

    #[test]
    fn lengths_that_are_not_der_are_refused() {
        let cases: [&[u8]; 6] = [
            &[],
            &[0x30],
            &[0x30, 0x80, 0x00, 0x00],       // indefinite
            &[0x30, 0x81, 0x01, 0x00],       // long form for a short length
            &[0x30, 0x82, 0x00, 0x80],       // leading zero
            &[0x30, 0x84, 0xff, 0xff, 0xff], // cut off
        ];
        for bytes in cases {
            assert!(DerReader::new(bytes).element().is_none(), "{bytes:02x?}");
        }
        assert!(DerReader::inside(&[0x30, 0x00, 0x00], SEQUENCE).is_none());
    }
}
