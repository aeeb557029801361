//! The encodings of private keys: PKCS#8, PKCS#1 and SEC 1 -> key material, and back to PKCS#8.
//!
//! Key material is written back as PKCS#8 version 1 only, which every implementation reads; OpenSSL does not read the version 2
//! that aws-lc-rs writes for Ed25519 (RFC 5958). It does not check whether the numbers make a working key.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
};
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, OctetStringRef};
use der::{Decode, Encode, Reader, SecretDocument, Tag, TagNumber, Tagged};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use sec1::EcPrivateKey;

use crate::wiped::Wiped;

use super::error::KeyError;

/// RFC 3279 2.3.1, `rsaEncryption`.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480 2.1.1, `id-ecPublicKey`.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// RFC 5480 2.1.1.1, `secp256r1`.
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// RFC 5480 2.1.1.1, `secp384r1`.
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 5480 2.1.1.1, `secp224r1`.
const P224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.33");
/// RFC 5480 2.1.1.1, `secp521r1`.
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// RFC 8410 3, `id-Ed25519`.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// An elliptic curve keys are accepted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SigningCurve {
    P256,
    P384,
    P521,
}

impl SigningCurve {
    fn oid(self) -> &'static ObjectIdentifier {
        match self {
            Self::P256 => &P256,
            Self::P384 => &P384,
            Self::P521 => &P521,
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
    fn read(parameters: Option<AnyRef<'_>>) -> Result<Self, KeyError> {
        let Some(name) = parameters.filter(|parameters| parameters.tag() == Tag::ObjectIdentifier) else {
            return Err(foreign("an EC key with explicit parameters in place of a named curve"));
        };
        match name.decode_as()? {
            P256 => Ok(Self::P256),
            P384 => Ok(Self::P384),
            P521 => Ok(Self::P521),
            P224 => Err(unsupported("an EC key on curve P-224")),
            _ => Err(foreign("an EC key on this curve")),
        }
    }
}

/// The secret numbers, and the public ones in the same file.
pub(super) enum KeyMaterial {
    /// `RSAPrivateKey` (RFC 8017 A.1.2), byte for byte.
    Rsa(Wiped),
    /// Scalar at full length; the uncompressed point if the key has one.
    Ec { curve: SigningCurve, scalar: Wiped, point: Option<Vec<u8>> },
    /// The seed (RFC 8410 7).
    Ed25519(Wiped),
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa(_) => "Rsa([redacted])",
            Self::Ec { curve: SigningCurve::P256, .. } => "EcdsaP256([redacted])",
            Self::Ec { curve: SigningCurve::P384, .. } => "EcdsaP384([redacted])",
            Self::Ec { curve: SigningCurve::P521, .. } => "EcdsaP521([redacted])",
            Self::Ed25519(_) => "Ed25519([redacted])",
        })
    }
}

