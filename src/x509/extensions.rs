//! Extensions: DER -> what the chain rules need, by Go's `processExtensions` (crypto/x509/parser.go).
//!
//! Every extension that Go reads is read, also those that no rule here uses: Go rejects a certificate with a malformed one, and
//! so must a proof.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::x509::der::{BOOLEAN, DerReader, Element, INTEGER, OCTET_STRING, SEQUENCE, context, context_constructed, dotted};
use crate::x509::domain_name::domain_name_valid;
use crate::x509::error::CertificateError;
use crate::x509::name_constraints::{NameConstraints, Uri, ip_address};
use crate::x509::policies::{self, Policies};
use crate::x509::uri;

/// 1.3.6.1.5.5.7.1.1
const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];

/// The extensions of one certificate.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) ext_key_usages: ExtKeyUsages,
    /// The extension's value, byte for byte, for comparisons.
    pub(super) subject_alt_name: Option<Box<[u8]>>,
    pub(super) dns_names: Vec<String>,
    pub(super) email_addresses: Vec<String>,
    pub(super) ip_addresses: Vec<IpAddr>,
    pub(super) uris: Vec<Uri>,
    pub(super) subject_key_id: Option<Box<[u8]>>,
    pub(super) authority_key_id: Option<Box<[u8]>>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) policies: Policies,
    /// The first critical extension that Go does not handle, as a dotted object identifier.
    pub(super) unhandled_critical: Option<String>,
    /// The first critical extension that only newer Go handles.
    pub(super) newly_handled: Option<String>,
    /// A critical extension that only newer Go rejects.
    pub(super) newly_refused: Option<&'static str>,
}

#[derive(Clone, Copy)]
pub(super) struct BasicConstraints {
    pub(super) ca: bool,
    pub(super) path_len: Option<u64>,
}

/// The bits of the key usage extension (RFC 5280 4.2.1.3).
#[derive(Clone, Copy)]
pub(super) struct KeyUsage(u16);

impl KeyUsage {
    pub(super) fn digital_signature(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) fn cert_sign(self) -> bool {
        self.0 & (1 << 5) != 0
    }

    /// No bit is set, which Go treats as no key usage.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The extended key usages for TLS (RFC 5280 4.2.1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of one extension")]
pub struct ExtKeyUsages {
    /// The extension exists and names a usage; without it every usage is allowed.
    pub present: bool,
    /// `anyExtendedKeyUsage` is named.
    pub any: bool,
    /// `serverAuth` is named.
    pub server_auth: bool,
    /// `clientAuth` is named.
    pub client_auth: bool,
}

impl Extensions {
    /// Reads the content of the `[3]` field of a certificate.
    pub(super) fn parse(field: &Element<'_>) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed("extension");
        let mut list = field.reader().expect(SEQUENCE).ok_or_else(|| malformed.clone())?.reader();
        let mut seen = BTreeSet::new();
        let mut extensions = Self::default();
        while !list.is_empty() {
            let extension = list.expect(SEQUENCE).and_then(|extension| RawExtension::parse(extension.reader()));
            let extension = extension.ok_or_else(|| malformed.clone())?;
            if !seen.insert(extension.oid) {
                return Err(CertificateError::DuplicateExtension(dotted(extension.oid)));
            }
            let handled = extensions.read(&extension)?;
            let policies = matches!(extension.oid, [0x55, 0x1d, 33 | 36 | 54]);
            if extension.critical && policies {
                extensions.newly_handled.get_or_insert_with(|| dotted(extension.oid));
            }
            if extension.critical && !handled {
                extensions.unhandled_critical.get_or_insert_with(|| dotted(extension.oid));
            }
        }
        Ok(extensions)
    }

