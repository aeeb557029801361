//! The encodings of private keys: PKCS#8, PKCS#1 and SEC 1 -> key material, and back to PKCS#8.
//!
//! Key material is written back as PKCS#8 version 1 only, which every implementation reads; OpenSSL does not read the version 2
//! that aws-lc-rs writes for Ed25519 (RFC 5958). It does not check whether the numbers make a working key.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use zeroize::Zeroizing;

use super::der::{BIT_STRING, DerReader, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, context, encode};
use super::error::KeyError;

/// RFC 3279 2.3.1, `rsaEncryption`.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// RFC 5480 2.1.1, `id-ecPublicKey`.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// RFC 5480 2.1.1.1, `secp256r1`.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// RFC 5480 2.1.1.1, `secp384r1`.
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// RFC 5480 2.1.1.1, `secp224r1`.
const P224: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x21];
/// RFC 5480 2.1.1.1, `secp521r1`.
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// RFC 8410 3, `id-Ed25519`.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// An elliptic curve keys are accepted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    fn oid(self) -> &'static [u8] {
        match self {
            Self::P256 => P256,
            Self::P384 => P384,
            Self::P521 => P521,
        }
    }

    /// Octets of a scalar (SEC 1 C.4).
    fn scalar_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// How its keys sign: with the hash that Go uses for the curve.
    pub(super) fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        }
    }

    /// Reads `ECParameters` (RFC 5480 2.1.1), of which only the named curve is allowed.
    fn read(parameters: &[u8]) -> Result<Self, KeyError> {
        match DerReader::inside(parameters, OBJECT_IDENTIFIER).map(|oid| oid.rest()) {
            Some(P256) => Ok(Self::P256),
            Some(P384) => Ok(Self::P384),
            Some(P521) => Ok(Self::P521),
            Some(P224) => Err(unsupported("an EC key on curve P-224")),
            Some(_) => Err(foreign("an EC key on this curve")),
            None => Err(foreign("an EC key with explicit parameters in place of a named curve")),
        }
    }
}

/// The secret numbers, and the public ones in the same file.
pub(super) enum Material {
    /// `RSAPrivateKey` (RFC 8017 A.1.2), byte for byte.
    Rsa(Zeroizing<Vec<u8>>),
    /// Scalar at full length; the uncompressed point if the key has one.
    Ec { curve: Curve, scalar: Zeroizing<Vec<u8>>, point: Option<Vec<u8>> },
    /// The seed (RFC 8410 7).
    Ed25519(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa(_) => "Rsa([redacted])",
            Self::Ec { curve: Curve::P256, .. } => "EcdsaP256([redacted])",
            Self::Ec { curve: Curve::P384, .. } => "EcdsaP384([redacted])",
            Self::Ec { curve: Curve::P521, .. } => "EcdsaP521([redacted])",
            Self::Ed25519(_) => "Ed25519([redacted])",
        })
    }
}

