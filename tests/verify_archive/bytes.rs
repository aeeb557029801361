//! One byte changed, one lost, one too many: always found.

use meshbundle::verify::read_archive;

use crate::verify_archive::ours::{archives, generated};
use crate::verify_archive::read;

fn smallest() -> Vec<u8> {
    let archives = archives(&generated("guide-two-clusters.yaml"));
    archives.into_iter().map(|(_, bytes)| bytes).min_by_key(Vec::len).expect("an archive")
}

/// Every byte of what comes first and last; of what lies between, most of it the installer, every 97th stands for the rest.
fn places(len: usize) -> impl Iterator<Item = usize> {
    (0..len).filter(move |at| *at < 2500 || *at > len - 1500 || at % 97 == 0)
}

/// Changes the byte at `at` by each of `changes`, and demands a finding each time.
fn change(bytes: &mut [u8], at: usize, changes: impl IntoIterator<Item = u8>) {
    for change in changes {
        bytes[at] ^= change;
        assert!(!read_archive(&*bytes, "a").findings.is_empty(), "byte {at} changed by {change:#04x} is not found");
        bytes[at] ^= change;
    }
}

#[test]
fn any_byte_changed_is_found() {
    let mut bytes = smallest();
    assert!(read(&bytes).findings.is_empty());
    for at in places(bytes.len()) {
        let dice = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0] | 1;
        change(&mut bytes, at, [dice, 1 << (at % 8)]);
    }
}

#[test]
fn any_change_of_header_trailer_and_some_others_is_found() {
    let mut bytes = smallest();
    let len = bytes.len();
    // The header has 25 bytes, the trailer 8; what is right behind and before them is of the deflate stream.
    for at in (0..40).chain((40..len - 16).step_by(397)).chain(len - 16..len) {
        change(&mut bytes, at, 1..=255);
    }
}

/// Wherever it is cut off, and with what was read before.
#[test]
fn any_end_too_early_is_found() {
    let bytes = smallest();
    for len in places(bytes.len()) {
        assert!(!read_archive(&bytes[..len], "a").findings.is_empty(), "cut off at {len}");
    }
    let half = read(&bytes[..bytes.len() * 9 / 10]);
    assert!(half.tree.bytes("manifest.json").is_some(), "what stands before the damage is read");
}

#[test]
fn bytes_lost_or_put_in_between_are_found() {
    let bytes = smallest();
    for at in places(bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed.remove(at);
        // The second of two equal bytes is as good as the first.
        assert!(!read_archive(&*changed, "a").findings.is_empty(), "byte {at} lost");
        let mut changed = bytes.clone();
        changed.insert(at, bytes[at].wrapping_add(1));
        assert!(!read_archive(&*changed, "a").findings.is_empty(), "one byte more at {at}");
    }
}
