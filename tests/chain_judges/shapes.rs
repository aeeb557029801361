//! Certificates put together by hand from good and odd parts: what Go cannot read, ours must not read either.
//! The signature is never looked at here.

use meshbundle::x509::{Certificate, SignatureAlgorithm};
use time::macros::datetime;

use crate::chain_judges::agreement;
use crate::chain_judges::der::{SEQUENCE, der, integer, oid, sequence};
use crate::chain_judges::shapes_extensions;
use crate::support::dice::Dice;
use crate::support::judges::{go_on_algorithms, go_on_parsing};

const SHA256_RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 11];
const RSA_PSS: &[u32] = &[1, 2, 840, 113_549, 1, 1, 10];
const RSA: &[u32] = &[1, 2, 840, 113_549, 1, 1, 1];
const EC: &[u32] = &[1, 2, 840, 10045, 2, 1];
const P256: &[u32] = &[1, 2, 840, 10045, 3, 1, 7];

/// The fields of a certificate, each whole.
#[derive(Clone)]
pub(crate) struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    outer_algorithm: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    rest: Vec<u8>,
    signature: Vec<u8>,
}

impl Parts {
    pub(crate) fn good() -> Self {
        let algorithm = sequence(&[oid(SHA256_RSA), null()]);
        Self {
            version: der(0xa0, &[&integer(0x02, 2)]),
            serial: integer(0x02, 1),
            outer_algorithm: algorithm.clone(),
            algorithm,
            issuer: name(0x0c, b"mesh"),
            validity: sequence(&[utc(b"200101000000Z"), utc(b"400101000000Z")]),
            subject: name(0x0c, b"leaf"),
            spki: rsa_key(&[0, 0x9d, 1, 1], &[1, 0, 1], &null()),
            rest: Vec::new(),
            signature: bits(0, &[1, 2, 3]),
        }
    }

    pub(crate) fn with_extension(extension: Vec<u8>) -> Self {
        Self { rest: der(0xa3, &[&sequence(&[extension])]), ..Self::good() }
    }

    pub(crate) fn with_subject(subject: Vec<u8>) -> Self {
        Self { subject, ..Self::good() }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let body = [&self.version, &self.serial, &self.algorithm, &self.issuer, &self.validity, &self.subject, &self.spki];
        let body = sequence(&[body.into_iter().flatten().copied().collect::<Vec<u8>>(), self.rest.clone()]);
        sequence(&[body, self.outer_algorithm.clone(), self.signature.clone()])
    }
}

pub(crate) fn null() -> Vec<u8> {
    der(0x05, &[])
}

fn utc(text: &[u8]) -> Vec<u8> {
    der(0x17, &[text])
}

fn generalized(text: &[u8]) -> Vec<u8> {
    der(0x18, &[text])
}

pub(crate) fn bits(padding: u8, bytes: &[u8]) -> Vec<u8> {
    der(0x03, &[&[padding], bytes])
}

fn name(tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[der(0x31, &[&sequence(&[oid(&[2, 5, 4, 3]), der(tag, &[value])])])])
}

fn rsa_key(modulus: &[u8], exponent: &[u8], parameters: &[u8]) -> Vec<u8> {
    let key = sequence(&[der(0x02, &[modulus]), der(0x02, &[exponent])]);
    sequence(&[sequence(&[oid(RSA), parameters.to_vec()]), bits(0, &key)])
}

pub(crate) fn extension(number: u32, critical: Option<u8>, value: &[u8]) -> Vec<u8> {
    let critical = critical.map_or_else(Vec::new, |byte| der(0x01, &[&[byte]]));
    sequence(&[oid(&[2, 5, 29, number]), critical, der(0x04, &[value])])
}

/// A good certificate but for one thing, and what that is.
fn odd(name: impl Into<String>, change: impl FnOnce(&mut Parts)) -> (String, Parts) {
    let mut parts = Parts::good();
    change(&mut parts);
    (name.into(), parts)
}

