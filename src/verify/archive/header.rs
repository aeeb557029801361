//! A tar header block (POSIX.1-2017 pax, "ustar Interchange Format"): what it says, and where it differs from ours.
//!
//! meshbundle writes one spelling of everything, so a header is ours if it is, byte for byte, the header that its own name,
//! type, mode and size give.

use std::ops::Range;

use super::kinds::{self, EntryKind};
use super::limits;

pub(super) const BLOCK: usize = 512;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const SIZE: Range<usize> = 124..136;
const SUM: Range<usize> = 148..156;
const TYPE: usize = 156;
const MAGIC: Range<usize> = 257..265;
const PREFIX: Range<usize> = 345..500;

/// The first second of 2000: the time of every entry.
const MTIME: &[u8] = b"07033241600\0";

/// Magic and version of POSIX, which GNU tar writes otherwise.
const USTAR: &[u8; 8] = b"ustar\x0000";
const GNU: &[u8; 8] = b"ustar  \0";

/// What an entry with a long name is called.
pub(super) const LONG_NAME: &[u8] = b"././@LongLink";

/// Every field, with the word for it.
const FIELDS: [(&str, Range<usize>); 16] = [
    ("name", NAME),
    ("mode", MODE),
    ("owner", 108..116),
    ("group", 116..124),
    ("size", SIZE),
    ("time", 136..148),
    ("checksum", SUM),
    ("type", TYPE..TYPE + 1),
    ("link", 157..257),
    ("format", MAGIC),
    ("name of the owner", 265..297),
    ("name of the group", 297..329),
    ("device", 329..337),
    ("device", 337..345),
    ("name", PREFIX),
    ("reserved bytes", 500..BLOCK),
];

/// What an entry is, as far as a bundle has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    File,
    Folder,
    /// The name of the next entry.
    LongName,
}

/// A header as it was read.
pub(super) struct Header<'a>(pub(super) &'a [u8; BLOCK]);

impl Header<'_> {
    /// What the entry is, or what it is that bundles do not have.
    pub(super) fn what(&self) -> Result<What, &'static EntryKind> {
        match self.0[TYPE] {
            b'0' | 0 => Ok(What::File),
            b'5' => Ok(What::Folder),
            b'L' => Ok(What::LongName),
            b'1' => Err(&kinds::HARD_LINK),
            b'2' => Err(&kinds::SYMBOLIC_LINK),
            b'3' | b'4' => Err(&kinds::DEVICE),
            b'6' => Err(&kinds::PIPE),
            b'7' => Err(&kinds::CONTIGUOUS),
            b'S' => Err(&kinds::SPARSE),
            b'x' | b'g' | b'X' => Err(&kinds::PAX),
            b'K' => Err(&kinds::LONG_LINK),
            _ => Err(&kinds::UNKNOWN),
        }
    }

    /// Whether programs may take the next entry for another because of this one.
    pub(super) fn renames_the_next(&self) -> bool {
        matches!(self.0[TYPE], b'x' | b'X' | b'K')
    }

    /// The path that is in the header, as it stands there.
    pub(super) fn path(&self) -> Vec<u8> {
        let (name, prefix) = (text(&self.0[NAME]), text(&self.0[PREFIX]));
        // Only POSIX has a prefix there; GNU tar has times.
        if self.0[MAGIC] != *USTAR || prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    /// The name field alone, which is what stays of a long name.
    pub(super) fn short_name(&self) -> &[u8] {
        text(&self.0[NAME])
    }

    pub(super) fn size(&self) -> Option<u64> {
        number(&self.0[SIZE])
    }

    /// Permission bits; 0 if there is no number.
    pub(super) fn mode(&self) -> u32 {
        number(&self.0[MODE]).and_then(|mode| u32::try_from(mode & 0o7777).ok()).unwrap_or_default()
    }

    pub(super) fn sum_holds(&self) -> bool {
        number(&self.0[SUM]) == Some(sum(self.0))
    }

    /// The fields that are not as meshbundle writes them for this path, which has a slash at its end if it is a folder's.
    /// `long`: an entry with the name stands before this one.
    pub(super) fn differences(&self, what: What, path: &[u8], top: bool, long: bool) -> Vec<&'static str> {
        let mut ours = [0; BLOCK];
        let (prefix, name) = if long { (&b""[..], path) } else { split(path).unwrap_or((b"", path)) };
        put(&mut ours[NAME], name);
        put(&mut ours[PREFIX], prefix);
        let modes: &[u32] = match what {
            What::Folder if top => &[0o700],
            What::Folder => &[0o755],
            What::File if is_installer(path) => &[0o755],
            What::File => &[0o644, 0o600],
            What::LongName => &[0o644],
        };
        // Of several modes the one that it has, or else any.
        let mode = modes.iter().copied().find(|mode| *mode == self.mode()).or(modes.first().copied()).unwrap_or_default();
        octal(&mut ours[MODE], mode.into());
        put(&mut ours[108..116], b"0000000");
        put(&mut ours[116..124], b"0000000");
        octal(&mut ours[SIZE], self.size().unwrap_or_default());
        put(&mut ours[136..148], MTIME);
        // Of a header that differs, the sum does, too: it is the way in which it is written that counts.
        octal(&mut ours[SUM], sum(self.0));
        ours[TYPE] = match what {
            What::File => b'0',
            What::Folder => b'5',
            What::LongName => b'L',
        };
        put(&mut ours[MAGIC], if what == What::LongName { GNU } else { USTAR });
        if ours == *self.0 {
            return Vec::new();
        }
        let differs = |(_, range): &&(&str, Range<usize>)| self.0.get(range.clone()) != ours.get(range.clone());
        FIELDS.iter().filter(differs).map(|(word, _)| *word).collect()
    }
}

