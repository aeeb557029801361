//! One X.509 certificate: DER -> facts, read once.
//!
//! It rejects what Go's `x509.ParseCertificate` rejects (crypto/x509/parser.go): a certificate that the agent or etcd cannot read
//! proves nothing. `chain` and `hostname` verify certificates.

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use time::OffsetDateTime;

use crate::x509::der::{DerReader, INTEGER, SEQUENCE, context_constructed};
use crate::x509::error::CertificateError;
use crate::x509::extensions::{BasicConstraints, ExtKeyUsages, Extensions, KeyUsage, extensions_field};
use crate::x509::go_rules::{GoRule, GoRules};
use crate::x509::name;
use crate::x509::name_constraints::{NameConstraints, Uri};
use crate::x509::policies::Policies;
use crate::x509::public_key::{PublicKey, PublicKeyKind};
use crate::x509::signature::{SignatureAlgorithm, SignatureError, check_signature};
use crate::x509::validity::validity;

/// The limit of Go's crypto/tls for all certificates of the other end (`maxHandshakeCertificateMsg`). It bounds the work that
/// hostile names and constraints can make.
const MAX_LEN: usize = 262_144;

/// A parsed certificate. Cheap to clone; two are equal if their DER is.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    tbs: Range<usize>,
    subject: Range<usize>,
    issuer: Range<usize>,
    spki: Range<usize>,
    version: i64,
    serial: Box<[u8]>,
    common_name: Option<String>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    public_key: PublicKey,
    extensions: Extensions,
    signature_algorithm: SignatureAlgorithm,
    signature: Box<[u8]>,
    spki_sha256: [u8; 32],
    /// SHA-256 of the public key info that the signature was found good with, so that a CA's signature is checked once and not
    /// for each link below it.
    proven_by: OnceLock<[u8; 32]>,
}

