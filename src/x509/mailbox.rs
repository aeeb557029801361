//! Mail addresses in certificates: text -> local part and domain, as Go's `parseRFC2821Mailbox`.
//!
//! Only name constraints need it: an unreadable address below a constraining CA breaks the chain.

use crate::x509::domain_name::domain_name_valid;

/// An address in two parts; the domain is in lower case, quoting is gone from the local part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    local: Vec<u8>,
    domain: String,
}

impl Mailbox {
    /// Reads an address, or a constraint that is a whole address.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let (local, rest) = match address.strip_prefix('"') {
            Some(quoted) => quoted_string(quoted.as_bytes())?,
            None => dot_atom(address.as_bytes())?,
        };
        let domain = std::str::from_utf8(rest.strip_prefix(b"@")?).ok()?;
        domain_name_valid(domain, false).then(|| Self { local, domain: domain.to_ascii_lowercase() })
    }

    /// The part after the `@`.
    pub(super) fn domain(&self) -> &str {
        &self.domain
    }
}

/// The text before the closing quote, and the rest. RFC 2821 4.1.2, and the blank that RFC 3696 shows.
fn quoted_string(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((local, rest)),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                if !matches!(escaped, 1..=9 | 11 | 12 | 14..=127) {
                    return None;
                }
                local.push(escaped);
                rest = after;
            }
            1..=8 | 11 | 12 | 14..=33 | 35..=91 | 93..=127 => local.push(byte),
            _ => return None,
        }
    }
}

/// Atoms with single dots between, and what follows them. A backslash escapes one more character (RFC 3696).
fn dot_atom(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut local: Vec<u8> = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match byte {
            b'\\' => {
                let (&escaped, after) = after.split_first()?;
                (escaped, after)
            }
            _ if byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte) => (byte, after),
            _ => break,
        };
        local.push(byte);
        rest = after;
    }
    let dots_valid = local.split(|byte| *byte == b'.').all(|atom| !atom.is_empty());
    dots_valid.then_some((local, rest))
}
