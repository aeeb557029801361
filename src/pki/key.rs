//! A private key: PEM -> key, key -> PKCS#8 PEM, or a new one.
//!
//! It keeps the secret and returns it as PKCS#8 only. It does not decrypt, and does not decide what a key may be used for.

use std::fmt;

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use der::asn1::{SequenceRef, UintRef};
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

use super::encoding::{KeyMaterial, SigningCurve, foreign, unsupported};
use super::error::KeyError;
use super::signer::Signer;
use crate::mesh::KeyAlgorithm;
use crate::pem::{self, DerKind, Text};
use crate::wiped::Wiped;

/// Octets of an Ed25519 seed (RFC 8032 5.1.5).
const ED25519_SEED: usize = 32;

/// A private key that can be used: ECDSA on P-256, P-384 or P-521, RSA of 2048 to 8192 bits, or
/// Ed25519. It is wiped when dropped, and `Debug` does not show it.
pub struct PrivateKey {
    material: KeyMaterial,
    /// The same as PKCS#8, DER.
    pkcs8: Wiped,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrivateKey").field(&self.material).finish()
    }
}

impl PrivateKey {
    /// Reads the first private key in `pem`: PKCS#8, PKCS#1 or SEC 1, by its content and not by its label, as Go does. Blocks
    /// that are not private keys, such as `EC PARAMETERS` or a certificate, are skipped.
    ///
    /// # Errors
    /// If there is no key, or it is encrypted, malformed, inconsistent or of a kind that cannot be used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let text = Text::read(pem);
        let Some(block) = text.key() else { return Err(KeyError::Missing) };
        let material = match DerKind::of(&block.der) {
            Some(DerKind::Pkcs8) => KeyMaterial::from_pkcs8(&block.der)?,
            Some(DerKind::Pkcs1) => KeyMaterial::from_pkcs1(&block.der),
            Some(DerKind::Sec1) => KeyMaterial::from_sec1(&block.der, None)?,
            Some(DerKind::EncryptedPkcs8) => return Err(KeyError::Encrypted),
            _ if block.encrypted || block.label.starts_with("ENCRYPTED") => return Err(KeyError::Encrypted),
            _ if block.label == "OPENSSH PRIVATE KEY" => return Err(foreign("a key of OpenSSH")),
            _ if block.label == "DSA PRIVATE KEY" => return Err(foreign("a DSA key")),
            _ => return Err(KeyError::Malformed),
        };
        let key = Self::new(material)?;
        key.check()?;
        Ok(key)
    }

    fn new(material: KeyMaterial) -> Result<Self, KeyError> {
        Ok(Self { pkcs8: material.to_pkcs8()?, material })
    }

    /// Makes a new key from the system's random numbers.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        Self::generate_pair(algorithm).map(|(key, _)| key)
    }

    /// A new key, and the content of its `subjectPublicKey`.
    pub(super) fn generate_pair(algorithm: KeyAlgorithm) -> Result<(Self, Vec<u8>), KeyError> {
        match algorithm {
            KeyAlgorithm::EcdsaP256 => generate_ec(SigningCurve::P256),
            KeyAlgorithm::EcdsaP384 => generate_ec(SigningCurve::P384),
            KeyAlgorithm::Ed25519 => generate_ed25519(),
        }
        .ok_or(KeyError::Generate)
    }

    /// The key as a PKCS#8 block, `PRIVATE KEY`, which etcd and Cilium's agents read.
    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::key(&self.pkcs8)
    }

    /// The key as PKCS#8, DER.
    pub fn to_der(&self) -> Zeroizing<Box<[u8]>> {
        Zeroizing::new(self.pkcs8.as_slice().into())
    }

    /// The public half, a DER `SubjectPublicKeyInfo`. `None` for an EC key without its point: it can only be compared with a
    /// known public key.
    pub fn public(&self) -> Option<Vec<u8>> {
        self.material.public_key_info(&self.public_bytes()?)
    }

    /// The content of the `subjectPublicKey`, if it is known.
    pub(super) fn public_bytes(&self) -> Option<Vec<u8>> {
        Some(match &self.material {
            KeyMaterial::Rsa(der) => RsaKeyPair::from_der(der).ok()?.public_key().as_ref().to_vec(),
            KeyMaterial::Ec { point, .. } => point.clone()?,
            KeyMaterial::Ed25519(seed) => Ed25519KeyPair::from_seed_unchecked(seed).ok()?.public_key().as_ref().to_vec(),
        })
    }

    /// Its algorithm, if keys of this kind are made here.
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        match &self.material {
            KeyMaterial::Ec { curve: SigningCurve::P256, .. } => Some(KeyAlgorithm::EcdsaP256),
            KeyMaterial::Ec { curve: SigningCurve::P384, .. } => Some(KeyAlgorithm::EcdsaP384),
            KeyMaterial::Ed25519(_) => Some(KeyAlgorithm::Ed25519),
            KeyMaterial::Ec { curve: SigningCurve::P521, .. } | KeyMaterial::Rsa(_) => None,
        }
    }

    /// Whether this is the private half of the public key in `spki_der`, a DER
    /// `SubjectPublicKeyInfo` (RFC 5280 4.1.2.7).
    pub fn matches(&self, spki_der: &[u8]) -> bool {
        self.signer(spki_der).is_some()
    }

    /// The key pair with the public key in `spki_der`, if they belong together.
    pub(super) fn signer(&self, spki_der: &[u8]) -> Option<Signer> {
        Signer::new(&self.material, self.material.public_key_in(spki_der)?)
    }

    /// The key pair with `public`, the content of a `subjectPublicKey`.
    pub(super) fn signer_with(&self, public: &[u8]) -> Option<Signer> {
        Signer::new(&self.material, public)
    }

    /// Reports early, in plain words, what would fail later. An EC key without a point can only be checked with its certificate.
    fn check(&self) -> Result<(), KeyError> {
        match &self.material {
            KeyMaterial::Rsa(der) => {
                let (bits, exponent_bits) = rsa_bits(der)?;
                if !(2048..=8192).contains(&bits) {
                    return Err(unsupported(&format!("an RSA key of {bits} bits")));
                }
                // Go's crypto/rsa accepts no larger one (`checkPublicKeySize`).
                if exponent_bits > 31 {
                    return Err(foreign("an RSA key with a public exponent of more than 31 bits"));
                }
                RsaKeyPair::from_der(der).map_err(|_| KeyError::Inconsistent)?;
            }
            KeyMaterial::Ec { point: Some(point), .. } => {
                self.signer_with(point).ok_or(KeyError::Inconsistent)?;
            }
            KeyMaterial::Ec { point: None, .. } => {}
            KeyMaterial::Ed25519(seed) => {
                if seed.len() != ED25519_SEED {
                    return Err(KeyError::Malformed);
                }
            }
        }
        Ok(())
    }
}