fn odd_ones() -> Vec<(String, Parts)> {
    let mut all = vec![
        odd("good", |_| ()),
        odd("no version", |parts| parts.version = Vec::new()),
        odd("a byte after the version", |parts| {
            parts.version = der(0xa0, &[&integer(0x02, 2), &[0]]);
        }),
        odd("two algorithms", |parts| {
            parts.outer_algorithm = sequence(&[oid(RSA_PSS), null()]);
        }),
        odd("empty subject", |parts| parts.subject = sequence(&[])),
        odd("subject with an empty set", |parts| {
            parts.subject = sequence(&[der(0x31, &[])]);
        }),
        odd("issuer that is a set", |parts| {
            parts.issuer = der(0x31, &[]);
        }),
        odd("signature that is no bit string", |parts| {
            parts.signature = null();
        }),
        odd("bytes after the body's fields", |parts| parts.rest = null()),
        odd("unique identifiers", |parts| {
            parts.rest = [der(0x81, &[&[0, 1]]), der(0x82, &[&[0, 1]])].concat();
        }),
        odd("version 1 with extensions", |parts| {
            *parts = Parts { version: Vec::new(), ..Parts::with_extension(extension(15, None, &[])) };
        }),
    ];
    all.extend(heads());
    all.extend(subjects());
    all.extend(keys());
    all.extend(shapes_extensions::all());
    all
}

/// Numbers and algorithms.
fn heads() -> Vec<(String, Parts)> {
    let versions = (0..5).map(|number| {
        odd(format!("version {number}"), |parts| {
            parts.version = der(0xa0, &[&integer(0x02, number)]);
        })
    });
    let serials: [&[u8]; 9] = [&[], &[0], &[0, 0], &[0, 0x7f], &[0, 0x80], &[0x80], &[0xff], &[0xff, 0xff], &[0x7f; 40]];
    let serials = serials.iter().map(|serial| {
        odd(format!("serial {serial:x?}"), |parts| {
            parts.serial = der(0x02, &[serial]);
        })
    });
    let algorithms = [
        sequence(&[]),
        sequence(&[null()]),
        sequence(&[oid(SHA256_RSA)]),
        sequence(&[oid(RSA_PSS)]),
        sequence(&[oid(&[1, 3, 101, 112]), null()]),
        sequence(&[oid(SHA256_RSA), null(), null()]),
        der(SEQUENCE, &[&[0x06, 2, 0x80, 1]]),
        der(SEQUENCE, &[&[0x06, 2, 0x2a, 0x81]]),
        der(SEQUENCE, &[&[0x06, 6, 0x2a, 0x8f, 0xff, 0xff, 0xff, 0x7f]]),
        der(SEQUENCE, &[&[0x06, 6, 0x2a, 0x87, 0xff, 0xff, 0xff, 0x7f]]),
        der(SEQUENCE, &[&[0x06, 0]]),
    ];
    let algorithms = algorithms.iter().map(|algorithm| {
        odd(format!("algorithm {algorithm:x?}"), |parts| {
            parts.algorithm.clone_from(algorithm);
            parts.outer_algorithm.clone_from(algorithm);
        })
    });
    let signatures: [(u8, &[u8]); 6] = [(0, &[]), (1, &[]), (3, &[8]), (3, &[4]), (8, &[0]), (0, &[0xff])];
    let signatures = signatures.iter().map(|(padding, bytes)| {
        odd(format!("signature {padding} {bytes:x?}"), |parts| {
            parts.signature = bits(*padding, bytes);
        })
    });
    let content = [0; 201];
    let lengths: [&[u8]; 7] =
        [&[0x81, 201], &[0x82, 0, 201], &[0x84, 0, 0, 0, 201], &[0x85, 0, 0, 0, 0, 201], &[0x80], &[0xff], &[0x81, 200]];
    let lengths = lengths
        .iter()
        .map(|length| odd(format!("length {length:x?}"), |parts| parts.signature = [&[0x03], *length, &content].concat()));
    versions.chain(lengths).chain(serials).chain(algorithms).chain(signatures).collect()
}

/// Every string type with every kind of content.
fn subjects() -> Vec<(String, Parts)> {
    let values: [&[u8]; 12] =
        [b"mesh", b"", b"*&@", b"12 3", b"\xff", b"\xc3\xa9", b"\0a", b"\xd8\0\xdc\0", b"\xff\xfe", b"\0a\0\0", b"a_b", b"\0"];
    let tags = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1b, 0x1c, 0x1e, 0x04];
    let pairs = tags.iter().flat_map(|tag| values.iter().map(move |value| (*tag, *value)));
    pairs
        .map(|(tag, value)| odd(format!("subject {tag:x} {}", value.escape_ascii()), |parts| parts.subject = name(tag, value)))
        .collect()
}

