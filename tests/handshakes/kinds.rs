//! Kinds of keys, signatures, key exchanges and versions.

use std::collections::BTreeSet;

use crate::handshakes::scene::{Case, judge};
use crate::support::namespaces::alone;
use crate::support::workshop::{CA, Key, LEAF, Made, PSS, SHA, Workshop};

/// Kinds of keys, as openssl names them.
const KEYS: [&str; 11] = [
    "EC:P-224",
    "EC:P-256",
    "EC:P-384",
    "EC:P-521",
    "ED25519",
    "RSA:1024",
    "RSA:2048",
    "RSA:2056",
    "RSA:3072",
    "RSA:4096",
    "RSA:2048 -pkeyopt rsa_keygen_pubexp:3",
];

/// What Go does and this program cannot: CM0826. Whatever is not in here has to agree.
const UNTRIED: [&str; 12] = [
    // aws-lc-rs checks no PSS of such a key, and signs nothing with it.
    "server-rsa-1024-tls13",
    // Go has it with TLS 1.2 only, aws-lc-rs not at all.
    "client-ec-p-224-tls12",
    "server-ec-p-224-tls12",
    "server-rsa-1024-tls12",
    "client-rsa-1024-tls12",
    "client-rsa-1024-tls13",
    "ca-rsa-1024-sha384",
    "ca-rsa-1024-pss-sha256",
    "ca-rsa-1024-pss-sha384",
    "ca-ec-p-224-sha256",
    "ca-ec-p-224-sha384",
    "ca-ec-p-224-sha512",
];

/// A DNS label of a kind.
fn label(kind: &str) -> String {
    let kind = kind.replace(" -pkeyopt rsa_keygen_pubexp:", "-e");
    kind.to_lowercase().replace(':', "-").replace("-sha", "sha")
}

fn leaf(w: &Workshop, key: &Key, ca: &Made) -> Made {
    w.certificate("root", key, Some(ca), &LEAF.replace("10.1.1.1", "127.0.0.1"), 100)
}

/// Each kind as a server's and as a client's key.
fn ends(w: &Workshop) -> Vec<Case> {
    let ca = w.authority("ca", None, CA);
    let usual = leaf(w, &w.key("EC:P-256"), &ca);
    let mut cases = Vec::new();
    for kind in KEYS {
        let made = leaf(w, &w.key(kind), &ca);
        for version in [12, 13] {
            for (end, server, client) in [("server", &made, &usual), ("client", &usual, &made)] {
                let name = format!("{end}-{}-tls{version}", label(kind));
                cases.push(Case::new(&name, w, server, client, &ca).version(version));
            }
        }
    }
    cases
}

/// Clients whose keys are written in other ways than PKCS#8.
fn forms(w: &Workshop) -> Vec<Case> {
    let ca = w.authority("ca", None, CA);
    let server = leaf(w, &w.key("EC:P-256"), &ca);
    let form = |(name, kind, command): (&str, &str, &str)| {
        let client = leaf(w, &w.rewritten(&w.key(kind), command), &ca);
        Case::new(name, w, &server, &client, &ca)
    };
    [
        ("pkcs1", "RSA:2048", "pkey -traditional"),
        ("sec1-p256", "EC:P-256", "pkey -traditional"),
        ("sec1-p521", "EC:P-521", "pkey -traditional"),
        ("pointless-p256", "EC:P-256", "ec -no_public"),
        ("pointless-p521", "EC:P-521", "ec -no_public"),
    ]
    .map(form)
    .into()
}

