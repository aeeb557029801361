//! Certificates made by rcgen with hand-made extensions, quickly and in any shape.

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, Issuer, KeyPair};
use time::{Duration, OffsetDateTime};

use crate::chain_judges::der::{der, integer, oid, sequence};

pub(crate) const SERVER: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 3, 1];
pub(crate) const CLIENT: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 3, 2];
pub(crate) const CODE: &[u32] = &[1, 3, 6, 1, 5, 5, 7, 3, 3];
pub(crate) const ANY: &[u32] = &[2, 5, 29, 37, 0];

/// Kinds of general names, by their tag.
pub(crate) const EMAIL: u8 = 0x81;
pub(crate) const DNS: u8 = 0x82;
pub(crate) const URI: u8 = 0x86;
pub(crate) const IP: u8 = 0x87;

/// The instant at which forged chains are judged.
pub(crate) fn noon() -> OffsetDateTime {
    time::macros::datetime!(2030-06-01 12:00 UTC)
}

/// What a certificate shall be.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) subject: String,
    /// Which of the forge's keys it certifies.
    pub(crate) key: usize,
    pub(crate) issuer: String,
    /// Which of the forge's keys signs it.
    pub(crate) issuer_key: usize,
    /// Days from noon, from and to.
    pub(crate) days: (i64, i64),
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) oid: Vec<u32>,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

pub(crate) struct Forge {
    keys: Vec<KeyPair>,
}

impl Forge {
    pub(crate) fn new(keys: usize) -> Self {
        Self { keys: (0..keys).map(|_| KeyPair::generate().expect("a P-256 key")).collect() }
    }

    pub(crate) fn make(&self, plan: &Plan) -> Vec<u8> {
        let mut params = named(&plan.subject);
        params.not_before = noon() + Duration::days(plan.days.0);
        params.not_after = noon() + Duration::days(plan.days.1);
        params.custom_extensions = plan.extensions.iter().map(Extension::to_rcgen).collect();
        let issuer_params = named(&plan.issuer);
        let issuer = Issuer::from_params(&issuer_params, &self.keys[plan.issuer_key]);
        params.signed_by(&self.keys[plan.key], &issuer).expect("rcgen signs").der().to_vec()
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Extension {
    /// An extension with an identifier below 2.5.29.
    pub(crate) fn new(number: u32, critical: bool, value: Vec<u8>) -> Self {
        Self { oid: vec![2, 5, 29, number], critical, value }
    }

    fn to_rcgen(&self) -> CustomExtension {
        let arcs: Vec<u64> = self.oid.iter().copied().map(u64::from).collect();
        let mut extension = CustomExtension::from_oid_content(&arcs, self.value.clone());
        extension.set_criticality(self.critical);
        extension
    }

    pub(crate) fn basic_constraints(ca: bool, path_len: Option<u8>) -> Self {
        let mut fields = Vec::new();
        if ca {
            fields.push(der(0x01, &[&[0xff]]));
        }
        fields.extend(path_len.map(|limit| integer(0x02, limit)));
        Self::new(19, true, sequence(&fields))
    }

    /// `keyCertSign`, or else `digitalSignature`.
    pub(crate) fn key_usage(cert_sign: bool) -> Self {
        let bits: &[u8] = if cert_sign { &[2, 0x04] } else { &[7, 0x80] };
        Self::new(15, true, der(0x03, &[bits]))
    }

    pub(crate) fn ext_key_usage(usages: &[&[u32]]) -> Self {
        Self::new(37, false, sequence(&usages.iter().map(|usage| oid(usage)).collect::<Vec<_>>()))
    }

    pub(crate) fn alt_names(names: &[(u8, Vec<u8>)]) -> Self {
        Self::new(17, false, sequence(&general_names(names)))
    }

    pub(crate) fn name_constraints(permitted: &[(u8, Vec<u8>)], excluded: &[(u8, Vec<u8>)]) -> Self {
        let mut fields = Vec::new();
        for (tag, names) in [(0xa0, permitted), (0xa1, excluded)] {
            if !names.is_empty() {
                let subtrees: Vec<u8> = general_names(names).into_iter().flat_map(|name| sequence(&[name])).collect();
                fields.push(der(tag, &[&subtrees]));
            }
        }
        Self::new(30, true, sequence(&fields))
    }

    pub(crate) fn subject_key_id(id: &[u8]) -> Self {
        Self::new(14, false, der(0x04, &[id]))
    }

    pub(crate) fn authority_key_id(id: &[u8]) -> Self {
        Self::new(35, false, sequence(&[der(0x80, &[id])]))
    }
}

fn general_names(names: &[(u8, Vec<u8>)]) -> Vec<Vec<u8>> {
    names.iter().map(|(kind, name)| der(*kind, &[name])).collect()
}

pub(crate) fn dns(name: &str) -> (u8, Vec<u8>) {
    (DNS, name.into())
}