    /// Reads one extension; false if Go would leave it unhandled.
    fn read(&mut self, extension: &RawExtension<'_>) -> Result<bool, CertificateError> {
        let malformed = CertificateError::Malformed;
        let mut value = DerReader::new(extension.value);
        // Conforming CAs must mark some of them as not critical; newer Go requires it.
        let refused = match extension.oid {
            [0x55, 0x1d, 14] => Some("critical subject key identifier (since Go 1.23)"),
            [0x55, 0x1d, 35] => Some("critical authority key identifier (since Go 1.23)"),
            AUTHORITY_INFO_ACCESS => Some("critical authority information access (since Go 1.23)"),
            _ => None,
        };
        self.newly_refused = self.newly_refused.or(refused.filter(|_| extension.critical));
        match extension.oid {
            [0x55, 0x1d, 14] => {
                let id = value.expect(OCTET_STRING).ok_or(malformed("subject key identifier"))?;
                self.subject_key_id = Some(id.content.into());
            }
            [0x55, 0x1d, 15] => {
                self.key_usage = Some(key_usage(value).ok_or(malformed("key usage"))?);
            }
            [0x55, 0x1d, 17] => {
                self.read_subject_alt_name(value)?;
                self.subject_alt_name = Some(extension.value.into());
                return Ok(!(self.dns_names.is_empty()
                    && self.email_addresses.is_empty()
                    && self.ip_addresses.is_empty()
                    && self.uris.is_empty()));
            }
            [0x55, 0x1d, 19] => {
                self.basic_constraints = Some(basic_constraints(value).ok_or(malformed("basic constraints"))?);
            }
            [0x55, 0x1d, 30] => {
                let constraints = self.name_constraints.insert(NameConstraints::parse(extension.value)?);
                return Ok(!constraints.unhandled);
            }
            [0x55, 0x1d, 31] => {
                distribution_points(value).ok_or(malformed("CRL distribution points"))?;
            }
            [0x55, 0x1d, 32] => {
                self.policies.own = policies::parse_policies(value).ok_or(malformed("certificate policies"))?;
            }
            [0x55, 0x1d, 33] => {
                self.policies.mappings = policies::parse_mappings(value).ok_or(malformed("policy mappings"))?;
            }
            [0x55, 0x1d, 35] => {
                self.authority_key_id = authority_key_id(value).ok_or(malformed("authority key identifier"))?;
            }
            [0x55, 0x1d, 36] => {
                let limits = policies::parse_constraints(value).ok_or(malformed("policy constraints"))?;
                (self.policies.require_explicit, self.policies.inhibit_mapping) = limits;
            }
            [0x55, 0x1d, 37] => {
                self.ext_key_usages = ext_key_usages(value).ok_or(malformed("extended key usage"))?;
            }
            [0x55, 0x1d, 54] => {
                let limit = value.small_integer(INTEGER).ok_or(malformed("inhibit any policy"))?;
                self.policies.inhibit_any = u64::try_from(limit).ok();
            }
            AUTHORITY_INFO_ACCESS => {
                authority_info_access(value).ok_or(malformed("authority information access"))?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_subject_alt_name(&mut self, mut value: DerReader<'_>) -> Result<(), CertificateError> {
        const EMAIL: u8 = context(1);
        const DNS: u8 = context(2);
        const URI: u8 = context(6);
        const IP: u8 = context(7);

        let malformed = CertificateError::Malformed("subject alternative name");
        let mut names = value.expect(SEQUENCE).ok_or_else(|| malformed.clone())?.reader();
        while !names.is_empty() {
            let name = names.any().ok_or_else(|| malformed.clone())?;
            let text = || ascii(name.content).ok_or_else(|| malformed.clone());
            match name.tag {
                EMAIL => self.email_addresses.push(text()?.to_owned()),
                DNS => self.dns_names.push(text()?.to_owned()),
                URI => {
                    let host = uri::parse_host(text()?).filter(|host| domain_name_valid(host, false));
                    let host = host.ok_or_else(|| malformed.clone())?;
                    self.uris.push(Uri { text: text()?.to_owned(), host });
                }
                IP => self.ip_addresses.push(ip_address(name.content).ok_or_else(|| malformed.clone())?),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The `[3]` field of a version 3 certificate; the unique identifiers before it are skipped.
#[expect(clippy::option_option, reason = "absent and broken are different answers")]
pub(super) fn extensions_field<'a>(body: &mut DerReader<'a>, version: i64) -> Option<Option<Element<'a>>> {
    if version == 1 {
        return Some(None);
    }
    body.optional(context(1))?;
    body.optional(context(2))?;
    if version == 3 { body.optional(context_constructed(3)) } else { Some(None) }
}

struct RawExtension<'a> {
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl<'a> RawExtension<'a> {
    fn parse(mut reader: DerReader<'a>) -> Option<Self> {
        let oid = reader.oid()?;
        let critical = reader.peek(BOOLEAN).then(|| reader.boolean());
        let critical = critical.unwrap_or(Some(false))?;
        let value = reader.expect(OCTET_STRING)?.content;
        Some(Self { oid, critical, value })
    }
}

fn ascii(bytes: &[u8]) -> Option<&str> {
    bytes.is_ascii().then(|| std::str::from_utf8(bytes).ok())?
}

fn key_usage(mut value: DerReader<'_>) -> Option<KeyUsage> {
    let bits = value.bit_string()?;
    Some(KeyUsage((0..9).filter(|number| bits.bit(*number)).fold(0, |usage, number| usage | 1 << number)))
}

fn basic_constraints(mut value: DerReader<'_>) -> Option<BasicConstraints> {
    let mut fields = value.expect(SEQUENCE)?.reader();
    let ca = if fields.peek(BOOLEAN) { fields.boolean()? } else { false };
    let path_len = if fields.peek(INTEGER) { Some(u64::try_from(fields.small_integer(INTEGER)?).ok()?) } else { None };
    Some(BasicConstraints { ca, path_len })
}

fn ext_key_usages(mut value: DerReader<'_>) -> Option<ExtKeyUsages> {
    let mut usages = ExtKeyUsages::default();
    let mut oids = value.expect(SEQUENCE)?.reader();
    while !oids.is_empty() {
        usages.present = true;
        match oids.oid()? {
            [0x55, 0x1d, 37, 0] => usages.any = true,
            [0x2b, 6, 1, 5, 5, 7, 3, 1] => usages.server_auth = true,
            [0x2b, 6, 1, 5, 5, 7, 3, 2] => usages.client_auth = true,
            _ => {}
        }
    }
    Some(usages)
}

#[expect(clippy::option_option, reason = "malformed and without a key identifier are different answers")]
fn authority_key_id(mut value: DerReader<'_>) -> Option<Option<Box<[u8]>>> {
    let id = value.expect(SEQUENCE)?.reader().optional(context(0))?;
    Some(id.map(|id| id.content.into()))
}

/// Only the form is checked: meshbundle fetches no revocation lists.
fn distribution_points(mut value: DerReader<'_>) -> Option<()> {
    let mut points = value.expect(SEQUENCE)?.reader();
    while !points.is_empty() {
        let mut point = points.expect(SEQUENCE)?.reader();
        let Some(name) = point.optional(context_constructed(0))? else {
            continue;
        };
        let mut uris = name.reader().expect(context_constructed(0))?.reader();
        while uris.peek(context(6)) {
            uris.any()?;
        }
    }
    Some(())
}

/// Only the form is checked, as with distribution points.
fn authority_info_access(mut value: DerReader<'_>) -> Option<()> {
    let mut descriptions = value.expect(SEQUENCE)?.reader();
    while !descriptions.is_empty() {
        let mut description = descriptions.expect(SEQUENCE)?.reader();
        description.oid()?;
        description.optional(context(6))?;
    }
    Some(())
}
