//! Certificates that nobody should have, signed by the mesh's own authority.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use meshbundle::verify::Certificate;

use crate::bundle::Bundle;

/// A client certificate as `generate` makes them, and its key; `change` spoils it.
pub(crate) fn client(bundle: &Bundle, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    (signed(bundle, &key, change), key.serialize_pem())
}

/// The same for a key that is there.
pub(crate) fn signed(bundle: &Bundle, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> String {
    let (authority_key, authority) = bundle.authority();
    let issuer_key = KeyPair::from_pem(&authority_key).expect("the authority's key");
    let own = Certificate::all_from_pem(authority.as_bytes()).expect("the authority").remove(0);
    let mut issuer = plain();
    issuer.distinguished_name = rcgen::DistinguishedName::new();
    issuer.distinguished_name.push(DnType::OrganizationName, "guide");
    issuer.distinguished_name.push(DnType::CommonName, own.common_name().expect("a name"));
    assert_eq!(own.subject(), format!("CN={},O=guide", own.common_name().expect("a name")), "the issuer's name is this one");
    let issuer = Issuer::new(issuer, issuer_key);
    let mut params = plain();
    change(&mut params);
    params.signed_by(key, &issuer).expect("signed").pem()
}

/// An authority that nobody knows.
pub(crate) fn stranger(name: &str) -> String {
    let mut params = plain();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages.clear();
    params.self_signed(&KeyPair::generate().expect("a key")).expect("signed").pem()
}

/// What `change` makes of an authority of its own.
pub(crate) fn anchor(change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = plain();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages.clear();
    change(&mut params);
    params.self_signed(&KeyPair::generate().expect("a key")).expect("signed").pem()
}

fn plain() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "remote-cluster1");
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}
