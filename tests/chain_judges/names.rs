//! Names at random: hosts against DNS SANs, URIs, and name constraints of every kind, as Go sees them.

use meshbundle::x509::{Certificate, Usage, host_matches};

use crate::chain_judges::agreement;
use crate::chain_judges::forge::{DNS, EMAIL, Extension, Forge, IP, Plan, URI, noon};
use crate::support::dice::Dice;
use crate::support::judges::{Case, go_on_chains, go_on_hosts, go_on_parsing};

const LABELS: [&str; 22] = [
    "a", "b", "mesh", ".", ".", ".", ".", "*", "*.", "-", "_", "A", "10.1.1.1", "::1", "[", "]", "1", "xn--a", " ", "a.mesh",
    "b.mesh", "..",
];

fn plan(extension: Extension) -> Plan {
    Plan {
        subject: "leaf".to_owned(),
        key: 0,
        issuer: "mesh".to_owned(),
        issuer_key: 1,
        days: (-9, 9),
        extensions: vec![extension],
    }
}

#[test]
fn hosts() {
    let forge = Forge::new(2);
    let mut dice = Dice::new(3);
    let mut questions = Vec::new();
    for _ in 0..300 {
        let san = dice.below(4) + 1;
        let san = dice.text(&LABELS, san);
        let addresses: &[&[u8]] = &[&[10, 1, 1, 1], &[0; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 1, 1]];
        let names = [(DNS, san.clone().into_bytes()), (DNS, b"*.a.mesh".to_vec()), (IP, dice.pick(addresses).to_vec())];
        let der = forge.make(&plan(Extension::alt_names(&names)));
        questions.push((der.clone(), san.clone()));
        questions.push((der.clone(), san.to_uppercase()));
        questions.push((der.clone(), format!("{san}.")));
        questions.push((der.clone(), san.replace('*', "x")));
        for host in ["10.1.1.1", "[10.1.1.1]", "::ffff:10.1.1.1", "::", "[::]", "x.a.mesh", "x.a.mesh.", "a.mesh", ""] {
            questions.push((der.clone(), host.to_owned()));
        }
        let host = dice.below(4) + 1;
        questions.push((der, dice.text(&LABELS, host)));
    }
    let go = go_on_hosts(&questions);
    let mut matches = 0;
    for ((der, host), go) in questions.iter().zip(&go) {
        let cert = Certificate::from_der(der).expect("a certificate");
        assert_eq!(host_matches(&cert, host), go.is_ok(), "{host:?} and {:?}: Go says {go:?}", cert.dns_names());
        matches += usize::from(go.is_ok());
    }
    assert!(matches > questions.len() / 10, "{matches} of {} hosts match", questions.len());
}

const URI_PIECES: [&str; 30] = [
    "spiffe:",
    "https:",
    "urn:",
    "//",
    "/",
    "//",
    "a.mesh",
    "mesh",
    "@",
    ":",
    ":80",
    "[::1]",
    "[fe80::1%25eth0]",
    "%25",
    "%zz",
    "%41",
    "%c3%a9",
    "?",
    "#",
    "a",
    ".",
    "..",
    " ",
    "<",
    "[",
    "]",
    "1",
    "*",
    "\t",
    "[10.1.1.1]",
];

/// What chance finds too seldom.
const ODD_URIS: [&str; 12] = [
    "https://a:1:2/",
    "HTTP://a:1:2/",
    "spiffe://a:1:2/",
    "https://a:x/",
    "https://a:/",
    "https://a%4:1@b/",
    "https://a:b:c@d@e/",
    "https://a b@c/",
    "https://[::1]:x/",
    "https://[fe80::1%25]/",
    "https://[fe80::1%25%41]/",
    "https://[fe80::1%25%zz]/",
];

#[test]
fn uris() {
    let forge = Forge::new(2);
    let mut dice = Dice::new(4);
    let random = (0..1500).map(|_| {
        let pieces = dice.below(6) + 1;
        dice.text(&URI_PIECES, pieces)
    });
    let texts: Vec<String> = ODD_URIS.iter().map(|uri| (*uri).to_owned()).chain(random).collect();
    let ders: Vec<Vec<u8>> =
        texts.iter().map(|text| forge.make(&plan(Extension::alt_names(&[(URI, text.clone().into_bytes())])))).collect();
    agreement::on_reading(&texts, &ders, &go_on_parsing(&ders));
}

