//! Signatures: algorithm identifiers, and whether one certificate's key has signed another certificate.
//!
//! The rules are those of Go's `CheckSignatureFrom` (crypto/x509/x509.go): MD5 and SHA-1 are rejected with any key, RSA keys need
//! 1024 bits or more. The arithmetic is that of aws-lc-rs, which lacks a little of what Go has: P-224, and RSA keys below 2048
//! bits with SHA-384 or PSS. A signature that cannot be checked is neither valid nor invalid.

use std::fmt;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
    EcdsaVerificationAlgorithm, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::x509::der::{DerReader, INTEGER, SEQUENCE, context_constructed, dotted};
use crate::x509::public_key::{Curve, PublicKey, algorithm_identifier, bit_length};

/// The hash function of a signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// MD5: broken.
    Md5,
    /// SHA-1: broken.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a certificate is signed, with Go's distinction of algorithms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSA with PKCS #1 v1.5 padding.
    RsaPkcs1(Hash),
    /// RSA-PSS with the same hash for message and mask, and a salt as long as the hash.
    RsaPss(Hash),
    /// ECDSA.
    Ecdsa(Hash),
    /// DSA, which Go no longer verifies.
    Dsa(Hash),
    /// Ed25519.
    Ed25519,
    /// Another one, by dotted object identifier.
    Other(String),
}

impl SignatureAlgorithm {
    /// Whether the hash is one that Go rejects (MD5, SHA-1).
    pub fn is_weak(&self) -> bool {
        self.hash().is_some_and(|hash| matches!(hash, Hash::Md5 | Hash::Sha1))
    }

    fn hash(&self) -> Option<Hash> {
        match self {
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) | Self::Ecdsa(hash) | Self::Dsa(hash) => Some(*hash),
            Self::Ed25519 | Self::Other(_) => None,
        }
    }

    /// Reads the content of an `AlgorithmIdentifier` (Go's `getSignatureAlgorithmFromAI`).
    pub(super) fn parse(content: DerReader<'_>) -> Option<Self> {
        const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
        const ECDSA_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];

        let (oid, parameters) = algorithm_identifier(content)?;
        let known = match oid.split_last() {
            Some((4, PKCS1)) => Some(Self::RsaPkcs1(Hash::Md5)),
            // The second name is what Microsoft's makecert gives to it.
            Some((5, PKCS1) | (29, [0x2b, 0x0e, 0x03, 0x02])) => Some(Self::RsaPkcs1(Hash::Sha1)),
            Some((10, PKCS1)) => parameters.and_then(|parameters| pss_hash(DerReader::new(parameters.der))).map(Self::RsaPss),
            Some((11, PKCS1)) => Some(Self::RsaPkcs1(Hash::Sha256)),
            Some((12, PKCS1)) => Some(Self::RsaPkcs1(Hash::Sha384)),
            Some((13, PKCS1)) => Some(Self::RsaPkcs1(Hash::Sha512)),
            Some((3, [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04])) => Some(Self::Dsa(Hash::Sha1)),
            Some((2, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03])) => Some(Self::Dsa(Hash::Sha256)),
            Some((1, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04])) => Some(Self::Ecdsa(Hash::Sha1)),
            Some((2, ECDSA_SHA2)) => Some(Self::Ecdsa(Hash::Sha256)),
            Some((3, ECDSA_SHA2)) => Some(Self::Ecdsa(Hash::Sha384)),
            Some((4, ECDSA_SHA2)) => Some(Self::Ecdsa(Hash::Sha512)),
            // RFC 8410 section 3: there are no parameters.
            Some((112, [0x2b, 0x65])) if parameters.is_none() => Some(Self::Ed25519),
            _ => None,
        };
        Some(known.unwrap_or_else(|| Self::Other(dotted(oid))))
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self {
            Self::RsaPkcs1(_) => "RSA",
            Self::RsaPss(_) => "RSA-PSS",
            Self::Ecdsa(_) => "ECDSA",
            Self::Dsa(_) => "DSA",
            Self::Ed25519 => "Ed25519",
            Self::Other(oid) => oid,
        };
        f.write_str(family)?;
        f.write_str(match self.hash() {
            Some(Hash::Md5) => " with MD5",
            Some(Hash::Sha1) => " with SHA-1",
            Some(Hash::Sha256) => " with SHA-256",
            Some(Hash::Sha384) => " with SHA-384",
            Some(Hash::Sha512) => " with SHA-512",
            None => "",
        })
    }
}

