//! Key material + its public key -> a key pair that signs.
//!
//! There is only a pair if both halves belong together; aws-lc-rs checks that. It hashes and signs, and of certificates it knows
//! only the name of its algorithm.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256};

use super::encoding::{KeyMaterial, SigningCurve};

/// A key pair of aws-lc-rs, shared by all threads that issue.
pub(super) enum Signer {
    Rsa(Box<RsaKeyPair>),
    Ec(SigningCurve, Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Signer {
    /// The pair of `material` and `public`, the content of a `subjectPublicKey`. `None` if they
    /// do not belong together.
    pub(super) fn new(material: &KeyMaterial, public: &[u8]) -> Option<Self> {
        let signer = match material {
            KeyMaterial::Rsa(der) => Self::Rsa(Box::new(RsaKeyPair::from_der(der).ok()?)),
            KeyMaterial::Ec { curve, scalar, .. } => {
                let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), scalar, public);
                Self::Ec(*curve, Box::new(pair.ok()?))
            }
            KeyMaterial::Ed25519(seed) => Self::Ed25519(Box::new(Ed25519KeyPair::from_seed_unchecked(seed).ok()?)),
        };
        (signer.public_key() == public).then_some(signer)
    }

    /// Content of the `subjectPublicKey`.
    fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::Ec(_, pair) => pair.public_key().as_ref(),
            Self::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    /// The algorithm that certificates of this signer name. A P-384 key goes with SHA-384 and a P-521 key with SHA-512 as in Go
    /// (crypto/x509/x509.go, `signingParamsForKey`); RSA with PKCS#1 v1.5, which every implementation verifies.
    pub(super) fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self {
            Self::Rsa(_) => &PKCS_RSA_SHA256,
            Self::Ec(SigningCurve::P256, _) => &PKCS_ECDSA_P256_SHA256,
            Self::Ec(SigningCurve::P384, _) => &PKCS_ECDSA_P384_SHA384,
            Self::Ec(SigningCurve::P521, _) => &PKCS_ECDSA_P521_SHA512,
            Self::Ed25519(_) => &PKCS_ED25519,
        }
    }

    /// Content of the `signatureValue` over `message`. `None` if it could not be made.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ec(_, pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}