#[test]
fn constraints() {
    let forge = Forge::new(2);
    let mut dice = Dice::new(5);
    let cases: Vec<Case> = (0..1500).map(|number| constrained(&forge, &mut dice, number)).collect();
    agreement::on_chains(&cases, &go_on_chains(&cases), "Go");
}

fn constrained(forge: &Forge, dice: &mut Dice, number: usize) -> Case {
    let kind = dice.pick(&[DNS, DNS, EMAIL, URI, IP, IP, 0x88]);
    let mut subtrees =
        |most: usize| -> Vec<(u8, Vec<u8>)> { (0..dice.below(most + 1)).map(|_| (kind, constraint(dice, kind))).collect() };
    let (permitted, excluded) = (subtrees(2), subtrees(2));
    let names: Vec<(u8, Vec<u8>)> = (0..=dice.below(2))
        .map(|_| {
            let kind = if dice.once_in(8) { dice.pick(&[DNS, EMAIL, URI, IP]) } else { kind };
            (kind, name(dice, kind))
        })
        .collect();
    let show = |names: &[(u8, Vec<u8>)]| {
        names.iter().map(|(kind, name)| format!("{kind:x}:{}", name.escape_ascii())).collect::<Vec<_>>().join(" ")
    };
    let mut authority = vec![Extension::basic_constraints(true, None)];
    let shown = format!("{number}: permitted {} excluded {} names {}", show(&permitted), show(&excluded), show(&names));
    if !(permitted.is_empty() && excluded.is_empty()) {
        authority.push(Extension::name_constraints(&permitted, &excluded));
    }
    let anchor = Plan { subject: "mesh".to_owned(), key: 1, extensions: authority, ..plan(Extension::key_usage(true)) };
    Case {
        name: shown,
        leaf: forge.make(&plan(Extension::alt_names(&names))),
        intermediates: Vec::new(),
        anchors: vec![forge.make(&anchor)],
        usage: Usage::ServerAuth,
        host: None,
        at: noon(),
    }
}

fn constraint(dice: &mut Dice, kind: u8) -> Vec<u8> {
    let domains = ["mesh", ".mesh", "a.mesh", "b.mesh", "", "Mesh", "x.a.mesh", "mesh.", "..", "other"];
    match kind {
        EMAIL => dice.pick(&["a@mesh", "A@Mesh", "\"a\"@mesh", "@mesh", "a@", "mesh", ".mesh", "a..b@mesh", "\\a@mesh"]).into(),
        URI if dice.once_in(10) => b"10.1.1.1".to_vec(),
        // The bits past the mask are zero: see the head of `name_constraints`.
        IP => dice
            .pick(&[
                &[10, 0, 0, 0, 255, 0, 0, 0][..],
                &[10, 1, 0, 0, 255, 255, 0, 0],
                &[10, 1, 1, 0, 255, 255, 255, 0],
                &[0; 8],
                &[0; 32],
                &[10, 0, 0, 0, 255, 0, 255, 0],
                &[10, 0, 0, 0],
            ])
            .to_vec(),
        _ => dice.pick(&domains).into(),
    }
}

fn name(dice: &mut Dice, kind: u8) -> Vec<u8> {
    let domains = ["mesh", "a.mesh", "*.mesh", "*.a.mesh", "x.A.mesh", ".mesh", "a.mesh.", "othermesh", "b.other", "a b.mesh"];
    match kind {
        EMAIL => {
            let local = dice.pick(&["a", "A", "\"a\"", "a.b", "a..b", "\\a", "", "a b", "\"a b\"", "\"a\\\"b\"", "a\\"]);
            let domain = dice.pick(&["mesh", "MESH", "a.mesh", "*.mesh", ".mesh", "", "me sh"]);
            format!("{local}@{domain}").into()
        }
        URI => {
            let host = dice.pick(&domains);
            dice.pick(&[format!("spiffe://{host}/x"), format!("https://{host}:443"), "urn:x".to_owned(), "//[::1]".to_owned()])
                .into()
        }
        IP => dice
            .pick(&[&[10, 1, 1, 1][..], &[192, 168, 1, 1], &[0; 16], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 1, 1, 1]])
            .to_vec(),
        _ => dice.pick(&domains).into(),
    }
}
