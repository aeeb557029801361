//! PEM files as people have them, and what a certificate says of itself.

use meshbundle::verify::{Certificate, CertificateError, ExtKeyUsages, PublicKeyKind, SignatureAlgorithm};
use meshbundle::verify::{ChainError, Hash, Usage, verify_chain};

use crate::forge::{CLIENT, Extension, Forge, IP, Plan, dns, noon};
use crate::judges::pem;
use crate::workshop::{CA, LEAF, Workshop};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";

fn two() -> (Vec<u8>, Vec<u8>) {
    let w = Workshop::new();
    let root = w.authority("root", None, CA);
    let leaf = w.leaf(&root, LEAF);
    (root.der, leaf.der)
}

#[test]
fn pem_files() {
    let (root, leaf) = two();
    let (first, second) = (pem(&leaf), pem(&root));
    let unix = |text: &str| text.replace("\r\n", "\n");
    let files = [
        format!("{first}{second}"),
        unix(&format!("{first}{second}")),
        format!("subject=CN = leaf\nissuer=é\n{first}\n\n# the authority\n{second}trailing words"),
        unix(&format!("{KEY}{first}{KEY}{second}")),
        format!("\u{feff}{first}{second}"),
        unix(&format!("{first}{second}")).replace('\n', "  \n"),
    ];
    for file in files {
        let read = Certificate::all_from_pem(file.as_bytes()).expect("a file with two certificates");
        assert_eq!(read.iter().map(Certificate::der).collect::<Vec<_>>(), [&leaf, &root], "{file}");
    }
}

#[test]
fn garbled_pem_files() {
    let (root, leaf) = two();
    let (first, second) = (pem(&leaf), pem(&root));
    for nothing in ["", "words", KEY] {
        assert_eq!(Certificate::all_from_pem(nothing.as_bytes()), Err(CertificateError::NoCertificate), "{nothing}");
    }
    let cut = &second[..second.len() / 2];
    for file in [
        format!("{first}{cut}"),
        format!("{cut}{first}"),
        format!("{first}-----BEGIN CERTIFICATE-----"),
        format!("{first}{}", second.replacen('M', "!", 1)),
        format!("{first}{}", second.replace("END CERTIFICATE", "END CERTIFICATES")),
        format!("{first}{}", KEY.replace("c2Vj", "c2V")),
    ] {
        let error = Certificate::all_from_pem(file.as_bytes()).expect_err("a garbled file");
        assert!(matches!(error, CertificateError::Garbled(_)), "{error:?} for {file}");
        assert!(!error.to_string().contains("c2V"), "a key's bytes must not be told");
    }
    let broken = format!("{first}{}", pem(&root[..root.len() - 1]));
    let error = Certificate::all_from_pem(broken.as_bytes()).expect_err("a broken certificate");
    assert_eq!(error.to_string(), "certificate 2 of the file: malformed certificate: not a certificate");
}

#[test]
fn facts() {
    let w = Workshop::new();
    let key = w.key("RSA:2048").signing("-sha384");
    let root = w.certificate("root", &key, None, &CA.replace("CA:TRUE", "CA:TRUE,pathlen:2"), 10);
    let leaf = w.leaf(&root, &LEAF.replace("serverAuth,clientAuth", "clientAuth"));
    let root = Certificate::from_der(&root.der).expect("a certificate");
    let leaf = Certificate::from_der(&leaf.der).expect("a certificate");

    assert_eq!((root.is_ca(), root.has_basic_constraints(), root.path_len()), (true, true, Some(2)));
    assert_eq!((leaf.is_ca(), leaf.has_basic_constraints(), leaf.path_len()), (false, false, None));
    assert_eq!((root.key_usage_cert_sign(), root.key_usage_digital_signature()), (Some(true), Some(false)));
    assert_eq!((leaf.key_usage_cert_sign(), leaf.key_usage_digital_signature()), (Some(false), Some(true)));
    assert_eq!(root.ext_key_usages(), ExtKeyUsages::default());
    let client = ExtKeyUsages { present: true, client_auth: true, ..ExtKeyUsages::default() };
    assert_eq!(leaf.ext_key_usages(), client);
    assert_eq!(leaf.dns_names(), ["etcd.mesh"]);
    assert_eq!(leaf.ip_addresses(), ["10.1.1.1".parse::<std::net::IpAddr>().expect("an address")]);
    assert_eq!(root.public_key_kind(), PublicKeyKind::Rsa { bits: 2048 });
    assert_eq!(leaf.public_key_kind(), PublicKeyKind::EcP256);
    assert_eq!(root.signature_algorithm(), &SignatureAlgorithm::RsaPkcs1(Hash::Sha384));
    assert_eq!(leaf.authority_key_id(), root.subject_key_id());
    assert!(root.is_self_issued() && !leaf.is_self_issued());
    assert_eq!(leaf.issuer_der(), root.subject_der());
    assert_eq!((root.subject(), root.common_name()), ("CN=root".to_owned(), Some("root")));
    assert_eq!((root.not_after() - root.not_before()).whole_days(), 10);
    assert_eq!(format!("{root:?}"), "Certificate(\"CN=root\")");
}