impl Certificate {
    /// Reads one certificate, and nothing after it, as today's Go does.
    ///
    /// # Errors
    /// [`CertificateError`] where Go's crypto/x509 would not take these bytes either.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        Self::from_der_by(der, GoRules::NEWEST)
    }

    /// [`Self::from_der`] by the rules of another Go.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_der_by(der: &[u8], rules: GoRules) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        if der.len() > MAX_LEN {
            return Err(malformed("larger than Go's TLS accepts"));
        }
        let mut input = DerReader::new(der);
        let whole = input.expect(SEQUENCE).ok_or(malformed("not a certificate"))?;
        if !input.is_empty() {
            return Err(malformed("bytes after the certificate"));
        }
        let mut outer = whole.reader();
        let tbs = outer.expect(SEQUENCE).ok_or(malformed("certificate body"))?;
        let outer_algorithm = outer.expect(SEQUENCE).ok_or(malformed("signature algorithm"))?;

        let mut body = tbs.reader();
        let version = version(&mut body).ok_or(malformed("version"))?;
        let serial = body.integer(INTEGER).ok_or(malformed("serial number"))?;
        if rules.has(GoRule::NegativeSerials) && serial.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(malformed("negative serial number (since Go 1.23)"));
        }
        let algorithm = body.expect(SEQUENCE).ok_or(malformed("signature algorithm"))?;
        // RFC 5280 4.1.1.2: otherwise a signature could pass as one of another algorithm.
        if algorithm.content != outer_algorithm.content {
            return Err(malformed("two different signature algorithms"));
        }
        let signature_algorithm = SignatureAlgorithm::parse(algorithm.reader());
        let signature_algorithm = signature_algorithm.ok_or(malformed("signature algorithm"))?;
        let issuer = body.expect(SEQUENCE).ok_or(malformed("issuer"))?;
        name::common_name(&issuer)?;
        let (not_before, not_after) = validity(&mut body).ok_or(malformed("validity"))?;
        let subject = body.expect(SEQUENCE).ok_or(malformed("subject"))?;
        let common_name = name::common_name(&subject)?;
        let spki = body.expect(SEQUENCE).ok_or(malformed("public key info"))?;
        let public_key = PublicKey::parse(&spki)?;
        let extensions = match extensions_field(&mut body, version).ok_or(malformed("extensions"))? {
            Some(field) => Extensions::parse(&field)?,
            None => Extensions::default(),
        };
        if let Some(what) = extensions.newly_refused.filter(|_| rules.has(GoRule::CriticalKeyIds)) {
            return Err(malformed(what));
        }
        let signature = outer.bit_string().ok_or(malformed("signature"))?.right_aligned();

        Ok(Self(Arc::new(Inner {
            tbs: tbs.span(),
            subject: subject.span(),
            issuer: issuer.span(),
            spki: spki.span(),
            version,
            serial: serial.into(),
            common_name,
            not_before,
            not_after,
            public_key,
            extensions,
            signature_algorithm,
            signature,
            spki_sha256: sha256(spki.der),
            proven_by: OnceLock::new(),
            der: der.into(),
        })))
    }

    /// A certificate with `extensions` that counts as signed by `issuer`: see `planned`.
    pub(super) fn planned(issuer: &Self, subject: &[u8], extensions: Extensions, at: OffsetDateTime) -> Self {
        let der = [issuer.subject_der(), subject].concat();
        let (name, subject) = (0..issuer.subject_der().len(), issuer.subject_der().len()..der.len());
        Self(Arc::new(Inner {
            tbs: 0..0,
            spki: 0..0,
            subject,
            issuer: name,
            version: 3,
            serial: Box::new([0]),
            common_name: None,
            not_before: at,
            not_after: at,
            public_key: PublicKey::Unknown(String::new()),
            extensions,
            signature_algorithm: issuer.signature_algorithm().clone(),
            signature: Box::default(),
            spki_sha256: [0; 32],
            proven_by: OnceLock::from(issuer.0.spki_sha256),
            der: der.into(),
        }))
    }

    /// The bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> [u8; 32] {
        sha256(self.der())
    }

    /// The subject as a DER Name. Issuers are found by these bytes.
    pub fn subject_der(&self) -> &[u8] {
        self.part(&self.0.subject)
    }

    /// The issuer as a DER Name.
    pub fn issuer_der(&self) -> &[u8] {
        self.part(&self.0.issuer)
    }

    /// The whole `SubjectPublicKeyInfo`.
    pub fn spki_der(&self) -> &[u8] {
        self.part(&self.0.spki)
    }

    /// The subject as printable text, as in RFC 4514: `CN=remote,O=Example`. Empty for an empty name.
    pub fn subject(&self) -> String {
        name::text(self.subject_der())
    }

    /// The issuer as printable text.
    pub fn issuer(&self) -> String {
        name::text(self.issuer_der())
    }

    /// The last common name of the subject, which is etcd's user: what Go's `pkix.Name.CommonName` is. An empty one
    /// is `None`. Not made printable.
    pub fn common_name(&self) -> Option<&str> {
        self.0.common_name.as_deref()
    }

    /// The serial number in lower-case hexadecimal, two digits a byte, no leading zero bytes.
    pub fn serial_hex(&self) -> String {
        let magnitude = match &*self.0.serial {
            [0, rest @ ..] if !rest.is_empty() => rest,
            whole => whole,
        };
        hex::encode(magnitude)
    }

    /// The first instant of the validity.
    pub fn not_before(&self) -> OffsetDateTime {
        self.0.not_before
    }

    /// The last instant of the validity.
    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
    }

    /// Whether the basic constraints make this a CA.
    pub fn is_ca(&self) -> bool {
        self.basic_constraints().is_some_and(|constraints| constraints.ca)
    }

    /// How many intermediates may follow below it; `None` for no limit. A limit above `u32` becomes its maximum.
    pub fn path_len(&self) -> Option<u32> {
        let limit = self.basic_constraints()?.path_len?;
        Some(u32::try_from(limit).unwrap_or(u32::MAX))
    }

    /// Whether there are basic constraints at all.
    pub fn has_basic_constraints(&self) -> bool {
        self.basic_constraints().is_some()
    }

    /// Whether the key usage names `keyCertSign`; `None` without that extension.
    pub fn key_usage_cert_sign(&self) -> Option<bool> {
        self.0.extensions.key_usage.map(KeyUsage::cert_sign)
    }

    /// Whether the key usage names `digitalSignature`, which TLS needs; `None` without that extension.
    pub fn key_usage_digital_signature(&self) -> Option<bool> {
        self.0.extensions.key_usage.map(KeyUsage::digital_signature)
    }

    /// The extended key usages.
    pub fn ext_key_usages(&self) -> ExtKeyUsages {
        self.0.extensions.ext_key_usages
    }

    /// DNS names of the subject alternative name, as written.
    pub fn dns_names(&self) -> &[String] {
        &self.0.extensions.dns_names
    }

    /// IP addresses of the subject alternative name.
    pub fn ip_addresses(&self) -> &[IpAddr] {
        &self.0.extensions.ip_addresses
    }

    /// The subject key identifier.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.subject_key_id.as_deref()
    }

    /// The key identifier of the issuer.
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key_id.as_deref()
    }

    /// Whether subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der() == self.issuer_der()
    }

    /// The kind of its key.
    pub fn public_key_kind(&self) -> PublicKeyKind {
        self.0.public_key.kind()
    }

    pub(super) fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }

    /// How it is signed.
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.0.signature_algorithm
    }

    /// Whether `issuer`'s key has signed this certificate; `None` where that cannot be checked, as with SHA-1.
    pub fn is_signed_by(&self, issuer: &Self) -> Option<bool> {
        answer(self.check_signed_by(issuer))
    }

    /// Whether this certificate's key has made `signature` over `message`; `None` where that cannot be checked.
    pub fn has_signed(&self, algorithm: &SignatureAlgorithm, message: &[u8], signature: &[u8]) -> Option<bool> {
        answer(check_signature(algorithm, &self.0.public_key, message, signature))
    }

    /// A short name for messages: the subject, or the serial number where that is empty.
    pub fn label(&self) -> String {
        let subject = self.subject();
        if subject.is_empty() { format!("serial number {}", self.serial_hex()) } else { subject }
    }

    /// 1, 2 or 3.
    pub fn version(&self) -> i64 {
        self.0.version
    }

    pub(super) fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.extensions.basic_constraints
    }

    pub(super) fn key_usage(&self) -> Option<KeyUsage> {
        self.0.extensions.key_usage
    }

    pub(super) fn subject_alt_name(&self) -> Option<&[u8]> {
        self.0.extensions.subject_alt_name.as_deref()
    }

    pub(super) fn email_addresses(&self) -> &[String] {
        &self.0.extensions.email_addresses
    }

    pub(super) fn uris(&self) -> &[Uri] {
        &self.0.extensions.uris
    }

    pub(super) fn name_constraints(&self) -> Option<&NameConstraints> {
        self.0.extensions.name_constraints.as_ref()
    }

    pub(super) fn policies(&self) -> &Policies {
        &self.0.extensions.policies
    }

    pub(super) fn unhandled_critical_extension(&self, rules: GoRules) -> Option<&str> {
        let newly_handled = self.0.extensions.newly_handled.as_ref().filter(|_| !rules.has(GoRule::Policies));
        self.0.extensions.unhandled_critical.as_ref().or(newly_handled).map(String::as_str)
    }

    /// Whether `issuer`'s key has signed this certificate; a good answer is remembered.
    pub(super) fn check_signed_by(&self, issuer: &Self) -> Result<(), SignatureError> {
        let issuer = &issuer.0;
        if self.0.proven_by.get() == Some(&issuer.spki_sha256) {
            return Ok(());
        }
        let message = self.part(&self.0.tbs);
        check_signature(&self.0.signature_algorithm, &issuer.public_key, message, &self.0.signature)?;
        // A second CA with another key for the same signature is too rare to remember.
        let _ = self.0.proven_by.set(issuer.spki_sha256);
        Ok(())
    }

    /// A part of the DER. The ranges were made from these very bytes, so they lie within.
    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }
}

fn answer(checked: Result<(), SignatureError>) -> Option<bool> {
    match checked {
        Ok(()) => Some(true),
        Err(SignatureError::Mismatch) => Some(false),
        Err(_) => None,
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.subject()).finish()
    }
}

/// The version as people count it; there are 1, 2 and 3.
fn version(body: &mut DerReader<'_>) -> Option<i64> {
    let Some(field) = body.optional(context_constructed(0))? else {
        return Some(1);
    };
    let mut field = field.reader();
    let version = field.small_integer(INTEGER)?;
    (field.is_empty() && (0..=2).contains(&version)).then_some(version + 1)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    // SHA-256 gives just these 32 bytes.
    sum.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
    sum
}
