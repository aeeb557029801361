//! Extensions put together by hand: every one that Go reads, with values that fit one or another of them.

use crate::chain_judges::der::{der, integer, oid, sequence};
use crate::chain_judges::shapes::{Parts, bits, extension, null};

fn values() -> Vec<Vec<u8>> {
    let uri = der(0x86, &[b"http://a/"]);
    let access = |location: &[u8]| sequence(&[sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 48, 1]), location.to_vec()])]);
    let point = |fields: &[u8]| sequence(&[sequence(&[fields.to_vec()])]);
    vec![
        Vec::new(),
        null(),
        vec![0x30, 0x80, 0, 0],
        vec![0x30, 0x81, 0],
        sequence(&[]),
        [sequence(&[]), null()].concat(),
        sequence(&[null()]),
        bits(0, &[0x80]),
        bits(1, &[0x81]),
        bits(7, &[0x80, 0x80]),
        bits(0, &[]),
        der(0x04, &[b"id"]),
        der(0x04, &[]),
        integer(0x02, 1),
        der(0x02, &[&[0x80]]),
        der(0x02, &[&[0x7f; 9]]),
        sequence(&[der(0x01, &[&[0xff]])]),
        sequence(&[der(0x01, &[&[1]])]),
        sequence(&[der(0x01, &[&[0]]), integer(0x02, 3)]),
        sequence(&[der(0x01, &[&[0xff]]), der(0x02, &[&[0xff]])]),
        sequence(&[der(0x01, &[&[0xff]]), der(0x02, &[&[0x7f; 8]])]),
        sequence(&[der(0x01, &[&[0xff]]), der(0x02, &[&[0, 0xff, 0, 0, 0, 0, 0, 0, 0]])]),
        sequence(&[der(0x80, &[b"id"])]),
        sequence(&[der(0x80, &[&[1]]), der(0x81, &[&[0]])]),
        sequence(&[der(0x80, &[&[0, 1]])]),
        sequence(&[der(0x81, &[&[0x80]])]),
        sequence(&[der(0x82, &[b"a.mesh"])]),
        sequence(&[der(0x82, &[b"\xff"])]),
        sequence(&[der(0x81, &[b"\xff"])]),
        sequence(&[der(0x87, &[&[10, 1, 1]])]),
        sequence(&[der(0x87, &[&[1; 16]])]),
        sequence(&[der(0x88, &[&[1]])]),
        sequence(&[der(0xa4, &[&sequence(&[])])]),
        sequence(&[der(0x9f, &[&[1]])]),
        sequence(std::slice::from_ref(&uri)),
        sequence(&[oid(&[1, 2, 3])]),
        sequence(&[oid(&[1, 2, 3]), null()]),
        sequence(&[der(0x06, &[&[0x2a, 0x80, 1]])]),
        sequence(&[sequence(&[oid(&[1, 2, 3])])]),
        sequence(&[sequence(&[oid(&[1, 2, 3])]), sequence(&[oid(&[1, 2, 3])])]),
        sequence(&[sequence(&[oid(&[1, 2, 3]), oid(&[1, 2, 4])])]),
        sequence(&[sequence(&[der(0x06, &[&[0x2a, 0x80]])])]),
        sequence(&[sequence(&[der(0x06, &[&[0x2a, 0x8f, 0xff, 0xff, 0xff, 0xff, 0x7f]])])]),
        sequence(&[der(0xa0, &[])]),
        sequence(&[der(0xa0, &[&sequence(&[der(0x82, &[b"mesh"])])])]),
        sequence(&[der(0xa0, &[&sequence(&[der(0x82, &[b"mesh."])])])]),
        sequence(&[der(0xa1, &[&sequence(&[der(0x87, &[&[10, 0, 0, 0, 255, 0, 0, 0]])])])]),
        sequence(&[der(0xa1, &[&sequence(&[der(0x87, &[&[10, 0, 0, 0, 0, 255, 0, 0]])])])]),
        sequence(&[der(0xa1, &[&sequence(&[der(0x87, &[&[0; 20]])])])]),
        sequence(&[der(0xa1, &[&sequence(&[der(0xa4, &[&sequence(&[])])])])]),
        sequence(&[der(0xa1, &[&sequence(&[der(0x86, &[b"10.1.1.1"])])])]),
        sequence(&[der(0xa0, &[&sequence(&[der(0x82, &[b"a"])])]), null()]),
        access(&uri),
        access(&null()),
        access(&[]),
        access(&[0x86, 9]),
        point(&der(0xa0, &[&der(0xa0, std::slice::from_ref(&uri.as_slice()))])),
        point(&der(0xa0, &[&der(0xa1, &[])])),
        point(&der(0xa0, &[])),
        point(&der(0x81, &[&[0]])),
    ]
}

/// Certificates with one extension each.
pub(crate) fn all() -> Vec<(String, Parts)> {
    let mut all = Vec::new();
    for value in &values() {
        for number in [14, 15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54, 99] {
            for critical in [None, Some(0xff)] {
                let parts = Parts::with_extension(extension(number, critical, value));
                all.push((format!("extension {number} {critical:?} {value:x?}"), parts));
            }
        }
        let access = sequence(&[oid(&[1, 3, 6, 1, 5, 5, 7, 1, 1]), der(0x04, &[value])]);
        all.push((format!("authority information access {value:x?}"), Parts::with_extension(access)));
    }
    let twice = [extension(99, None, &[]), extension(99, None, &[])].concat();
    all.push(("an extension twice".to_owned(), Parts::with_extension(twice)));
    all.push(("critical that is neither true nor false".to_owned(), Parts::with_extension(extension(99, Some(1), &[]))));
    all.push(("critical, but false".to_owned(), Parts::with_extension(extension(99, Some(0), &[]))));
    all
}
