//! The part of a certificate that is signed: composed by rcgen, with the CA's name, signed by the CA's key.
//!
//! rcgen cannot keep the name of a foreign CA: it stores one value for each attribute, so a second `OU` or `DC` is lost, and
//! writes its own string types. By RFC 5280 4.1.2.4 and 7.1 verifiers compare names, and Go compares them byte for byte
//! (crypto/x509/verify.go, `isValid`, `RawSubject` against `RawIssuer`). So rcgen composes with a key that does not sign, then
//! the CA's name is put in byte for byte, and only then the signature is made.

use rcgen::{CertificateParams, Issuer, PublicKeyData, SignatureAlgorithm, SigningKey};

use super::der::{BIT_STRING, DerReader, INTEGER, SEQUENCE, context, encode};
use super::error::AuthorityError;
use super::signer::Signer;

/// A public key for rcgen: the subject's.
pub(super) struct PublicKey {
    pub(super) algorithm: &'static SignatureAlgorithm,
    /// Content of the `subjectPublicKey`.
    pub(super) bytes: Vec<u8>,
}

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

/// A key for rcgen that names the signer's algorithm and leaves the signature empty.
pub(super) struct Unsigned(pub(super) &'static SignatureAlgorithm);

impl PublicKeyData for Unsigned {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.0
    }
}

impl SigningKey for Unsigned {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}

/// A DER `TBSCertificate` (RFC 5280 4.1).
pub(super) struct Tbs {
    der: Vec<u8>,
}

impl Tbs {
    /// Composes it with rcgen.
    pub(super) fn compose(
        params: &CertificateParams,
        subject: &PublicKey,
        issuer: &Issuer<'_, Unsigned>,
    ) -> Result<Self, AuthorityError> {
        let certificate = params.signed_by(subject, issuer).map_err(|error| AuthorityError::Compose(error.to_string()))?;
        let tbs = DerReader::inside(certificate.der(), SEQUENCE)
            .and_then(|mut certificate| certificate.element())
            .ok_or_else(unexpected)?;
        Ok(Self { der: tbs.whole.to_vec() })
    }

    /// The same with `name`, a DER `Name`, as its issuer.
    pub(super) fn with_issuer(&self, name: &[u8]) -> Result<Self, AuthorityError> {
        let fields = Fields::read(&self.der).ok_or_else(unexpected)?;
        let parts = [fields.version_and_serial, fields.signature, name, fields.after_issuer];
        Ok(Self { der: encode(SEQUENCE, &parts) })
    }

    /// The certificate: this, its algorithm once more (RFC 5280 4.1.1.2), and the signature.
    pub(super) fn sign(&self, signer: &Signer) -> Result<Vec<u8>, AuthorityError> {
        let fields = Fields::read(&self.der).ok_or_else(unexpected)?;
        let signature = signer.sign(&self.der).ok_or(AuthorityError::Sign)?;
        let signature = encode(BIT_STRING, &[&[0], &signature]);
        Ok(encode(SEQUENCE, &[&self.der, fields.signature, &signature]))
    }
}

/// The parts before and after the issuer.
struct Fields<'a> {
    version_and_serial: &'a [u8],
    signature: &'a [u8],
    after_issuer: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(tbs: &'a [u8]) -> Option<Self> {
        let mut fields = DerReader::inside(tbs, SEQUENCE)?;
        let all = fields.rest();
        fields.expect(context(0))?;
        fields.expect(INTEGER)?;
        let version_and_serial = all.get(..all.len() - fields.rest().len())?;
        let signature = fields.element()?.whole;
        fields.expect(SEQUENCE)?;
        Some(Self { version_and_serial, signature, after_issuer: fields.rest() })
    }
}

fn unexpected() -> AuthorityError {
    AuthorityError::Compose("unexpected layout".to_owned())
}
