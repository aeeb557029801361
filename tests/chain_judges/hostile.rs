//! Broken bytes: nothing panics, and a certificate with a wrong bit is judged as Go judges it.

use meshbundle::x509::{Certificate, Usage};

use crate::chain_judges::agreement;
use crate::chain_judges::forge::{Extension, Forge, IP, Plan, SERVER, dns, noon};
use crate::support::dice::Dice;
use crate::support::judges::{Case, go_on_chains, go_on_parsing};

/// An authority and its leaf, with all the extensions that a mesh has.
fn anchor_and_leaf() -> (Vec<u8>, Vec<u8>) {
    let forge = Forge::new(2);
    let anchor = Plan {
        subject: "mesh".to_owned(),
        key: 0,
        issuer: "mesh".to_owned(),
        issuer_key: 0,
        days: (-9, 9),
        extensions: vec![
            Extension::basic_constraints(true, Some(1)),
            Extension::key_usage(true),
            Extension::ext_key_usage(&[SERVER]),
            Extension::subject_key_id(&[1, 2, 3]),
            Extension::name_constraints(&[dns("mesh"), (IP, vec![10, 0, 0, 0, 255, 0, 0, 0])], &[]),
        ],
    };
    let leaf = Plan {
        subject: "leaf".to_owned(),
        key: 1,
        extensions: vec![
            Extension::key_usage(false),
            Extension::ext_key_usage(&[SERVER]),
            Extension::authority_key_id(&[1, 2, 3]),
            Extension::alt_names(&[dns("etcd.mesh"), (IP, vec![10, 1, 1, 1])]),
        ],
        ..anchor.clone()
    };
    (forge.make(&anchor), forge.make(&leaf))
}

/// One to three bytes changed, dropped or put in.
fn mutated(dice: &mut Dice, der: &[u8]) -> Vec<u8> {
    let mut bytes = der.to_vec();
    for _ in 0..=dice.below(6) / 2 {
        let at = dice.below(bytes.len());
        let byte = dice.pick(&[0, 1, 0x7f, 0x80, 0x81, 0xff, 0x30]);
        match dice.below(10) {
            0 => _ = bytes.remove(at),
            1 => bytes.insert(at, byte),
            2 | 3 => bytes[at] = byte,
            4 | 5 => bytes[at] = bytes[at].wrapping_add(1),
            _ => bytes[at] ^= 1 << dice.below(8),
        }
    }
    bytes
}

/// Go looks at parsing whether a point lies on its curve; ours is content that such a key verifies nothing.
fn off_curve(go: &str) -> bool {
    go.contains("point not on curve") || go.contains("invalid P256 element encoding")
}

#[test]
fn a_mutated_certificate_is_read_as_go_reads_it() {
    let (anchor, leaf) = anchor_and_leaf();
    let mut dice = Dice::new(8);
    let ders: Vec<Vec<u8>> =
        (0..10_000).map(|number| mutated(&mut dice, if number % 2 == 0 { &anchor } else { &leaf })).collect();
    let go = go_on_parsing(&ders);
    let readable = go.iter().filter(|verdict| verdict.is_ok()).count();
    assert!(readable > ders.len() / 10, "{readable} of {} are readable", ders.len());
    for (der, go) in ders.iter().zip(&go) {
        let ours = Certificate::from_der(der);
        let known = go.as_ref().is_err_and(|reason| off_curve(reason));
        assert!(ours.is_ok() == go.is_ok() || known, "ours says {ours:?}, Go says {go:?}: {}", der.escape_ascii());
    }
}

/// An anchor's signature is never checked, so its bits count for what they say.
#[test]
fn a_mutated_anchor_is_judged_as_go_judges_it() {
    let (anchor, leaf) = anchor_and_leaf();
    let mut dice = Dice::new(9);
    let cases: Vec<Case> = (0..5000)
        .map(|_| {
            let anchor = mutated(&mut dice, &anchor);
            Case {
                name: anchor.escape_ascii().to_string(),
                leaf: leaf.clone(),
                intermediates: Vec::new(),
                anchors: vec![anchor],
                usage: Usage::ServerAuth,
                host: Some("etcd.mesh".to_owned()),
                at: noon(),
            }
        })
        .collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
}

#[test]
fn a_cut_certificate_is_refused() {
    let (anchor, leaf) = anchor_and_leaf();
    for der in [&anchor, &leaf] {
        assert!(Certificate::from_der(der).is_ok());
        for end in 0..der.len() {
            assert!(Certificate::from_der(&der[..end]).is_err(), "cut at {end}");
        }
        assert!(Certificate::from_der(&[der, &[0][..]].concat()).is_err(), "one byte more");
    }
}

/// Go's parser has no such bound, its TLS has: no peer could be shown this certificate.
#[test]
fn a_huge_certificate_is_refused() {
    let forge = Forge::new(1);
    let of_size = |bytes: usize| {
        let plan = Plan {
            subject: "leaf".to_owned(),
            key: 0,
            issuer: "mesh".to_owned(),
            issuer_key: 0,
            days: (-9, 9),
            extensions: vec![Extension::alt_names(&[dns(&"a".repeat(bytes))])],
        };
        Certificate::from_der(&forge.make(&plan))
    };
    assert!(of_size(200_000).is_ok());
    assert!(of_size(300_000).is_err());
}

#[test]
fn noise_is_refused() {
    let mut dice = Dice::new(10);
    for _ in 0..20_000 {
        let length = dice.below(60);
        let noise: Vec<u8> =
            (0..length).map(|_| dice.pick(&[0x30, 0x82, 0x06, 0x02, 0x03, 0x01, 0x00, 0xa0, 0xff, 0x17, 0x31, 0x0c])).collect();
        assert!(Certificate::from_der(&noise).is_err(), "{noise:x?}");
        // Whatever comes of it, it comes without a panic.
        let _ = Certificate::chain_from_pem(&noise);
    }
}