fn keys() -> Vec<(String, Parts)> {
    let key = |algorithm: Vec<u8>, key: Vec<u8>| sequence(&[algorithm, key]);
    let ec = |curve: &[u32], point: &[u8]| key(sequence(&[oid(EC), oid(curve)]), bits(0, point));
    let point = [&[4][..], &GENERATOR].concat();
    let ed25519 = oid(&[1, 3, 101, 112]);
    let spkis = [
        rsa_key(&[0x7f], &[3], &[]),
        rsa_key(&[0x7f], &[3], &der(0x05, &[&[0]])),
        rsa_key(&[0x80], &[3], &null()),
        rsa_key(&[0], &[3], &null()),
        rsa_key(&[0, 1], &[3], &null()),
        rsa_key(&[0x7f], &[0], &null()),
        rsa_key(&[0x7f], &[0x80], &null()),
        rsa_key(&[0x7f], &[0x7f; 8], &null()),
        rsa_key(&[0x7f], &[0x7f; 9], &null()),
        ec(P256, &point),
        ec(P256, &point[..64]),
        ec(P256, &[&[2], &point[1..33]].concat()),
        ec(&[1, 3, 132, 0, 34], &point),
        ec(&[1, 3, 132, 0, 10], &point),
        key(sequence(&[oid(EC)]), bits(0, &point)),
        key(sequence(&[oid(EC), null()]), bits(0, &point)),
        key(sequence(std::slice::from_ref(&ed25519)), bits(0, &[1; 32])),
        key(sequence(std::slice::from_ref(&ed25519)), bits(1, &[2; 32])),
        key(sequence(std::slice::from_ref(&ed25519)), bits(0, &[1; 31])),
        key(sequence(&[ed25519, null()]), bits(0, &[1; 32])),
        key(sequence(&[oid(&[1, 3, 101, 110])]), bits(0, &[1])),
        key(sequence(&[oid(&[1, 2, 3]), null()]), bits(0, &[])),
        key(sequence(&[oid(&[1, 2, 3]), null()]), null()),
        key(sequence(&[oid(&[1, 2, 840, 10040, 4, 1]), null()]), bits(0, &[2, 1, 5])),
        key(sequence(&[oid(&[1, 2, 840, 10040, 4, 1]), sequence(&[2, 3, 5].map(|n| integer(2, n)))]), bits(0, &[2, 1, 5])),
        key(sequence(&[oid(&[1, 2, 840, 10040, 4, 1]), sequence(&[2, 0, 5].map(|n| integer(2, n)))]), bits(0, &[2, 1, 5])),
    ];
    spkis.into_iter().map(|spki| (format!("key {spki:x?}"), Parts { spki, ..Parts::good() })).collect()
}

/// P-256's base point, without the byte that says that it is uncompressed (FIPS 186-4 D.1.2.3).
const GENERATOR: [u8; 64] = [
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
    0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7,
    0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51,
    0xf5,
];

fn compare(certificates: &[(String, Parts)]) {
    let (names, ders): (Vec<String>, Vec<Vec<u8>>) = certificates.iter().map(|(name, parts)| (name.clone(), parts.der())).unzip();
    agreement::on_reading(&names, &ders, &go_on_parsing(&ders));
}

#[test]
fn odd_parts() {
    compare(&odd_ones());
}

#[test]
fn times() {
    const DIGITS: [&str; 14] = ["00", "01", "02", "12", "13", "23", "24", "28", "29", "31", "49", "50", "59", "60"];
    const ZONES: [&str; 14] = ["Z", "Z", "Z", "Z", "+0100", "-0130", "+0000", "+2400", "+2500", "+0060", "+01", "", ".5Z", "ZZ"];

    let mut dice = Dice::new(7);
    let mut certificates: Vec<(String, Parts)> = Vec::new();
    for number in 0..3000 {
        // Mostly a plausible date, so that what is odd is one thing only.
        let (year, month) = (dice.pick(&DIGITS), dice.pick(&["01", "02", "06", "12", "13", "00"]));
        let day = dice.pick(&["01", "28", "29", "30", "31", "32", "00"]);
        let clock: String =
            (0..dice.pick(&[2, 3, 3, 3, 3, 4])).map(|_| dice.pick(&["00", "12", "23", "24", "59", "60", " 1"])).collect();
        let text = format!("{year}{month}{day}{clock}{}", dice.pick(&ZONES));
        let time = match dice.below(3) {
            0 => utc(text.as_bytes()),
            1 => generalized(format!("{}{text}", dice.pick(&["20", "19", "00", "99", "2"])).as_bytes()),
            _ => utc(format!("500228{}Z", dice.pick(&["0000", "000000", "1259", "235959"])).as_bytes()),
        };
        let validity = sequence(&[utc(b"200101000000Z"), time]);
        certificates.push((format!("{number}: {text}"), Parts { validity, ..Parts::good() }));
    }
    compare(&certificates);
}

