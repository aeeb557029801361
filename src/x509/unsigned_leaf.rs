//! A planned certificate, treated as if its CA had signed it, so that its chain can be verified by the same rules before anything
//! is signed.

use std::net::IpAddr;

use time::OffsetDateTime;

use crate::x509::certificate::Certificate;
use crate::x509::extensions::{ExtKeyUsages, Extensions};
use crate::x509::usage::Usage;

/// The content of a planned certificate.
pub struct PlannedLeaf {
    /// Common name, for messages.
    pub common_name: String,
    /// DNS names in the SAN.
    pub dns_names: Vec<String>,
    /// Addresses in the SAN.
    pub ip_addresses: Vec<IpAddr>,
    /// What it is for.
    pub usages: Vec<Usage>,
}

impl PlannedLeaf {
    /// The certificate, valid at `at`, that `issuer` would sign. It has no bytes to present.
    pub fn below(&self, issuer: &Certificate, at: OffsetDateTime) -> Certificate {
        let has_names = !self.dns_names.is_empty() || !self.ip_addresses.is_empty();
        let extensions = Extensions {
            ext_key_usages: ExtKeyUsages {
                present: true,
                any: false,
                server_auth: self.usages.contains(&Usage::ServerAuth),
                client_auth: self.usages.contains(&Usage::ClientAuth),
            },
            subject_alt_name: has_names.then(Box::default),
            dns_names: self.dns_names.clone(),
            ip_addresses: self.ip_addresses.clone(),
            ..Extensions::default()
        };
        Certificate::planned(issuer, &subject(&self.common_name), extensions, at)
    }
}

/// A DER name with this common name; the empty one where it is too long for short lengths.
fn subject(common_name: &str) -> Vec<u8> {
    let wrapped = |tag: u8, content: &[u8]| -> Option<Vec<u8>> {
        let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80)?;
        Some([&[tag, length], content].concat())
    };
    let name = || {
        let value = [&[0x06, 3, 0x55, 4, 3][..], &wrapped(0x0c, common_name.as_bytes())?].concat();
        wrapped(0x30, &wrapped(0x31, &wrapped(0x30, &value)?)?)
    };
    name().unwrap_or_else(|| vec![0x30, 0])
}
