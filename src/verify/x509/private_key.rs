//! Private keys: PEM -> is this the key of that certificate, as Go's `tls.X509KeyPair` asks?
//!
//! Reads PKCS#8, PKCS#1 and SEC 1, and compares; it signs nothing and hands nothing out. The first block whose type is a
//! private key counts, as in Go; blocks of other types before it are skipped.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair,
};
use pem::parse_many;
use zeroize::Zeroizing;

use crate::verify::x509::certificate::Certificate;
use crate::verify::x509::der::{BIT_STRING, INTEGER, OCTET_STRING, Reader, SEQUENCE, context_constructed};
use crate::verify::x509::public_key::{Curve, EC, ED25519, PublicKey, RSA, algorithm_identifier, positive};

/// A private key. It is wiped when dropped, and has no form in which it could be shown.
pub struct PrivateKey(Kind);

enum Kind {
    /// Modulus and exponent: all that tells one RSA key from another.
    Rsa { modulus: Box<[u8]>, exponent: u64 },
    /// The secret number, and the public point if it came along.
    Ec { secret: Zeroizing<Vec<u8>>, point: Option<Box<[u8]>> },
    /// The seed.
    Ed25519(Zeroizing<Vec<u8>>),
}

/// Why a file is no private key that an agent could use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// There is no block of a private key.
    #[error("no PEM block of a private key found")]
    Missing,
    /// It cannot be opened without a passphrase, and nobody can be asked for it.
    #[error("the key is encrypted")]
    Encrypted,
    /// The PEM or the DER is broken.
    #[error("the key is damaged")]
    Malformed,
    /// A kind that Go's TLS does not show.
    #[error("not a kind of key that Go's TLS reads")]
    Unsupported,
}

impl PrivateKey {
    /// Reads the first private key of a PEM file.
    ///
    /// # Errors
    /// If there is none, or none that Go would read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, PrivateKeyError> {
        let blocks = parse_many(pem).map_err(|_| PrivateKeyError::Malformed)?;
        let Some(block) = blocks.iter().find(|block| block.tag().ends_with("PRIVATE KEY")) else {
            let begun = pem.windows(11).any(|window| window == b"PRIVATE KEY");
            return Err(if begun { PrivateKeyError::Malformed } else { PrivateKeyError::Missing });
        };
        if block.tag().starts_with("ENCRYPTED") || block.headers().get("DEK-Info").is_some() {
            return Err(PrivateKeyError::Encrypted);
        }
        let der = block.contents();
        let read = match block.tag() {
            "PRIVATE KEY" => return Self::pkcs8(der),
            "RSA PRIVATE KEY" => pkcs1(der),
            "EC PRIVATE KEY" => sec1(der),
            _ => return Err(PrivateKeyError::Unsupported),
        };
        read.map(Self).ok_or(PrivateKeyError::Malformed)
    }

    /// RFC 5958 section 2.
    fn pkcs8(der: &[u8]) -> Result<Self, PrivateKeyError> {
        let parts = || {
            let mut key = Reader::new(der).expect(SEQUENCE)?.reader();
            key.small_integer(INTEGER)?;
            let algorithm = key.expect(SEQUENCE)?.reader();
            Some((algorithm_identifier(algorithm)?.0, key.expect(OCTET_STRING)?.content))
        };
        let (algorithm, secret) = parts().ok_or(PrivateKeyError::Malformed)?;
        let kind = match algorithm {
            RSA => pkcs1(secret),
            EC => sec1(secret),
            ED25519 => {
                let seed = Reader::new(secret).expect(OCTET_STRING);
                seed.filter(|seed| seed.content.len() == 32).map(|seed| Kind::Ed25519(Zeroizing::new(seed.content.to_vec())))
            }
            _ => return Err(PrivateKeyError::Unsupported),
        };
        kind.map(Self).ok_or(PrivateKeyError::Malformed)
    }

    /// Whether it is the private half of the certificate's key; `None` where that cannot be told, as with a key on P-224 that
    /// came without its point.
    pub fn is_of(&self, certificate: &Certificate) -> Option<bool> {
        match (&self.0, certificate.public_key()) {
            (Kind::Rsa { modulus, exponent }, PublicKey::Rsa { modulus: public, exponent: of }) => {
                Some(modulus == public && exponent == of)
            }
            (Kind::Ec { secret, point }, PublicKey::Ec { curve, point: public }) => {
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
            (Kind::Ed25519(seed), PublicKey::Ed25519(public)) => {
                Some(Ed25519KeyPair::from_seed_and_public_key(seed, public).is_ok())
            }
            (_, PublicKey::Dsa | PublicKey::Unknown(_)) => None,
            _ => Some(false),
        }
    }
}

/// Some writers leave out leading zeros of the secret number, against RFC 5915 section 3; Go fills them up.
fn left_padded(secret: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    let mut padded = Zeroizing::new(vec![0; len.saturating_sub(secret.len())]);
    padded.extend_from_slice(secret);
    padded
}

/// `RSAPrivateKey` (RFC 8017 A.1.2).
fn pkcs1(der: &[u8]) -> Option<Kind> {
    let mut key = Reader::new(der).expect(SEQUENCE)?.reader();
    key.small_integer(INTEGER)?;
    let modulus = positive(key.integer(INTEGER)?)?.into();
    let exponent = u64::try_from(key.small_integer(INTEGER)?).ok()?;
    Some(Kind::Rsa { modulus, exponent })
}

/// `ECPrivateKey` (RFC 5915 section 3).
fn sec1(der: &[u8]) -> Option<Kind> {
    let mut key = Reader::new(der).expect(SEQUENCE)?.reader();
    key.small_integer(INTEGER)?;
    let secret = Zeroizing::new(key.expect(OCTET_STRING)?.content.to_vec());
    key.optional(context_constructed(0))?;
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
    Some(Kind::Ec { secret, point })
}
