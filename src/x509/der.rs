//! Strict DER: bytes -> elements, as Go's `golang.org/x/crypto/cryptobyte` reads them.
//!
//! A proof is worth nothing if the other end cannot read the bytes. The agent and etcd parse with cryptobyte, which requires
//! minimal lengths and minimal integers; lenient parsers (`asn1-rs` takes long-form lengths below 128) accept certificates that
//! Go rejects. So this reader rejects what Go's rejects. It knows encodings only, no certificate fields. Nothing here allocates
//! or recurses.

use std::ops::Range;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// The tag byte of a primitive `[number]`, which is also how an IMPLICIT string is tagged.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// The tag byte of a constructed `[number]`.
pub(super) const fn context_constructed(number: u8) -> u8 {
    0xa0 | number
}

/// The unread part, and its position in the whole input.
#[derive(Clone, Copy)]
pub(super) struct DerReader<'a> {
    rest: &'a [u8],
    at: usize,
}

/// One tag-length-value.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    /// Tag, length and content.
    pub(super) der: &'a [u8],
    pub(super) content: &'a [u8],
    at: usize,
}

impl<'a> Element<'a> {
    /// A reader over the content.
    pub(super) fn reader(&self) -> DerReader<'a> {
        DerReader { rest: self.content, at: self.at + self.der.len() - self.content.len() }
    }

    /// The position of `der` in the whole input.
    pub(super) fn span(&self) -> Range<usize> {
        self.at..self.at + self.der.len()
    }
}

/// A BIT STRING whose padding bits are known to be zero.
#[derive(Clone, Copy)]
pub(super) struct BitString<'a> {
    bytes: &'a [u8],
    padding: u8,
}

impl BitString<'_> {
    /// Bit `number` counted from the first; false past the end.
    pub(super) fn bit(&self, number: usize) -> bool {
        // The padding is zero, so it needs no test of its own.
        self.bytes.get(number / 8).is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
    }

    /// The bits as whole bytes with the padding moved to the front (Go encoding/asn1 `BitString.RightAlign`).
    pub(super) fn right_aligned(&self) -> Box<[u8]> {
        if self.padding == 0 {
            return self.bytes.into();
        }
        let mut carried = 0;
        self.bytes
            .iter()
            .map(|byte| {
                let aligned = carried | (byte >> self.padding);
                carried = byte << (8 - self.padding);
                aligned
            })
            .collect()
    }
}

impl<'a> DerReader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self { rest: input, at: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the next element has this tag.
    pub(super) fn peek(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever its tag. High tag numbers (two bytes and more) are not supported, as in cryptobyte.
    pub(super) fn any(&mut self) -> Option<Element<'a>> {
        let (&tag, after_tag) = self.rest.split_first()?;
        let (&first, mut after_length) = after_tag.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let (digits, after) = after_length.split_at_checked(count)?;
            // X.690 10.1: the length takes the fewest octets possible.
            if digits.first() == Some(&0) {
                return None;
            }
            length = digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit));
            if length < 0x80 {
                return None;
            }
            after_length = after;
        }
        let (content, rest) = after_length.split_at_checked(length)?;
        let (der, _) = self.rest.split_at_checked(self.rest.len() - rest.len())?;
        let element = Element { tag, der, content, at: self.at };
        self.at += der.len();
        self.rest = rest;
        Some(element)
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.peek(tag).then(|| self.any())?
    }

    /// The next element if it has this tag: `Some(None)` where it has another, `None` where it is broken.
    #[expect(clippy::option_option, reason = "absent and broken are different answers")]
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<Element<'a>>> {
        if self.peek(tag) { self.any().map(Some) } else { Some(None) }
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.expect(BOOLEAN)?.content {
            [0x00] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The content of an INTEGER in two's complement, in the fewest octets.
    pub(super) fn integer(&mut self, tag: u8) -> Option<&'a [u8]> {
        let content = self.expect(tag)?.content;
        match content {
            [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
            _ => Some(content),
        }
    }

    /// An INTEGER that fits 64 bits with sign.
    pub(super) fn small_integer(&mut self, tag: u8) -> Option<i64> {
        let content = self.integer(tag)?;
        let sign = if content.first()? & 0x80 == 0 { 0 } else { -1 };
        (content.len() <= 8).then(|| content.iter().fold(sign, |sum, byte| sum << 8 | i64::from(*byte)))
    }

    pub(super) fn bit_string(&mut self) -> Option<BitString<'a>> {
        let (&padding, bytes) = self.expect(BIT_STRING)?.content.split_first()?;
        let last = bytes.last().copied();
        if padding > 7 || (last.is_none() && padding != 0) {
            return None;
        }
        (last.unwrap_or(0) & ((1 << padding) - 1) == 0).then_some(BitString { bytes, padding })
    }

    /// An OBJECT IDENTIFIER whose arcs all fit 31 bits; other ones Go cannot hold (cryptobyte `readBase128Int`).
    pub(super) fn oid(&mut self) -> Option<&'a [u8]> {
        let content = self.expect(OBJECT_IDENTIFIER)?.content;
        let mut arc: u32 = 0;
        let mut inside = false;
        for byte in content {
            if (!inside && *byte == 0x80) || arc >= 1 << 24 {
                return None;
            }
            arc = arc << 7 | u32::from(byte & 0x7f);
            inside = byte & 0x80 != 0;
            if !inside {
                arc = 0;
            }
        }
        (!content.is_empty() && !inside).then_some(content)
    }
}

/// The dotted form of an object identifier's content.
pub(super) fn dotted(oid: &[u8]) -> String {
    let mut arcs: Vec<String> = Vec::new();
    let mut arc: u64 = 0;
    for byte in oid {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if arcs.is_empty() {
            // X.690 8.19.4: the first two arcs share one number.
            let top = (arc / 40).min(2);
            arcs.push(top.to_string());
            arc -= top * 40;
        }
        arcs.push(arc.to_string());
        arc = 0;
    }
    arcs.join(".")
}