/// The instants that Go documents: two digits are of 1950 to 2049, offsets and missing seconds count.
#[test]
fn instants() {
    for (time, instant) in [
        (utc(b"491231235959Z"), datetime!(2049-12-31 23:59:59 UTC)),
        (utc(b"500101000000Z"), datetime!(1950-01-01 00:00:00 UTC)),
        (utc(b"9912312359Z"), datetime!(1999-12-31 23:59:00 UTC)),
        (utc(b"200101000000+0130"), datetime!(2019-12-31 22:30:00 UTC)),
        (generalized(b"20500101000000-0100"), datetime!(2050-01-01 01:00:00 UTC)),
        (generalized(b"99991231235959Z"), datetime!(9999-12-31 23:59:59 UTC)),
    ] {
        let parts = Parts { validity: sequence(&[utc(b"500101000000Z"), time]), ..Parts::good() };
        assert_eq!(Certificate::from_der(&parts.der()).expect("a certificate").not_after(), instant);
    }
}

/// RSA-PSS carries its hash, mask and salt in parameters, of which Go knows three shapes.
#[test]
fn pss_parameters() {
    let mut dice = Dice::new(11);
    let ders: Vec<Vec<u8>> = (0..2000)
        .map(|_| {
            let algorithm = sequence(&[oid(RSA_PSS), pss(&mut dice)]);
            Parts { algorithm: algorithm.clone(), outer_algorithm: algorithm, ..Parts::good() }.der()
        })
        .collect();
    let go = go_on_algorithms(&ders);
    let known = go.iter().filter(|verdict| verdict.is_ok()).count();
    assert!((ders.len() / 10..ders.len() * 9 / 10).contains(&known), "{known} of {} are known", ders.len());
    for (der, go) in ders.iter().zip(&go) {
        let ours = Certificate::from_der(der).expect("a certificate");
        let known = !matches!(ours.signature_algorithm(), SignatureAlgorithm::Other(_));
        assert_eq!(known, go.is_ok(), "{:?}, Go says {go:?}: {}", ours.signature_algorithm(), der.escape_ascii());
    }
}

/// PSS parameters, mostly as they should be, so that what is odd is one thing only.
fn pss(dice: &mut Dice) -> Vec<u8> {
    let shape = dice.pick(&[1, 2, 3]);
    let mut or = |good: u8, odd: &[u8]| if dice.once_in(8) { dice.pick(odd) } else { good };
    let sha2 = |last: u8| oid(&[2, 16, 840, 1, 101, 3, 4, 2, last.into()]);
    let parameters = |number: u8| match number {
        0 => Vec::new(),
        1 => null(),
        _ => integer(0x02, 0),
    };
    let hash = sequence(&[sha2(or(shape, &[1, 2, 3, 4])), parameters(or(1, &[0, 0, 2]))]);
    let mask_hash = sequence(&[sha2(or(shape, &[1, 2, 3, 4])), parameters(or(0, &[1, 1, 2]))]);
    let mask = sequence(&[oid(&[1, 2, 840, 113_549, 1, 1, or(8, &[7, 9]).into()]), mask_hash]);
    let salt = integer(0x02, or(16 + 16 * shape, &[0, 20, 32, 48, 64]));
    let mut fields = vec![der(0xa0, &[&hash]), der(0xa1, &[&mask]), der(0xa2, &[&salt])];
    let trailer = or(0, &[1, 1, 2]);
    if trailer > 0 {
        fields.push(der(0xa3, &[&integer(0x02, trailer)]));
    }
    sequence(&fields)
}
