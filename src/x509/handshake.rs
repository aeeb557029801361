//! What Go's crypto/tls rejects in the presented certificates, apart from their chain.

use crate::x509::certificate::Certificate;
use crate::x509::chain_error::ChainError;
use crate::x509::go_rules::{GoRule, GoRules};
use crate::x509::public_key::PublicKeyKind;

/// `defaultMaxRSAKeySize` in `crypto/tls/handshake_client.go`, since Go 1.20.7: for every presented certificate.
const RSA_MAX: usize = 8192;
/// The least RSA key that TLS 1.3 signs with: `rsaSignatureSchemes` in crypto/tls/auth.go requires twice the hash and two bytes.
const RSA_PSS_MIN: usize = 65 * 8 + 1;

/// Checks that a handshake is possible with `presented`, leaf first.
///
/// # Errors
/// The reason why not.
pub fn check_presented(presented: &[Certificate], rules: GoRules) -> Result<(), ChainError> {
    for certificate in presented {
        if let PublicKeyKind::Rsa { bits } = certificate.public_key_kind()
            && bits > RSA_MAX
        {
            return Err(ChainError::LongRsa { subject: certificate.label(), bits });
        }
    }
    let Some(leaf) = presented.first() else { return Ok(()) };
    let usable = match leaf.public_key_kind() {
        PublicKeyKind::Rsa { bits } => bits >= if rules.has(GoRule::ShortRsa) { 1024 } else { RSA_PSS_MIN },
        PublicKeyKind::EcP256 | PublicKeyKind::EcP384 | PublicKeyKind::EcP521 | PublicKeyKind::Ed25519 => true,
        // `signatureSchemesForPublicKey` in crypto/tls/auth.go knows no P-224 with TLS 1.3, and both ends speak that.
        PublicKeyKind::Other(_) => false,
    };
    if usable { Ok(()) } else { Err(ChainError::LeafKey { subject: leaf.label(), key: leaf.public_key_kind().to_string() }) }
}
