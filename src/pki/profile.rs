//! The content of a certificate: request -> rcgen's parameters, or the reason why there are none.
//!
//! Leaves: `CA:FALSE`, `digitalSignature`, a subject of one common name, key identifiers. CAs: `CA:TRUE` without a path length,
//! `keyCertSign` and `cRLSign`. There is no path length because no common CA of a mesh has one (Cilium's Helm chart and certgen,
//! kubeadm), and a limit of zero would forbid the old CA to cross-sign the new one when it is replaced.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use rcgen::string::PrintableString;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose,
    SanType, SerialNumber,
};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::error::AuthorityError;
use crate::plan::{AuthorityRequest, LeafRequest, LeafUsage};

/// RFC 5280 appendix A.1: `ub-common-name` and `ub-organization-name`, in characters.
const NAME_LIMIT: usize = 64;
/// The attribute `serialNumber` of a subject (RFC 5280 appendix A.1), which tells entities of one name apart.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];
/// How much of the digest of its key is in the subject of a CA, in bytes: enough for all CAs that anyone here ever makes.
const KEY_DIGEST: usize = 8;
/// RFC 1035 2.3.4, without the final dot and the length octet.
const DNS_NAME_LIMIT: usize = 253;
/// RFC 1035 2.3.4.
const DNS_LABEL_LIMIT: usize = 63;

/// A serial number: random, 128 bit, positive, and below the 20 octets of RFC 5280 4.1.2.2.
pub(super) type Serial = [u8; 16];

/// Draws a serial number. The first octet is not zero, so that it is always 32 digits long.
pub(super) fn serial() -> Result<Serial, AuthorityError> {
    let random = SystemRandom::new();
    let mut serial = Serial::default();
    while serial.first() == Some(&0) {
        random.fill(&mut serial).map_err(|_| AuthorityError::Random)?;
    }
    Ok(serial)
}

/// The parameters of a leaf.
pub(super) fn leaf(request: &LeafRequest, serial: Serial) -> Result<CertificateParams, AuthorityError> {
    let mut params = common(&request.common_name, (request.not_before, request.not_after), serial)?;
    params.distinguished_name.push(DnType::CommonName, attribute("common name", &request.common_name)?);
    let names = request.dns_names.iter().map(|name| dns_name(name));
    let addresses = request.ip_addresses.iter();
    params.subject_alt_names =
        names.chain(addresses.map(|address| Ok(SanType::IpAddress(*address)))).collect::<Result<_, _>>()?;
    // RFC 5280 makes basic constraints of a leaf optional; with them the certificate is unambiguous.
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = match request.usage {
        // etcd's gRPC gateway dials its own listener with the server's certificate as client
        // certificate (etcd server/embed/serve.go, `serve`: `dtls := tlscfg.Clone()`).
        LeafUsage::Server => vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth],
        LeafUsage::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
    };
    Ok(params)
}

/// The parameters of a self-signed CA with the public key `key`. Its subject has a digest of the key: two CAs with one name differ
/// wherever only their subjects are listed, as a TLS server lists the CAs that it trusts.
pub(super) fn authority(request: &AuthorityRequest, key: &[u8], serial: Serial) -> Result<CertificateParams, AuthorityError> {
    let mut params = common(&request.common_name, (request.not_before, request.not_after), serial)?;
    let digest = hex::encode(digest(&SHA256, key).as_ref().get(..KEY_DIGEST).unwrap_or_default());
    let digest = PrintableString::try_from(digest).map_err(|error| AuthorityError::Compose(error.to_string()))?;
    // First, so that people read it last.
    params.distinguished_name.push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), DnValue::PrintableString(digest));
    // Organization before common name, as Go's pkix.Name orders them.
    if let Some(organization) = &request.organization {
        params.distinguished_name.push(DnType::OrganizationName, attribute("organization", organization)?);
    }
    params.distinguished_name.push(DnType::CommonName, attribute("common name", &request.common_name)?);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// A moment as text, in UTC.
pub(super) fn moment(time: OffsetDateTime) -> String {
    time.checked_to_offset(UtcOffset::UTC)
        .and_then(|utc| utc.format(&Rfc3339).ok())
        .unwrap_or_else(|| format!("in the year {}", time.year()))
}

fn common(
    common_name: &str,
    (not_before, not_after): (OffsetDateTime, OffsetDateTime),
    serial: Serial,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    let (Some(start), Some(end)) = (writable(not_before), writable(not_after)) else {
        return Err(invalid(common_name, not_before, not_after));
    };
    if start >= end {
        return Err(invalid(common_name, not_before, not_after));
    }
    params.not_before = start;
    params.not_after = end;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    Ok(params)
}

fn invalid(common_name: &str, start: OffsetDateTime, end: OffsetDateTime) -> AuthorityError {
    AuthorityError::Validity { common_name: common_name.to_owned(), not_before: moment(start), not_after: moment(end) }
}

/// The moment in UTC.
pub(super) fn in_utc(time: OffsetDateTime) -> OffsetDateTime {
    time.checked_to_offset(UtcOffset::UTC).unwrap_or(time)
}

/// The moment in UTC, if a certificate can hold it (RFC 5280 4.1.2.5).
fn writable(time: OffsetDateTime) -> Option<OffsetDateTime> {
    time.checked_to_offset(UtcOffset::UTC).filter(|utc| (1950..=9999).contains(&utc.year()))
}

/// The value of a subject's attribute, if its length and characters are allowed.
fn attribute<'a>(attribute: &'static str, value: &'a str) -> Result<&'a str, AuthorityError> {
    let length = value.chars().count();
    if length == 0 || length > NAME_LIMIT || value.chars().any(char::is_control) {
        return Err(AuthorityError::Name { attribute, value: value.to_owned() });
    }
    Ok(value)
}

/// A DNS name of letters, digits, hyphens and underscores, which may start with a whole label
/// `*` (RFC 5280 4.2.1.6, RFC 6125 6.4.3): Go matches no host with a name of another form
/// (crypto/x509/verify.go, `validHostname`).
fn dns_name(name: &str) -> Result<SanType, AuthorityError> {
    let refused = || AuthorityError::DnsName(name.to_owned());
    let host = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > DNS_NAME_LIMIT || !host.split('.').all(is_label) {
        return Err(refused());
    }
    Ok(SanType::DnsName(name.try_into().map_err(|_| refused())?))
}

fn is_label(label: &str) -> bool {
    (1..=DNS_LABEL_LIMIT).contains(&label.len())
        && !label.starts_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
