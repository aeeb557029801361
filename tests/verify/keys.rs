//! Whose key a key is: every kind and form that openssl writes, against its certificate and another one of its kind; Go's
//! `tls.X509KeyPair` is what agents ask.

use std::fs;

use meshbundle::x509::{Certificate, PrivateKey};

use crate::support::{Sandbox, tool};

/// Kinds of keys with openssl's words for them.
const KINDS: [(&str, &[&str]); 7] = [
    ("rsa-1024", &["-newkey", "rsa:1024"]),
    ("rsa-3072", &["-newkey", "rsa:3072"]),
    ("p224", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-224"]),
    ("p256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ("p521", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]),
    ("ed25519", &["-newkey", "ed25519"]),
];

#[test]
fn a_key_is_of_its_own_certificate_only() {
    let sandbox = Sandbox::new();
    let at = |name: &str| sandbox.path(name).to_str().expect("text").to_owned();
    let mut certificates = Vec::new();
    let mut keys = Vec::new();
    for (kind, words) in KINDS {
        for one in ["a", "b"] {
            let name = format!("{kind}-{one}");
            let (key, certificate) = (at(&format!("{name}.key")), at(&format!("{name}.crt")));
            let fixed = ["req", "-x509", "-nodes", "-subj", "/CN=x", "-days", "9", "-keyout", &key, "-out", &certificate];
            tool("openssl", "openssl", [&fixed[..], words].concat());
            let traditional = at(&format!("{name}.traditional"));
            // Ed25519 has no form but PKCS#8.
            if kind != "ed25519" {
                tool("openssl", "openssl", ["pkey", "-in", &key, "-traditional", "-out", &traditional]);
                keys.push((name.clone(), "traditional", fs::read(&traditional).expect("a key")));
            }
            keys.push((name.clone(), "PKCS#8", fs::read(&key).expect("a key")));
            let certificate = fs::read(&certificate).expect("a certificate");
            certificates.push((name, Certificate::chain_from_pem(&certificate).expect("a certificate").remove(0)));
        }
    }
    for (owner, form, pem) in &keys {
        let key = PrivateKey::from_pem(pem).unwrap_or_else(|error| panic!("{owner} {form}: {error}"));
        for (name, certificate) in &certificates {
            assert_eq!(key.is_of(certificate), Some(owner == name), "the key {owner} ({form}) and the certificate {name}");
        }
    }
}
