//! What a certificate says of itself.

use meshbundle::x509::{Certificate, ExtKeyUsages, Hash, PublicKeyKind, SignatureAlgorithm};

use crate::support::workshop::{CA, LEAF, Workshop};

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

/// However the file was put together: the leaf, its issuers upwards, nothing twice, no root, nobody else.
#[test]
fn what_is_presented_is_in_order() {
    let w = Workshop::new();
    let root = w.authority("root", None, CA);
    let other = w.authority("other", None, CA);
    let upper = w.authority("upper", Some(&root), CA);
    let lower = w.authority("lower", Some(&upper), CA);
    let crossed = w.cross_signed(&upper, &other);
    let leaf = w.leaf(&lower, LEAF);
    let read = |made: &[&crate::support::workshop::Made]| -> Vec<Certificate> {
        made.iter().map(|made| Certificate::from_der(&made.der).expect("a certificate")).collect()
    };
    let mixed = read(&[&leaf, &root, &upper, &leaf, &other, &crossed, &lower, &upper]);
    assert_eq!(Certificate::presented(&mixed), read(&[&leaf, &lower, &upper, &crossed]));
    assert_eq!(Certificate::presented(&read(&[&leaf, &upper])), read(&[&leaf]));
    assert_eq!(Certificate::presented(&read(&[&root, &root])), read(&[&root]));
    assert_eq!(Certificate::presented(&[]), []);
}