impl KeyMaterial {
    /// Reads a PKCS#8 `PrivateKeyInfo` or `OneAsymmetricKey` (RFC 5958 2). What follows the private key is ignored, as in Go
    /// (crypto/x509/pkcs8.go, `pkcs8`): a public key is derived again, or compared with a certificate's. The crate's own reader
    /// refuses keys whose version does not fit what follows.
    pub(super) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let (version, algorithm, key) = AnyRef::from_der(der)?.sequence(|info| {
            let parts = (u8::decode(info)?, AlgorithmIdentifierRef::decode(info)?, <&OctetStringRef>::decode(info)?);
            info.drain(info.remaining_len())?;
            Ok::<_, der::Error>(parts)
        })?;
        if version > 1 {
            return Err(KeyError::Malformed);
        }
        match algorithm.oid {
            RSA => Ok(Self::from_pkcs1(key.as_bytes())),
            EC => Self::from_sec1(key.as_bytes(), Some(SigningCurve::read(algorithm.parameters)?)),
            ED25519 => Ok(Self::Ed25519(Wiped::from(key.decode_into::<&OctetStringRef>()?.as_bytes().to_vec()))),
            _ => Err(foreign("a private key of this algorithm")),
        }
    }

    /// Takes a PKCS#1 `RSAPrivateKey`.
    pub(super) fn from_pkcs1(der: &[u8]) -> Self {
        Self::Rsa(Wiped::from(der.to_vec()))
    }

    /// Reads a SEC 1 `ECPrivateKey` (RFC 5915 3). Inside PKCS#8 the `curve` is named outside the key; otherwise the key has to
    /// name it. The crate's own reader cannot say that the key has explicit parameters.
    pub(super) fn from_sec1(der: &[u8], curve: Option<SigningCurve>) -> Result<Self, KeyError> {
        let (version, scalar, parameters, point) = AnyRef::from_der(der)?.sequence(|key| {
            Ok::<_, der::Error>((
                u8::decode(key)?,
                <&OctetStringRef>::decode(key)?,
                ContextSpecific::<AnyRef<'_>>::decode_explicit(key, TagNumber(0))?,
                ContextSpecific::<BitStringRef<'_>>::decode_explicit(key, TagNumber(1))?,
            ))
        })?;
        if version != 1 {
            return Err(KeyError::Malformed);
        }
        let named = parameters.map(|parameters| SigningCurve::read(Some(parameters.value))).transpose()?;
        let curve = match (curve, named) {
            (Some(outer), Some(inner)) if outer != inner => return Err(KeyError::Inconsistent),
            (Some(curve), _) | (None, Some(curve)) => curve,
            (None, None) => return Err(foreign("an EC key without a named curve")),
        };
        Ok(Self::Ec {
            curve,
            scalar: full_length(scalar.as_bytes(), curve.scalar_length()).ok_or(KeyError::Malformed)?,
            point: point.map(|point| uncompressed(point.value)).transpose()?.flatten(),
        })
    }

    /// Writes PKCS#8 version 1 (RFC 5208 5).
    pub(super) fn to_pkcs8(&self) -> Result<Wiped, der::Error> {
        let key = match self {
            Self::Rsa(der) => der.clone(),
            Self::Ec { scalar, point, .. } => {
                let key = EcPrivateKey { private_key: scalar, parameters: None, public_key: point.as_deref() };
                SecretDocument::encode_msg(&key)?.to_bytes().into()
            }
            Self::Ed25519(seed) => Wiped::from(OctetStringRef::new(seed)?.to_der()?),
        };
        let info = PrivateKeyInfoRef::new(self.algorithm(), OctetStringRef::new(&key)?);
        Ok(SecretDocument::encode_msg(&info)?.to_bytes().into())
    }

    /// The key out of a `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7), if it is of this key's
    /// algorithm.
    pub(super) fn public_key_in<'a>(&self, spki: &'a [u8]) -> Option<&'a [u8]> {
        let info = SubjectPublicKeyInfoRef::from_der(spki).ok().filter(|info| info.algorithm == self.algorithm())?;
        info.subject_public_key.as_bytes()
    }

    /// `SubjectPublicKeyInfo` of `public`, the content of a `subjectPublicKey` of this key's algorithm.
    pub(super) fn public_key_info(&self, public: &[u8]) -> Option<Vec<u8>> {
        let subject_public_key = BitStringRef::from_bytes(public).ok()?;
        SubjectPublicKeyInfoRef { algorithm: self.algorithm(), subject_public_key }.to_der().ok()
    }

    /// `AlgorithmIdentifier` of the key, the same in PKCS#8 and in `SubjectPublicKeyInfo`.
    fn algorithm(&self) -> AlgorithmIdentifierRef<'static> {
        let (oid, parameters) = match self {
            Self::Rsa(_) => (RSA, Some(AnyRef::NULL)),
            Self::Ec { curve, .. } => (EC, Some(curve.oid().into())),
            Self::Ed25519(_) => (ED25519, None),
        };
        AlgorithmIdentifierRef { oid, parameters }
    }
}

/// The scalar at exactly `length` octets. Old writers dropped or added leading zeros, which Go
/// reads too (crypto/x509/sec1.go, `parseECPrivateKey`).
fn full_length(scalar: &[u8], length: usize) -> Option<Wiped> {
    let surplus = scalar.len().saturating_sub(length);
    let (zeros, kept) = scalar.split_at_checked(surplus)?;
    if zeros.iter().any(|&octet| octet != 0) {
        return None;
    }
    let mut full = Wiped::from(vec![0; length]);
    full.get_mut(length - kept.len()..)?.copy_from_slice(kept);
    Some(full)
}

/// The point, if it is uncompressed (SEC 1 2.3.3); a compressed one adds nothing to the scalar.
fn uncompressed(point: BitStringRef<'_>) -> Result<Option<Vec<u8>>, KeyError> {
    let point = point.as_bytes().ok_or(KeyError::Malformed)?;
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