/// Each kind of a CA's key, with each way in which it signs.
fn authorities(w: &Workshop) -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KEYS {
        let key = w.key(kind);
        let ways: Vec<_> = match kind.split_once(':') {
            Some(("EC", _)) => SHA.to_vec(),
            Some(_) => SHA.iter().chain(&PSS).copied().collect(),
            None => vec![("own", "")],
        };
        for (way, words) in ways {
            let name = format!("ca-{}-{way}", label(kind));
            // With 1024 bits there is no room for a hash and a salt of 64 bytes each.
            if kind == "RSA:1024" && way == "pss-sha512" {
                continue;
            }
            let ca = w.certificate("ca", &key.signing(words), None, CA, 100);
            let [server, client] = [(); 2].map(|()| leaf(w, &w.key("EC:P-256"), &ca));
            cases.push(Case::new(&name, w, &server, &client, &ca));
        }
    }
    cases
}

/// Suites of TLS 1.2, alone: with GCM and `ChaCha20`, with CBC, and with RSA key exchange, for both kinds of keys.
fn suites(w: &Workshop) -> Vec<Case> {
    let ca = w.authority("ca", None, CA);
    let client = leaf(w, &w.key("EC:P-256"), &ca);
    let mut cases = Vec::new();
    for (kind, suites) in [
        ("EC:P-256", &[0xc02b_u16, 0xc02c, 0xcca9, 0xc009, 0xc00a, 0xc023] as &[_]),
        ("RSA:2048", &[0xc02f, 0xc030, 0xcca8, 0xc013, 0xc014, 0xc027, 0x009c, 0x009d, 0x002f, 0x0035]),
    ] {
        let server = leaf(w, &w.key(kind), &ca);
        let case = |suite: &u16| Case::new(&format!("suite-{suite:04x}"), w, &server, &client, &ca).suite(*suite);
        cases.extend(suites.iter().map(case));
    }
    cases
}

/// Each key exchange that Go has, alone, and versions that agents do not speak.
fn exchanges(w: &Workshop) -> Vec<Case> {
    let ca = w.authority("ca", None, CA);
    let [server, client] = [(); 2].map(|()| leaf(w, &w.key("EC:P-256"), &ca));
    let case = |name: &str| Case::new(name, w, &server, &client, &ca);
    let mut cases = vec![case("all"), case("tls10").version(10), case("tls11").version(11)];
    cases.push(case("mlkem-tls13").version(13).curve(4588));
    for (name, number) in [("x25519", 29), ("p256", 23), ("p384", 24), ("p521", 25)] {
        cases.extend([12, 13].map(|version| case(&format!("{name}-tls{version}")).version(version).curve(number)));
    }
    cases
}

#[test]
fn probe_connects_where_go_connects() {
    alone("handshakes::kinds::probe_connects_where_go_connects", || {
        let w = Workshop::new();
        let cases: Vec<_> = [ends(&w), forms(&w), authorities(&w), exchanges(&w), suites(&w)].into_iter().flatten().collect();
        let verdicts = judge(&cases);
        let mut untried: BTreeSet<_> = UNTRIED.into();
        let mut wrong = Vec::new();
        for (name, verdict) in &verdicts {
            let agree = match (&verdict.go, &verdict.ours) {
                (None, Some((code, _))) if code == "CM0826" => untried.remove(name.as_str()),
                (go, ours) => go.is_some() == ours.is_some(),
            };
            if !agree {
                wrong.push(format!("{name}: Go says {:?}, probe says {:?}", verdict.go, verdict.ours));
            }
        }
        assert!(
            wrong.is_empty() && untried.is_empty(),
            "{} of {}:\n{}\nand could try: {untried:?}",
            wrong.len(),
            verdicts.len(),
            wrong.join("\n")
        );
        for (name, verdict) in verdicts.iter().filter(|(name, _)| name.starts_with("suite-")) {
            let good = ["c02b", "c02c", "cca9", "c02f", "c030", "cca8"].iter().any(|suite| name.ends_with(suite));
            let code = verdict.ours.as_ref().map(|(code, _)| code.as_str());
            assert_eq!(code, (!good).then_some("CM0831"), "{name}: {:?}", verdict.ours);
        }
        println!("{} handshakes", verdicts.len());
    });
}
