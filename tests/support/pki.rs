//! Authorities and leaves, made when the tests run.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SignatureAlgorithm, date_time_ymd,
};
use time::OffsetDateTime;

/// A certificate and its key, PEM.
pub(crate) struct Leaf {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) struct Authority {
    pub(crate) certificate: String,
    pub(crate) key: String,
    issuer: Issuer<'static, KeyPair>,
    /// Of its key and of the keys of its leaves.
    algorithm: &'static SignatureAlgorithm,
}

/// What a leaf is to be.
pub(crate) struct Wish<'a> {
    pub(crate) name: &'a str,
    pub(crate) sans: &'a [&'a str],
    pub(crate) until: OffsetDateTime,
    pub(crate) usages: Vec<ExtendedKeyUsagePurpose>,
}

impl<'a> Wish<'a> {
    pub(crate) fn named(name: &'a str) -> Self {
        Self { name, sans: &[], until: date_time_ymd(2120, 1, 1), usages: Vec::new() }
    }

    pub(crate) fn sans(self, sans: &'a [&'a str]) -> Self {
        Self { sans, ..self }
    }

    pub(crate) fn until(self, until: OffsetDateTime) -> Self {
        Self { until, ..self }
    }

    pub(crate) fn usage(self, usage: ExtendedKeyUsagePurpose) -> Self {
        Self { usages: vec![usage], ..self }
    }
}

fn params(name: &str, sans: &[&str]) -> CertificateParams {
    let sans: Vec<_> = sans.iter().map(|san| (*san).to_owned()).collect();
    let mut params = CertificateParams::new(sans).expect("names");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::with(name, &PKCS_ECDSA_P256_SHA256)
    }

    pub(crate) fn with(name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        Self::until(name, date_time_ymd(2120, 1, 1), algorithm)
    }

    /// One of its own that ends at `until`.
    pub(crate) fn until(name: &str, until: OffsetDateTime, algorithm: &'static SignatureAlgorithm) -> Self {
        let mut params = params(name, &[]);
        params.not_after = until;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let certificate = params.self_signed(&key).expect("signed").pem();
        Self { certificate, key: key.serialize_pem(), issuer: Issuer::new(params, key), algorithm }
    }

    /// One that this one has signed, until `until`.
    pub(crate) fn below(&self, name: &str, until: OffsetDateTime) -> Self {
        let mut params = params(name, &[]);
        params.not_after = until;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(self.algorithm).expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed").pem();
        Self { certificate, key: key.serialize_pem(), issuer: Issuer::new(params, key), algorithm: self.algorithm }
    }

    pub(crate) fn issue(&self, wish: &Wish<'_>) -> Leaf {
        let mut params = params(wish.name, wish.sans);
        params.not_after = wish.until;
        params.extended_key_usages = wish.usages.clone();
        let key = KeyPair::generate_for(self.algorithm).expect("a key");
        Leaf { certificate: params.signed_by(&key, &self.issuer).expect("signed").pem(), key: key.serialize_pem() }
    }
}