/// The hash of PSS parameters (RFC 4055 section 3.1) of the three forms that Go accepts.
fn pss_hash(mut parameters: DerReader<'_>) -> Option<Hash> {
    const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];
    const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];
    const NULL: &[u8] = &[0x05, 0x00];

    let mut fields = parameters.expect(SEQUENCE)?.reader();
    let hash = fields.expect(context_constructed(0))?.reader().expect(SEQUENCE)?;
    let mask = fields.expect(context_constructed(1))?.reader().expect(SEQUENCE)?;
    let salt_length = fields.expect(context_constructed(2))?.reader().small_integer(INTEGER)?;
    let trailer = match fields.optional(context_constructed(3))? {
        Some(trailer) => trailer.reader().small_integer(INTEGER)?,
        None => 1,
    };
    let (hash, hash_parameters) = algorithm_identifier(hash.reader())?;
    let (mask, mask_hash) = algorithm_identifier(mask.reader())?;
    let mask_hash = DerReader::new(mask_hash?.der).expect(SEQUENCE)?;
    let (mask_hash, mask_hash_parameters) = algorithm_identifier(mask_hash.reader())?;
    let none_or_null = [hash_parameters, mask_hash_parameters].iter().flatten().all(|element| element.der == NULL);
    if !none_or_null || mask != MGF1 || mask_hash != hash || trailer != 1 {
        return None;
    }
    match (hash.split_last()?, salt_length) {
        ((1, SHA2), 32) => Some(Hash::Sha256),
        ((2, SHA2), 48) => Some(Hash::Sha384),
        ((3, SHA2), 64) => Some(Hash::Sha512),
        _ => None,
    }
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureError {
    /// MD5 or SHA-1.
    WeakAlgorithm,
    /// An RSA key with too few bits.
    WeakKey { bits: usize },
    /// Neither valid nor invalid: it could not be checked.
    Unsupported,
    /// Not made with this key.
    Mismatch,
}

/// Whether `signature` over `message` is made with `key`.
pub(super) fn check_signature(
    algorithm: &SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    if algorithm.is_weak() {
        return Err(SignatureError::WeakAlgorithm);
    }
    match (algorithm, key) {
        (SignatureAlgorithm::Other(_), _) | (_, PublicKey::Dsa | PublicKey::Unknown(_)) => Err(SignatureError::Unsupported),
        (SignatureAlgorithm::RsaPkcs1(_) | SignatureAlgorithm::RsaPss(_), PublicKey::Rsa { modulus, exponent }) => {
            check_rsa(algorithm, modulus, *exponent, message, signature)
        }
        (SignatureAlgorithm::Ecdsa(hash), PublicKey::Ec { curve, point }) => {
            let algorithm: &'static EcdsaVerificationAlgorithm = match (curve, hash) {
                (Curve::P256, Hash::Sha256) => &ECDSA_P256_SHA256_ASN1,
                (Curve::P256, Hash::Sha384) => &ECDSA_P256_SHA384_ASN1,
                (Curve::P256, Hash::Sha512) => &ECDSA_P256_SHA512_ASN1,
                (Curve::P384, Hash::Sha256) => &ECDSA_P384_SHA256_ASN1,
                (Curve::P384, Hash::Sha384) => &ECDSA_P384_SHA384_ASN1,
                (Curve::P384, Hash::Sha512) => &ECDSA_P384_SHA512_ASN1,
                (Curve::P521, Hash::Sha256) => &ECDSA_P521_SHA256_ASN1,
                (Curve::P521, Hash::Sha384) => &ECDSA_P521_SHA384_ASN1,
                (Curve::P521, Hash::Sha512) => &ECDSA_P521_SHA512_ASN1,
                (Curve::P224, _) | (_, Hash::Md5 | Hash::Sha1) => return Err(SignatureError::Unsupported),
            };
            verdict(UnparsedPublicKey::new(algorithm, point).verify(message, signature))
        }
        (SignatureAlgorithm::Ed25519, PublicKey::Ed25519(key)) => {
            verdict(UnparsedPublicKey::new(&ED25519, key).verify(message, signature))
        }
        // Made for a key of another kind.
        _ => Err(SignatureError::Mismatch),
    }
}

fn check_rsa(
    algorithm: &SignatureAlgorithm,
    modulus: &[u8],
    exponent: u64,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    /// Go's crypto/rsa: the least bits of a key, and the greatest exponent.
    const MIN_BITS: usize = 1024;
    const MAX_EXPONENT: u64 = (1 << 31) - 1;

    let bits = bit_length(modulus);
    if bits < MIN_BITS {
        return Err(SignatureError::WeakKey { bits });
    }
    if exponent > MAX_EXPONENT {
        return Err(SignatureError::Unsupported);
    }
    let (parameters, min_bits): (&RsaParameters, usize) = match algorithm {
        SignatureAlgorithm::RsaPkcs1(Hash::Sha256) => (&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, 1024),
        SignatureAlgorithm::RsaPkcs1(Hash::Sha384) => (&RSA_PKCS1_2048_8192_SHA384, 2048),
        SignatureAlgorithm::RsaPkcs1(Hash::Sha512) => (&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, 1024),
        SignatureAlgorithm::RsaPss(Hash::Sha256) => (&RSA_PSS_2048_8192_SHA256, 2048),
        SignatureAlgorithm::RsaPss(Hash::Sha384) => (&RSA_PSS_2048_8192_SHA384, 2048),
        SignatureAlgorithm::RsaPss(Hash::Sha512) => (&RSA_PSS_2048_8192_SHA512, 2048),
        _ => return Err(SignatureError::Unsupported),
    };
    if bits < min_bits || bits > 8192 {
        return Err(SignatureError::Unsupported);
    }
    let exponent = exponent.to_be_bytes();
    let leading_zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    let key = RsaPublicKeyComponents { n: modulus, e: exponent.get(leading_zeros..).unwrap_or_default() };
    verdict(key.verify(parameters, message, signature))
}

fn verdict(result: Result<(), Unspecified>) -> Result<(), SignatureError> {
    result.map_err(|Unspecified| SignatureError::Mismatch)
}
