//! DER by hand: what no issuing tool would write.

pub(crate) const SEQUENCE: u8 = 0x30;

/// Tag, length and the contents one after another.
pub(crate) fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    match length {
        [] => out.push(0),
        [short @ ..0x80] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).expect("a short length"));
            out.extend(long);
        }
    }
    out.extend(content);
    out
}

pub(crate) fn sequence(contents: &[Vec<u8>]) -> Vec<u8> {
    der(SEQUENCE, &contents.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// An object identifier from its arcs, which are small.
pub(crate) fn oid(arcs: &[u32]) -> Vec<u8> {
    let mut content = vec![u8::try_from(arcs[0] * 40 + arcs[1]).expect("small first arcs")];
    for arc in &arcs[2..] {
        let groups = (0..5).rev().map(|group| (arc >> (7 * group)) & 0x7f).skip_while(|group| *group == 0);
        let mut groups: Vec<u8> = groups.map(|group| u8::try_from(group).expect("7 bits") | 0x80).collect();
        match groups.last_mut() {
            Some(last) => *last &= 0x7f,
            None => groups.push(0),
        }
        content.extend(groups);
    }
    der(0x06, &[&content])
}

/// A small INTEGER, not negative.
pub(crate) fn integer(tag: u8, number: u8) -> Vec<u8> {
    if number < 0x80 { der(tag, &[&[number]]) } else { der(tag, &[&[0, number]]) }
}