fn generate_ec(curve: SigningCurve) -> Option<(PrivateKey, Vec<u8>)> {
    let document = EcdsaKeyPair::generate_pkcs8(curve.signing(), &SystemRandom::new()).ok()?;
    let material = KeyMaterial::from_pkcs8(document.as_ref()).ok()?;
    let KeyMaterial::Ec { point: Some(point), .. } = &material else {
        return None;
    };
    let public = point.clone();
    Some((PrivateKey::new(material).ok()?, public))
}

fn generate_ed25519() -> Option<(PrivateKey, Vec<u8>)> {
    let mut seed = Wiped::from(vec![0; ED25519_SEED]);
    SystemRandom::new().fill(&mut seed).ok()?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
    let public = pair.public_key().as_ref().to_vec();
    Some((PrivateKey::new(KeyMaterial::Ed25519(seed)).ok()?, public))
}

/// Bits of the modulus and of the public exponent of an `RSAPrivateKey` (RFC 8017 A.1.2).
fn rsa_bits(der: &[u8]) -> Result<(usize, usize), der::Error> {
    let mut key = SliceReader::new(<&SequenceRef>::from_der(der)?.as_bytes())?;
    let _version = key.tlv_bytes()?;
    Ok((bits(UintRef::decode(&mut key)?), bits(UintRef::decode(&mut key)?)))
}

/// Bits of a number, which has no leading zeros.
fn bits(number: UintRef<'_>) -> usize {
    let octets = number.as_bytes();
    let unused = octets.first().map_or(0, |octet| octet.leading_zeros());
    octets.len() * 8 - unused as usize
}
