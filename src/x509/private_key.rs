//! Private keys: PEM -> is this the key of that certificate, as Go's `tls.X509KeyPair` asks?
//!
//! Reads PKCS#1, PKCS#8 and SEC 1, and compares; it signs nothing and does not return the key. The first block whose label is
//! that of a private key counts, as in Go; blocks of other kinds before it are skipped. The content decides the encoding, not the
//! label (`parsePrivateKey` in crypto/tls/tls.go). It does not check that the numbers of an RSA key belong together (Go does).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};

use crate::pem::{DerKind, Text};
use crate::wiped::Wiped;
use crate::x509::certificate::Certificate;
use crate::x509::der::{BIT_STRING, DerReader, Element, INTEGER, OCTET_STRING, SEQUENCE, context_constructed, dotted};
use crate::x509::public_key::{Curve, EC, ED25519, PublicKey, RSA, algorithm_identifier, positive};

/// A private key. It is wiped when dropped, and cannot be printed.
pub struct PrivateKey(KeyType);

enum KeyType {
    /// Modulus and exponent, which identify an RSA key.
    Rsa { modulus: Box<[u8]>, exponent: u64 },
    /// The secret number, and the public point if the file has it.
    Ec { secret: Wiped, point: Option<Box<[u8]>> },
    /// The seed.
    Ed25519(Wiped),
}

/// Why a file is not a private key that an agent could use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// There is no block of a private key.
    #[error("there is no private key that Go sees")]
    Missing,
    /// It is encrypted.
    #[error("the key is encrypted, and meshbundle does not ask for a passphrase")]
    Encrypted,
    /// The DER is broken.
    #[error("the key is damaged")]
    Malformed,
    /// A kind that Go's TLS does not use.
    #[error("Go's TLS does not read {0}")]
    Unsupported(String),
}

impl PrivateKey {
    /// Reads the private key of a PEM file.
    ///
    /// # Errors
    /// If there is none, or none that Go would read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PrivateKeyError> {
        Self::read(&Text::read(pem))
    }

    /// Reads the private key of a file.
    ///
    /// # Errors
    /// The same.
    pub fn read(text: &Text) -> Result<Self, PrivateKeyError> {
        let Some(block) = text.key() else { return Err(PrivateKeyError::Missing) };
        if let Some(read) = Self::of_kind(&block.der) {
            return read;
        }
        // Headers and labels alone make no difference to Go.
        Err(match block.label.as_str() {
            label if block.encrypted || label.starts_with("ENCRYPTED") => PrivateKeyError::Encrypted,
            "OPENSSH PRIVATE KEY" => unsupported("a key of OpenSSH"),
            "DSA PRIVATE KEY" => unsupported("a DSA key"),
            _ => PrivateKeyError::Malformed,
        })
    }

    /// Reads the content of a private key's block.
    ///
    /// # Errors
    /// If it is not a key that Go would read.
    pub fn from_der(der: &[u8]) -> Result<Self, PrivateKeyError> {
        Self::of_kind(der).unwrap_or(Err(PrivateKeyError::Malformed))
    }

    /// The key, or why Go does not read it; `None` if the bytes are of no known kind.
    fn of_kind(der: &[u8]) -> Option<Result<Self, PrivateKeyError>> {
        Some(match DerKind::of(der)? {
            DerKind::Pkcs8 => Self::pkcs8(der),
            DerKind::Pkcs1 => pkcs1(der).map(Self).ok_or(PrivateKeyError::Malformed),
            DerKind::Sec1 => sec1(der, None).map(Self),
            DerKind::EncryptedPkcs8 => Err(PrivateKeyError::Encrypted),
            _ => return None,
        })
    }

    /// RFC 5958 section 2.
    fn pkcs8(der: &[u8]) -> Result<Self, PrivateKeyError> {
        let parts = || {
            let mut key = DerReader::new(der).expect(SEQUENCE)?.reader();
            key.small_integer(INTEGER)?;
            let (algorithm, parameters) = algorithm_identifier(key.expect(SEQUENCE)?.reader())?;
            Some((algorithm, parameters, key.expect(OCTET_STRING)?.content))
        };
        let (algorithm, parameters, secret) = parts().ok_or(PrivateKeyError::Malformed)?;
        let kind = match algorithm {
            RSA => pkcs1(secret),
            // Without a name in the parameters, the one in the key counts (`ParsePKCS8PrivateKey` in crypto/x509/pkcs8.go).
            EC => return sec1(secret, parameters).map(Self),
            ED25519 => {
                let seed = DerReader::new(secret).expect(OCTET_STRING).filter(|_| parameters.is_none());
                seed.filter(|seed| seed.content.len() == 32).map(|seed| KeyType::Ed25519(Wiped::from(seed.content.to_vec())))
            }
            other => return Err(unsupported(algorithm_name(other))),
        };
        kind.map(Self).ok_or(PrivateKeyError::Malformed)
    }

    /// Whether it is the private half of the certificate's key; `None` if that cannot be decided, as with a key on P-224 without
    /// its point.
    pub fn is_of(&self, certificate: &Certificate) -> Option<bool> {
        match (&self.0, certificate.public_key()) {
            (KeyType::Rsa { modulus, exponent }, PublicKey::Rsa { modulus: public, exponent: of }) => {
                Some(modulus == public && exponent == of)
            }
            (KeyType::Ec { secret, point }, PublicKey::Ec { curve, point: public }) => {
                let fits = |algorithm: &'static EcdsaSigningAlgorithm, len: usize| {
                    EcdsaKeyPair::from_private_key_and_public_key(algorithm, &left_padded(secret, len), public).is_ok()
                };
                match curve {
                    Curve::P256 => Some(fits(&ECDSA_P256_SHA256_ASN1_SIGNING, 32)),
                    Curve::P384 => Some(fits(&ECDSA_P384_SHA384_ASN1_SIGNING, 48)),
                    Curve::P521 => Some(fits(&ECDSA_P521_SHA512_ASN1_SIGNING, 66)),
                    Curve::P224 => point.as_ref().map(|point| point == public),
                }
            }
            (KeyType::Ed25519(seed), PublicKey::Ed25519(public)) => {
                Some(Ed25519KeyPair::from_seed_and_public_key(seed, public).is_ok())
            }
            (_, PublicKey::Dsa | PublicKey::Unknown(_)) => None,
            _ => Some(false),
        }
    }
}

