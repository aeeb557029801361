//! Public keys: `SubjectPublicKeyInfo` -> kind and key, or the error of Go's `parsePublicKey` (crypto/x509/parser.go).
//!
//! A key of a kind that Go does not know is not an error: its certificate can be a leaf, but never sign. It does not check that an EC
//! point is on its curve (Go does when parsing): such a key verifies no signature, and has no private half.

use std::fmt;

use crate::x509::der::{DerReader, Element, INTEGER, SEQUENCE, dotted};
use crate::x509::error::CertificateError;

pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
pub(super) const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

const P224: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x21];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];

const NULL: &[u8] = &[0x05, 0x00];

/// The kind of a certificate's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKeyKind {
    /// RSA, with the length of the modulus.
    Rsa {
        /// Bits of the modulus, without leading zeros.
        bits: usize,
    },
    /// ECDSA over NIST P-256.
    EcP256,
    /// ECDSA over NIST P-384.
    EcP384,
    /// ECDSA over NIST P-521.
    EcP521,
    /// Ed25519.
    Ed25519,
    /// Another one, by name or by dotted object identifier.
    Other(String),
}

impl fmt::Display for PublicKeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::EcP256 => f.write_str("ECDSA P-256"),
            Self::EcP384 => f.write_str("ECDSA P-384"),
            Self::EcP521 => f.write_str("ECDSA P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// A key that is ready to verify with.
pub(super) enum PublicKey {
    /// Modulus and exponent, without leading zeros.
    Rsa {
        modulus: Box<[u8]>,
        exponent: u64,
    },
    /// An uncompressed point.
    Ec {
        curve: Curve,
        point: Box<[u8]>,
    },
    Ed25519(Box<[u8]>),
    /// Go can read it, but does not verify with it.
    Dsa,
    /// Go cannot read it: the dotted object identifier.
    Unknown(String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    /// The curve of an object identifier.
    pub(super) fn named(oid: &[u8]) -> Option<Self> {
        match oid {
            P224 => Some(Self::P224),
            P256 => Some(Self::P256),
            P384 => Some(Self::P384),
            P521 => Some(Self::P521),
            _ => None,
        }
    }

    /// Bytes of one coordinate.
    fn coordinate_len(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl PublicKey {
    /// Reads a whole `SubjectPublicKeyInfo`.
    pub(super) fn parse(spki: &Element<'_>) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        let mut reader = spki.reader();
        let algorithm = reader.expect(SEQUENCE).ok_or(malformed("public key algorithm"))?;
        let (oid, parameters) = algorithm_identifier(algorithm.reader()).ok_or(malformed("public key algorithm"))?;
        let data = reader.bit_string().ok_or(malformed("public key"))?.right_aligned();
        match oid {
            // RFC 3279 2.3.1: the parameters are NULL.
            RSA if parameters.is_none_or(|parameters| parameters.der != NULL) => {
                Err(malformed("RSA key without NULL parameters"))
            }
            RSA => Self::parse_rsa(&data).ok_or(malformed("RSA key")),
            EC => Self::parse_ec(parameters, data),
            // RFC 8410 section 3: there are no parameters.
            ED25519 if parameters.is_some() || data.len() != 32 => Err(malformed("Ed25519 key")),
            ED25519 => Ok(Self::Ed25519(data)),
            DSA => Self::parse_dsa(parameters, &data).ok_or(malformed("DSA key")),
            _ => Ok(Self::Unknown(dotted(oid))),
        }
    }

    fn parse_rsa(data: &[u8]) -> Option<Self> {
        let mut pair = DerReader::new(data).expect(SEQUENCE)?.reader();
        let modulus = positive(pair.integer(INTEGER)?)?;
        let exponent = u64::try_from(pair.small_integer(INTEGER)?).ok().filter(|exponent| *exponent > 0)?;
        Some(Self::Rsa { modulus: modulus.into(), exponent })
    }

    fn parse_ec(parameters: Option<Element<'_>>, point: Box<[u8]>) -> Result<Self, CertificateError> {
        let malformed = CertificateError::Malformed;
        let named = parameters.and_then(|parameters| DerReader::new(parameters.der).oid());
        let named = named.ok_or(malformed("an elliptic curve given by explicit parameters and not by its name"))?;
        let curve = Curve::named(named).ok_or(malformed("an elliptic curve other than P-224, P-256, P-384 and P-521"))?;
        let uncompressed = point.first() == Some(&4) && point.len() == 1 + 2 * curve.coordinate_len();
        uncompressed.then_some(Self::Ec { curve, point }).ok_or(malformed("elliptic curve point"))
    }

    fn parse_dsa(parameters: Option<Element<'_>>, data: &[u8]) -> Option<Self> {
        positive(DerReader::new(data).integer(INTEGER)?)?;
        let mut numbers = DerReader::new(parameters?.der).expect(SEQUENCE)?.reader();
        for _ in ["p", "q", "g"] {
            positive(numbers.integer(INTEGER)?)?;
        }
        Some(Self::Dsa)
    }

    /// The kind for messages.
    pub(super) fn kind(&self) -> PublicKeyKind {
        match self {
            Self::Rsa { modulus, .. } => PublicKeyKind::Rsa { bits: bit_length(modulus) },
            Self::Ec { curve: Curve::P224, .. } => PublicKeyKind::Other("ECDSA P-224".to_owned()),
            Self::Ec { curve: Curve::P256, .. } => PublicKeyKind::EcP256,
            Self::Ec { curve: Curve::P384, .. } => PublicKeyKind::EcP384,
            Self::Ec { curve: Curve::P521, .. } => PublicKeyKind::EcP521,
            Self::Ed25519(_) => PublicKeyKind::Ed25519,
            Self::Dsa => PublicKeyKind::Other("DSA".to_owned()),
            Self::Unknown(oid) => PublicKeyKind::Other(oid.clone()),
        }
    }
}

/// Object identifier and parameters of an `AlgorithmIdentifier`'s content.
pub(super) fn algorithm_identifier(mut content: DerReader<'_>) -> Option<(&[u8], Option<Element<'_>>)> {
    let oid = content.oid()?;
    let parameters = if content.is_empty() { None } else { Some(content.any()?) };
    Some((oid, parameters))
}

/// The bits of a big-endian number that has no leading zero bytes.
pub(super) fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// The magnitude of a positive INTEGER.
pub(super) fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0] | [0x80..=0xff, ..] => None,
        [0, magnitude @ ..] | magnitude => Some(magnitude),
    }
}
