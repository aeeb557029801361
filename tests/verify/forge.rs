//! Certificates that nobody should have, signed by the mesh's own authority.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use meshbundle::x509::Certificate;

use crate::verify::bundle::Bundle;

/// A client certificate as `generate` makes them, and its key; `change` spoils it.
pub(crate) fn client(bundle: &Bundle, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    (signed(bundle, &key, change), key.serialize_pem())
}

/// The same for a key that is there.
pub(crate) fn signed(bundle: &Bundle, key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> String {
    let (authority_key, authority) = bundle.authority();
    let issuer_key = KeyPair::from_pem(&authority_key).expect("the authority's key");
    let own = Certificate::chain_from_pem(authority.as_bytes()).expect("the authority").remove(0);
    let mut issuer = plain();
    issuer.distinguished_name = rcgen::DistinguishedName::new();
    let (subject, name) = (own.subject(), own.common_name().expect("a name"));
    let digest = subject.strip_prefix(&format!("CN={name},O=guide,serialNumber=")).expect("the issuer's name is this one");
    let digest = DnValue::PrintableString(digest.try_into().expect("digits"));
    issuer.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 5]), digest);
    issuer.distinguished_name.push(DnType::OrganizationName, "guide");
    issuer.distinguished_name.push(DnType::CommonName, name);
    let issuer = Issuer::new(issuer, issuer_key);
    let mut params = plain();
    change(&mut params);
    params.signed_by(key, &issuer).expect("signed").pem()
}

/// A leaf under an intermediate under an authority with path length 0, all three in one file, and its key.
pub(crate) fn below_too_many() -> (String, String) {
    let authority = |name: &str, limit: BasicConstraints| {
        let mut params = plain();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(limit);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.extended_key_usages.clear();
        params
    };
    let keys: [KeyPair; 3] = std::array::from_fn(|_| KeyPair::generate().expect("a key"));
    let (root, middle) =
        (authority("root", BasicConstraints::Constrained(0)), authority("middle", BasicConstraints::Unconstrained));
    let root_pem = root.self_signed(&keys[0]).expect("signed").pem();
    let middle_pem = middle.signed_by(&keys[1], &Issuer::from_params(&root, &keys[0])).expect("signed").pem();
    let leaf_pem = plain().signed_by(&keys[2], &Issuer::from_params(&middle, &keys[1])).expect("signed").pem();
    (leaf_pem + &middle_pem + &root_pem, keys[2].serialize_pem())
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

/// A CA, and a leaf that it has signed.
pub(crate) fn below(
    change_ca: impl FnOnce(&mut CertificateParams),
    change_leaf: impl FnOnce(&mut CertificateParams),
) -> (String, String) {
    let mut ca = plain();
    ca.distinguished_name.push(DnType::CommonName, "Other CA");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.extended_key_usages.clear();
    change_ca(&mut ca);
    let keys: [KeyPair; 2] = std::array::from_fn(|_| KeyPair::generate().expect("a key"));
    let mut leaf = plain();
    change_leaf(&mut leaf);
    let leaf = leaf.signed_by(&keys[1], &Issuer::from_params(&ca, &keys[0])).expect("signed");
    (ca.self_signed(&keys[0]).expect("signed").pem(), leaf.pem())
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