/// `OpenSSL` tells the same facts of one certificate.
#[test]
fn facts_as_openssl_tells_them() {
    let w = Workshop::new();
    let root = w.authority("root", None, CA);
    let cert = Certificate::from_der(&root.der).expect("a certificate");
    let told = |option: &str| {
        let text = w.ask(&format!("x509 -noout {option} -sha256"), &root);
        text.split_once('=').map(|(_, value)| value.trim().to_owned()).expect("name=value")
    };
    assert_eq!(told("-serial").to_lowercase(), cert.serial_hex().trim_start_matches("00"));
    let fingerprint = cert.fingerprint().map(|byte| format!("{byte:02X}")).concat();
    assert_eq!(told("-fingerprint").replace(':', ""), fingerprint);
    let public = pem::parse(w.ask("x509 -noout -pubkey", &root)).expect("a public key");
    assert_eq!(public.contents(), cert.spki_der());
}

#[test]
fn subjects_are_printable() {
    let forge = Forge::new(1);
    let subject = |name: &str| {
        let (subject, issuer) = (name.to_owned(), "mesh".to_owned());
        let der = forge.make(&Plan { subject, key: 0, issuer, issuer_key: 0, days: (-1, 1), extensions: Vec::new() });
        Certificate::from_der(&der).expect("a certificate").subject()
    };
    for (name, text) in [
        ("remote", "CN=remote"),
        ("a,b+c", "CN=a\\,b\\+c"),
        (" #x ", "CN=\\ #x\\ "),
        ("#x", "CN=\\#x"),
        ("\u{1b}[31mred", "CN=\\1b[31mred"),
        ("a\nb", "CN=a\\0ab"),
        ("it's é \u{202e}x", "CN=it's é \\e2\\80\\aex"),
    ] {
        assert_eq!(subject(name), text);
    }
}

#[test]
fn reasons_in_words() {
    let forge = Forge::new(2);
    let plan = |subject: &str, key: usize, extensions: Vec<Extension>| Plan {
        subject: subject.to_owned(),
        key,
        issuer: "mesh".to_owned(),
        issuer_key: 0,
        days: (-9, 9),
        extensions,
    };
    let read = |plan: &Plan| Certificate::from_der(&forge.make(plan)).expect("a certificate");
    let anchor = read(&plan("mesh", 0, vec![Extension::basic_constraints(true, None)]));
    let stranger = read(&plan("stranger", 0, vec![Extension::basic_constraints(true, None)]));
    let names = Extension::alt_names(&[dns("a.mesh"), (IP, vec![10, 1, 1, 1])]);
    let leaf = read(&plan("leaf", 1, vec![Extension::ext_key_usage(&[CLIENT]), names]));
    let reason = |anchor: &Certificate, usage, host: Option<&str>, days| {
        let anchors = std::slice::from_ref(anchor);
        let at = noon() + time::Duration::days(days);
        verify_chain(&leaf, &[], anchors, usage, host, at).expect_err("no chain")
    };
    let words = |error: ChainError| error.to_string();
    assert_eq!(
        words(reason(&stranger, Usage::ClientAuth, None, 0)),
        "signed by an unknown authority: issuer `CN=mesh` of `CN=leaf` is not among the anchors (`CN=stranger`)"
    );
    assert_eq!(
        words(reason(&anchor, Usage::ServerAuth, None, 0)),
        "`CN=leaf` does not allow server authentication (extended key usage)"
    );
    assert_eq!(
        words(reason(&anchor, Usage::ClientAuth, Some("10.1.1.2"), 0)),
        "`CN=leaf` is not valid for `10.1.1.2`: it is valid for `a.mesh`, `10.1.1.1`"
    );
    assert_eq!(words(reason(&anchor, Usage::ClientAuth, None, 20)), "`CN=leaf` expired on 2030-06-10 12:00:00 UTC");
    assert_eq!(words(reason(&anchor, Usage::ClientAuth, None, -20)), "`CN=leaf` is not valid before 2030-05-23 12:00:00 UTC");
    // An empty host is a mistake of the caller's, not a wish to check none.
    assert_eq!(reason(&anchor, Usage::ClientAuth, Some(""), 0).code(), "host");
}