/// The one program in a bundle stands right in its top folder.
fn is_installer(path: &[u8]) -> bool {
    path.strip_suffix(b"/install.sh").is_some_and(|top| !top.contains(&b'/'))
}

/// Prefix and name of a path that fits a header: split at the last slash that leaves a prefix that fits, if need be, but
/// never at the one that ends a folder's name.
pub(super) fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if path.len() <= NAME.len() {
        return Some((b"", path));
    }
    let reach = (PREFIX.len() + 1).min(path.len() - 1);
    let at = path.get(..reach)?.iter().rposition(|byte| *byte == b'/')?;
    let (prefix, name) = (path.get(..at)?, path.get(at + 1..)?);
    (name.len() <= NAME.len()).then_some((prefix, name))
}

/// The name in the content of a long name entry: it ends with its only NUL.
pub(super) fn long_name(content: &[u8]) -> Option<&[u8]> {
    let name = content.strip_suffix(b"\0")?;
    (!name.is_empty() && name.len() <= limits::NAME && !name.contains(&0)).then_some(name)
}

/// The sum over a header, for which the field that holds it counts as spaces.
fn sum(block: &[u8; BLOCK]) -> u64 {
    let all: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    let own: u64 = block[SUM].iter().map(|byte| u64::from(*byte)).sum();
    all - own + SUM.len() as u64 * u64::from(b' ')
}

/// A text up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in GNU tar's binary form, which has the highest bit set; none if it is negative or no number.
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => {
            let (high, low) = rest.split_last_chunk::<8>().unwrap_or((rest, &[0; 8]));
            let low = u64::from_be_bytes(*low);
            Some(if high.iter().all(|byte| *byte == 0) { low } else { u64::MAX })
        }
        [0x81..=0xbf, ..] => Some(u64::MAX),
        _ => {
            let digits = std::str::from_utf8(text(field).trim_ascii()).ok()?;
            match digits {
                "" => Some(0),
                // `from_str_radix` takes a sign.
                _ if digits.starts_with('+') => None,
                _ => u64::from_str_radix(digits, 8).ok(),
            }
        }
    }
}

/// Writes octal digits, and leaves the NUL behind them.
fn octal(field: &mut [u8], mut number: u64) {
    for digit in field.iter_mut().rev().skip(1) {
        // Three bits are a digit.
        *digit = b'0' + (number & 7) as u8;
        number >>= 3;
    }
}

/// Copies what fits.
fn put(field: &mut [u8], bytes: &[u8]) {
    for (to, from) in field.iter_mut().zip(bytes) {
        *to = *from;
    }
}
