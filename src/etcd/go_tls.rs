//! What Go's TLS client offers, for rustls: key exchanges and signatures.
//!
//! Cipher suites are those of rustls. Go has others (CBC, with TLS 1.2), but HTTP/2 forbids them, and grpc-go from 1.60 on does not
//! offer them (credentials/tls.go).

use aws_lc_rs::agreement::{ECDH_P521, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::rand::SystemRandom;
use tokio_rustls::rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use tokio_rustls::rustls::crypto::{ActiveKeyExchange, CryptoProvider, GetRandomFailed, SharedSecret, SupportedKxGroup};
use tokio_rustls::rustls::ffdhe_groups::FfdheGroup;
use tokio_rustls::rustls::{Error, NamedGroup, PeerMisbehaved, SignatureScheme};

use crate::x509::{Hash, SignatureAlgorithm};

/// Signatures of handshakes, with how they are checked: Go's `defaultSupportedSignatureAlgorithms` (crypto/tls/defaults.go)
/// without SHA-1, which Go dropped in 1.25. For TLS 1.3 Go does not check either that the curve is the scheme's.
const SCHEMES: [(SignatureScheme, SignatureAlgorithm); 10] = [
    (SignatureScheme::RSA_PSS_SHA256, SignatureAlgorithm::RsaPss(Hash::Sha256)),
    (SignatureScheme::ECDSA_NISTP256_SHA256, SignatureAlgorithm::Ecdsa(Hash::Sha256)),
    (SignatureScheme::ED25519, SignatureAlgorithm::Ed25519),
    (SignatureScheme::RSA_PSS_SHA384, SignatureAlgorithm::RsaPss(Hash::Sha384)),
    (SignatureScheme::RSA_PSS_SHA512, SignatureAlgorithm::RsaPss(Hash::Sha512)),
    (SignatureScheme::RSA_PKCS1_SHA256, SignatureAlgorithm::RsaPkcs1(Hash::Sha256)),
    (SignatureScheme::RSA_PKCS1_SHA384, SignatureAlgorithm::RsaPkcs1(Hash::Sha384)),
    (SignatureScheme::RSA_PKCS1_SHA512, SignatureAlgorithm::RsaPkcs1(Hash::Sha512)),
    (SignatureScheme::ECDSA_NISTP384_SHA384, SignatureAlgorithm::Ecdsa(Hash::Sha384)),
    (SignatureScheme::ECDSA_NISTP521_SHA512, SignatureAlgorithm::Ecdsa(Hash::Sha512)),
];

/// The schemes, in Go's order.
pub(super) fn schemes() -> Vec<SignatureScheme> {
    SCHEMES.iter().map(|(scheme, _)| *scheme).collect()
}

/// How a signature of this scheme is checked, if Go offers it.
pub(super) fn algorithm(scheme: SignatureScheme) -> Option<SignatureAlgorithm> {
    SCHEMES.iter().find(|(known, _)| *known == scheme).map(|(_, algorithm)| algorithm.clone())
}

/// rustls on aws-lc-rs, with Go's key exchanges in Go's order (`defaultCurvePreferences`).
pub(super) fn provider() -> CryptoProvider {
    let kx_groups = vec![kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1, &P521];
    CryptoProvider { kx_groups, ..default_provider() }
}

/// Key exchange on P-521, which rustls does not have.
#[derive(Debug)]
struct P521;

/// A key exchange that waits for the server's share.
struct Started {
    private: EphemeralPrivateKey,
    public: PublicKey,
}

impl SupportedKxGroup for P521 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = EphemeralPrivateKey::generate(&ECDH_P521, &SystemRandom::new()).map_err(|_| GetRandomFailed)?;
        let public = private.compute_public_key().map_err(|_| GetRandomFailed)?;
        Ok(Box::new(Started { private, public }))
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

impl ActiveKeyExchange for Started {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let invalid = || Error::from(PeerMisbehaved::InvalidKeyShare);
        // RFC 8446 4.2.8.2: uncompressed points only.
        if peer.first() != Some(&4) {
            return Err(invalid());
        }
        agree_ephemeral(self.private, UnparsedPublicKey::new(&ECDH_P521, peer), invalid(), |secret| {
            Ok(SharedSecret::from(secret))
        })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }
}