impl Material {
    /// Reads a PKCS#8 `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958 2). A public key after the private one is ignored: it is
    /// derived again, or compared with a certificate's.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let (algorithm, key) = pkcs8_parts(der).ok_or(KeyError::Malformed)?;
        let mut algorithm = DerReader::new(algorithm);
        let oid = algorithm.expect(OBJECT_IDENTIFIER).ok_or(KeyError::Malformed)?;
        match oid {
            RSA => Ok(Self::from_pkcs1(key)),
            EC => Self::from_sec1(key, Some(Curve::read(algorithm.rest())?)),
            ED25519 => {
                let seed = DerReader::inside(key, OCTET_STRING).ok_or(KeyError::Malformed)?;
                Ok(Self::Ed25519(Zeroizing::new(seed.rest().to_vec())))
            }
            _ => Err(foreign("a private key of this algorithm")),
        }
    }

    /// Takes a PKCS#1 `RSAPrivateKey`.
    pub(super) fn from_pkcs1(der: &[u8]) -> Self {
        Self::Rsa(Zeroizing::new(der.to_vec()))
    }

    /// Reads a SEC 1 `ECPrivateKey` (RFC 5915 3). Inside PKCS#8 the `curve` is named outside the key; otherwise the key has to
    /// name it.
    pub(super) fn from_sec1(der: &[u8], curve: Option<Curve>) -> Result<Self, KeyError> {
        let mut key = DerReader::inside(der, SEQUENCE).ok_or(KeyError::Malformed)?;
        let version = key.expect(INTEGER).ok_or(KeyError::Malformed)?;
        let scalar = key.expect(OCTET_STRING).ok_or(KeyError::Malformed)?;
        let named = key.optional(context(0)).map(Curve::read).transpose()?;
        let point = key.optional(context(1));
        if version != [1] || !key.rest().is_empty() {
            return Err(KeyError::Malformed);
        }
        let curve = match (curve, named) {
            (Some(outer), Some(inner)) if outer != inner => return Err(KeyError::Inconsistent),
            (Some(curve), _) | (None, Some(curve)) => curve,
            (None, None) => return Err(foreign("an EC key without a named curve")),
        };
        Ok(Self::Ec {
            curve,
            scalar: full_length(scalar, curve.scalar_length()).ok_or(KeyError::Malformed)?,
            point: point.map(uncompressed).transpose()?.flatten(),
        })
    }

    /// Writes PKCS#8 version 1 (RFC 5208 5).
    pub(super) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let key = match self {
            Self::Rsa(der) => der.clone(),
            Self::Ec { scalar, point, .. } => {
                let point = point.as_ref().map(|point| encode(context(1), &[&encode(BIT_STRING, &[&[0], point])]));
                let scalar = Zeroizing::new(encode(OCTET_STRING, &[scalar]));
                let point = point.as_deref().unwrap_or_default();
                Zeroizing::new(encode(SEQUENCE, &[&encode(INTEGER, &[&[1]]), &scalar, point]))
            }
            Self::Ed25519(seed) => Zeroizing::new(encode(OCTET_STRING, &[seed])),
        };
        let key = Zeroizing::new(encode(OCTET_STRING, &[&key]));
        let version = encode(INTEGER, &[&[0]]);
        Zeroizing::new(encode(SEQUENCE, &[&version, &self.algorithm(), &key]))
    }

    /// The key out of a `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7), if it is of this key's
    /// algorithm.
    pub(super) fn public_key_in<'a>(&self, spki: &'a [u8]) -> Option<&'a [u8]> {
        let mut info = DerReader::inside(spki, SEQUENCE)?;
        let algorithm = info.element()?;
        let key = info.expect(BIT_STRING)?.strip_prefix(&[0])?;
        (info.rest().is_empty() && algorithm.whole == self.algorithm()).then_some(key)
    }

    /// `SubjectPublicKeyInfo` of `public`, the content of a `subjectPublicKey` of this key's algorithm.
    pub(super) fn public_key_info(&self, public: &[u8]) -> Vec<u8> {
        encode(SEQUENCE, &[&self.algorithm(), &encode(BIT_STRING, &[&[0], public])])
    }

    /// `AlgorithmIdentifier` of the key, the same in PKCS#8 and in `SubjectPublicKeyInfo`.
    fn algorithm(&self) -> Vec<u8> {
        let (oid, parameters) = match self {
            Self::Rsa(_) => (RSA, encode(NULL, &[])),
            Self::Ec { curve, .. } => (EC, encode(OBJECT_IDENTIFIER, &[curve.oid()])),
            Self::Ed25519(_) => (ED25519, Vec::new()),
        };
        encode(SEQUENCE, &[&encode(OBJECT_IDENTIFIER, &[oid]), &parameters])
    }
}

/// The content of the algorithm and of the key.
fn pkcs8_parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = DerReader::inside(der, SEQUENCE)?;
    let version = info.expect(INTEGER)?;
    let algorithm = info.expect(SEQUENCE)?;
    let key = info.expect(OCTET_STRING)?;
    matches!(version, [0 | 1]).then_some((algorithm, key))
}

/// The scalar at exactly `length` octets. Old writers dropped or added leading zeros, which Go
/// reads too (crypto/x509/sec1.go, `parseECPrivateKey`).
fn full_length(scalar: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let surplus = scalar.len().saturating_sub(length);
    let (zeros, kept) = scalar.split_at_checked(surplus)?;
    if zeros.iter().any(|&octet| octet != 0) {
        return None;
    }
    let mut full = Zeroizing::new(vec![0; length]);
    full.get_mut(length - kept.len()..)?.copy_from_slice(kept);
    Some(full)
}

/// The point of a `BIT STRING`, if it is uncompressed (SEC 1 2.3.3); a compressed one adds nothing to the scalar.
fn uncompressed(bit_string: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
    let point = DerReader::inside(bit_string, BIT_STRING)
        .and_then(|content| content.rest().strip_prefix(&[0]))
        .ok_or(KeyError::Malformed)?;
    Ok((point.first() == Some(&4)).then(|| point.to_vec()))
}

/// The error of a kind that Go reads and meshbundle does not support.
pub(super) fn unsupported(what: &str) -> KeyError {
    KeyError::Unsupported(what.to_owned())
}

/// The error of a kind that Go does not read either.
pub(super) fn foreign(what: &str) -> KeyError {
    KeyError::Foreign(what.to_owned())
}
