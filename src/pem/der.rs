//! Recognises DER by its first elements: enough to name a file, not to trust it.

/// A kind of DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DerKind {
    /// A certificate.
    Certificate,
    /// A certificate with more data after it: another one, or OpenSSL's trust settings.
    CertificateAndMore,
    /// A certificate request (PKCS#10).
    Request,
    /// A list of revoked certificates.
    Crl,
    /// A private key, PKCS#8.
    Pkcs8,
    /// A private key, PKCS#8, encrypted.
    EncryptedPkcs8,
    /// An RSA private key, PKCS#1.
    Pkcs1,
    /// An EC private key, SEC 1.
    Sec1,
    /// A public key.
    PublicKey,
    /// Certificates in PKCS#7.
    Pkcs7,
    /// Certificates and keys in PKCS#12.
    Pkcs12,
    /// The name, or the numbers, of an elliptic curve.
    EcParameters,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// `signedData` (RFC 2315 14).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

impl DerKind {
    /// The kind of `der`, if it is one of those.
    pub fn of(der: &[u8]) -> Option<Self> {
        let (tag, content, rest) = element(der)?;
        if tag == OID {
            return rest.is_empty().then_some(Self::EcParameters);
        }
        if tag != SEQUENCE {
            return None;
        }
        let [first, second, third] = children(content);
        match (first?, second.map(|(tag, _)| tag), third.map(|(tag, _)| tag)) {
            ((SEQUENCE, body), Some(SEQUENCE), Some(BIT_STRING)) => match Self::signed(body)? {
                Self::Certificate if !rest.is_empty() => Some(Self::CertificateAndMore),
                kind => Some(kind),
            },
            ((SEQUENCE, _), Some(OCTET_STRING), None) => Some(Self::EncryptedPkcs8),
            ((INTEGER, _), Some(SEQUENCE), Some(OCTET_STRING)) => Some(Self::Pkcs8),
            ((INTEGER, [3]), Some(SEQUENCE), _) => Some(Self::Pkcs12),
            ((INTEGER, [1]), Some(SEQUENCE), Some(SEQUENCE)) => Some(Self::EcParameters),
            ((INTEGER, [1]), Some(OCTET_STRING), _) => Some(Self::Sec1),
            ((INTEGER, [0 | 1]), Some(INTEGER), Some(INTEGER)) => Some(Self::Pkcs1),
            ((SEQUENCE, _), Some(BIT_STRING), None) | ((INTEGER, _), Some(INTEGER), None) => Some(Self::PublicKey),
            ((OID, SIGNED_DATA), Some(CONTEXT_0), _) => Some(Self::Pkcs7),
            _ => None,
        }
    }

    /// The kind of a signed structure: a certificate, a request, or a revocation list.
    fn signed(body: &[u8]) -> Option<Self> {
        let [first, second, third] = children(body);
        match (first?.0, second?.0, third?.0) {
            (CONTEXT_0, INTEGER, SEQUENCE) => Some(Self::Certificate),
            (INTEGER, SEQUENCE, SEQUENCE) => {
                // The third element of a request is the key, which ends with a BIT STRING; in the others it is a name.
                let [_, key, _] = third.map(|(_, content)| children(content)).unwrap_or_default();
                match key {
                    Some((BIT_STRING, _)) => Some(Self::Request),
                    _ => Some(Self::version_1(body)),
                }
            }
            (SEQUENCE, SEQUENCE, UTC_TIME | GENERALIZED_TIME) => Some(Self::Crl),
            _ => None,
        }
    }

    /// A certificate of version 1 has its two dates in a sequence, a revocation list has them separately.
    fn version_1(body: &[u8]) -> Self {
        let fourth = Elements(body).nth(3).map(|(tag, _)| tag);
        if matches!(fourth, Some(UTC_TIME | GENERALIZED_TIME)) { Self::Crl } else { Self::Certificate }
    }

    /// Whether it is a private key without a passphrase.
    pub fn is_plain_key(self) -> bool {
        matches!(self, Self::Pkcs8 | Self::Pkcs1 | Self::Sec1)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate => "a certificate",
            Self::CertificateAndMore => "a certificate with more data after it",
            Self::Request => "a certificate request",
            Self::Crl => "a list of revoked certificates",
            Self::Pkcs8 => "a private key (PKCS#8)",
            Self::EncryptedPkcs8 => "an encrypted private key (PKCS#8)",
            Self::Pkcs1 => "an RSA private key (PKCS#1)",
            Self::Sec1 => "an EC private key (SEC 1)",
            Self::PublicKey => "a public key",
            Self::Pkcs7 => "certificates in PKCS#7",
            Self::Pkcs12 => "a PKCS#12 store",
            Self::EcParameters => "parameters of an elliptic curve",
        }
    }
}

/// The first three elements: tags and contents.
fn children(content: &[u8]) -> [Option<(u8, &[u8])>; 3] {
    let mut elements = Elements(content);
    [elements.next(), elements.next(), elements.next()]
}

struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, content, rest) = element(self.0)?;
        self.0 = rest;
        Some((tag, content))
    }
}

/// Tag, content, and what follows. Java and NSS write PKCS#12 and PKCS#7 with indefinite lengths (X.690 8.1.3.6): then the
/// content is all that is left.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(first), rest),
        0x80 => (rest.len(), rest),
        0x81..0x85 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