/// Some writers leave out leading zeros of the secret number, against RFC 5915 section 3; Go fills them up.
fn left_padded(secret: &[u8], len: usize) -> Wiped {
    let mut padded = Wiped::from(vec![0; len.saturating_sub(secret.len())]);
    padded.extend_from_slice(secret);
    padded
}

/// `RSAPrivateKey` (RFC 8017 A.1.2), with nothing after it (`ParsePKCS1PrivateKey` in crypto/x509/pkcs1.go).
fn pkcs1(der: &[u8]) -> Option<KeyType> {
    let mut input = DerReader::new(der);
    let mut key = input.expect(SEQUENCE)?.reader();
    let version = key.small_integer(INTEGER)?;
    let modulus = positive(key.integer(INTEGER)?)?.into();
    let exponent = u64::try_from(key.small_integer(INTEGER)?).ok()?;
    // The private exponent and the primes; what is derived from them may be missing.
    for _ in ["d", "p", "q"] {
        positive(key.integer(INTEGER)?)?;
    }
    for _ in ["dP", "dQ", "qInv"] {
        if key.peek(INTEGER) {
            positive(key.integer(INTEGER)?)?;
        }
    }
    (input.is_empty() && version <= 1).then_some(KeyType::Rsa { modulus, exponent })
}

/// `ECPrivateKey` (RFC 5915 section 3); `curve` is named around it, or in it.
fn sec1(der: &[u8], curve: Option<Element<'_>>) -> Result<KeyType, PrivateKeyError> {
    let parts = || {
        let mut key = DerReader::new(der).expect(SEQUENCE)?.reader();
        let version = key.small_integer(INTEGER)?;
        let secret = Wiped::from(key.expect(OCTET_STRING)?.content.to_vec());
        let inner = key.optional(context_constructed(0))?;
        let point = match key.optional(context_constructed(1))? {
            Some(field) => {
                let mut field = field.reader();
                if !field.peek(BIT_STRING) {
                    return None;
                }
                Some(field.bit_string()?.right_aligned())
            }
            None => None,
        };
        (version == 1).then_some((secret, inner, point))
    };
    let (secret, inner, point) = parts().ok_or(PrivateKeyError::Malformed)?;
    let name = |parameters: &[u8]| DerReader::new(parameters).oid().map(<[u8]>::to_vec);
    let (named, inner) = (curve.and_then(|curve| name(curve.der)), inner.map(|inner| name(inner.content)));
    match named.filter(|_| inner != Some(None)).or(inner.flatten()) {
        Some(curve) if Curve::named(&curve).is_none() => Err(unsupported(&format!("an EC key on curve {}", dotted(&curve)))),
        Some(_) => Ok(KeyType::Ec { secret, point }),
        None => Err(unsupported("an EC key with explicit parameters in place of a named curve")),
    }
}

/// Names of kinds of keys that users try, but that Go's TLS does not support.
fn algorithm_name(oid: &[u8]) -> &'static str {
    match oid {
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => "a DSA key",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a] => "an RSASSA-PSS key",
        [0x2b, 0x65, 0x71] => "an Ed448 key",
        [0x2b, 0x65, 0x6e | 0x6f] => "a key that only encrypts (X25519, X448)",
        _ => "a key of this algorithm",
    }
}

fn unsupported(what: &str) -> PrivateKeyError {
    PrivateKeyError::Unsupported(what.to_owned())
}
