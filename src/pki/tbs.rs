//! The part of a certificate that is signed: composed by rcgen, with the CA's name, signed by the CA's key.
//!
//! rcgen cannot keep the name of a foreign CA: it stores one value for each attribute, so a second `OU` or `DC` is lost, and
//! writes its own string types. By RFC 5280 4.1.2.4 and 7.1 verifiers compare names, and Go compares them byte for byte
//! (crypto/x509/verify.go, `isValid`, `RawSubject` against `RawIssuer`). So rcgen composes with a key that does not sign, then
//! the CA's name is put in byte for byte, and only then the signature is made.

use der::asn1::{AnyRef, BitStringRef, SequenceRef};
use der::{Decode, Encode, Reader, SliceReader, Tag};
use rcgen::{CertificateParams, Issuer, PublicKeyData, SignatureAlgorithm, SigningKey};

use super::error::AuthorityError;
use super::signer::Signer;

/// A public key for rcgen: the subject's.
pub(super) struct SubjectKey {
    pub(super) algorithm: &'static SignatureAlgorithm,
    /// Content of the `subjectPublicKey`.
    pub(super) bytes: Vec<u8>,
}

impl PublicKeyData for SubjectKey {
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
        subject: &SubjectKey,
        issuer: &Issuer<'_, Unsigned>,
    ) -> Result<Self, AuthorityError> {
        let certificate = params.signed_by(subject, issuer).map_err(|error| AuthorityError::Compose(error.to_string()))?;
        let mut parts = SliceReader::new(<&SequenceRef>::from_der(certificate.der())?.as_bytes())?;
        Ok(Self { der: parts.tlv_bytes()?.to_vec() })
    }

    /// The same with `name`, a DER `Name`, as its issuer.
    pub(super) fn with_issuer(&self, name: &[u8]) -> Result<Self, AuthorityError> {
        let TbsFields { version, serial, signature, after_issuer } = TbsFields::read(&self.der)?;
        Ok(Self { der: sequence(&[version, serial, signature, name, after_issuer])? })
    }

    /// The certificate: this, its algorithm once more (RFC 5280 4.1.1.2), and the signature.
    pub(super) fn sign(&self, signer: &Signer) -> Result<Vec<u8>, AuthorityError> {
        let signature = signer.sign(&self.der).ok_or(AuthorityError::Sign)?;
        let signature = BitStringRef::from_bytes(&signature).and_then(|signature| signature.to_der())?;
        Ok(sequence(&[&self.der, TbsFields::read(&self.der)?.signature, &signature])?)
    }
}

/// The parts of a `TBSCertificate` beside the issuer.
struct TbsFields<'a> {
    version: &'a [u8],
    serial: &'a [u8],
    signature: &'a [u8],
    after_issuer: &'a [u8],
}

impl<'a> TbsFields<'a> {
    fn read(tbs: &'a [u8]) -> Result<Self, der::Error> {
        let mut fields = SliceReader::new(<&SequenceRef>::from_der(tbs)?.as_bytes())?;
        let (version, serial, signature) = (fields.tlv_bytes()?, fields.tlv_bytes()?, fields.tlv_bytes()?);
        let _issuer = fields.tlv_bytes()?;
        Ok(Self { version, serial, signature, after_issuer: fields.read_slice(fields.remaining_len())? })
    }
}

/// A `SEQUENCE` of `parts`, which are DER.
pub(super) fn sequence(parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(Tag::Sequence, &parts.concat())?.to_der()
}
