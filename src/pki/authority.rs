//! A CA, provided or made by meshbundle, which issues leaves.
//!
//! In: a chain and a key as PEM, or a request for a new one. Out: leaves with the certificates
//! that travel with them. The caller chooses which certificate is the anchor. The signatures of the chain are not verified here.

use std::fmt;

use rcgen::{
    CertificateParams, Issuer, KeyIdMethod, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm,
};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificate::CaCertificate;
use super::error::{AuthorityError, KeyError};
use super::key::PrivateKey;
use super::profile;
use super::revocation_list::{self, ListRequest};
use super::signer::Signer;
use super::tbs::{SubjectKey, Tbs, Unsigned};
use crate::mesh::KeyAlgorithm;
use crate::pem::{self, Text};
use crate::plan::{AuthorityRequest, LeafRequest};

/// A CA with its key, ready to issue from many threads at once.
pub struct Authority {
    /// The first one signs.
    signing: CaCertificate,
    /// The others, upwards.
    above: Vec<CaCertificate>,
    /// How many certificates, from the first one on, travel with a leaf: those below the anchor.
    anchor: usize,
    /// They as PEM.
    intermediates_pem: String,
    issuer: Issuer<'static, Unsigned>,
    states_key_id: bool,
    signer: Signer,
}

/// A leaf and its key.
pub struct IssuedLeaf {
    /// The leaf.
    pub leaf_der: Vec<u8>,
    /// The leaf's serial number, 32 lower-case hexadecimal digits.
    pub serial_hex: String,
    /// The leaf's key, PKCS#8, DER: `crate::pem::key` makes text of it.
    pub key_der: Zeroizing<Box<[u8]>>,
}

/// A new CA and its key.
pub struct NewAuthority {
    /// The certificate, signed by itself.
    pub certificate_pem: String,
    /// Its key, PKCS#8.
    pub key_pem: Zeroizing<String>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("subject", &self.signing.name).field("anchor", &self.anchor).finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedLeaf").field("serial_hex", &self.serial_hex).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthority").field("certificate_pem", &self.certificate_pem).finish_non_exhaustive()
    }
}

impl Authority {
    /// Loads the CA whose certificate is the first one in `chain_pem` and whose key is in
    /// `key_pem`. The first certificate is the anchor until [`Authority::with_anchor`] says
    /// otherwise.
    ///
    /// # Errors
    /// If there is no certificate, one is malformed, the first one is not a CA or may not sign, the key is unusable, or it is not the first certificate's.
    pub fn load(chain_pem: &[u8], key_pem: &[u8]) -> Result<Self, AuthorityError> {
        let mut chain = read_chain(chain_pem)?.into_iter();
        let signing = chain.next().ok_or(AuthorityError::NoCertificate)?;
        signing.check_authority()?;
        let signer = PrivateKey::from_pem(key_pem)?
            .signer(&signing.spki)
            .ok_or_else(|| AuthorityError::KeyMismatch { subject: signing.name.clone() })?;
        let mut own = CertificateParams::default();
        if let Some(key_id) = &signing.key_id {
            own.key_identifier_method = KeyIdMethod::PreSpecified(key_id.clone());
        }
        Ok(Self {
            issuer: Issuer::new(own, Unsigned(signer.algorithm())),
            // Without an identifier to repeat there is none to state, as in Go
            // (crypto/x509/x509.go, `CreateCertificate`).
            states_key_id: signing.key_id.is_some(),
            signing,
            above: chain.collect(),
            anchor: 0,
            intermediates_pem: String::new(),
            signer,
        })
    }

    /// Takes the certificate at `index` of the chain, counted from zero, as the anchor: those
    /// before it travel with every leaf.
    ///
    /// # Errors
    /// If there is no such certificate, one up to it is not a CA, or a certificate below it
    /// does not name the next one as its issuer.
    pub fn with_anchor(mut self, index: usize) -> Result<Self, AuthorityError> {
        if index > self.above.len() {
            return Err(AuthorityError::Anchor { position: index + 1, length: self.above.len() + 1 });
        }
        let below = || std::iter::once(&self.signing).chain(&self.above).take(index);
        for (position, (lower, upper)) in below().zip(&self.above).enumerate() {
            upper.check_authority()?;
            if lower.issuer != upper.subject {
                return Err(AuthorityError::BrokenChain { position: position + 1, subject: lower.name.clone() });
            }
        }
        self.intermediates_pem = below().map(|certificate| pem::certificate(&certificate.der)).collect();
        self.anchor = index;
        Ok(self)
    }

    /// The anchor, which the other end has to trust, DER.
    pub fn anchor_der(&self) -> &[u8] {
        &self.anchor_certificate().der
    }

    /// The anchor, which the other end has to trust, PEM.
    pub fn anchor_pem(&self) -> String {
        pem::certificate(self.anchor_der())
    }

    /// The subject of the signing certificate, for people.
    pub fn subject(&self) -> &str {
        &self.signing.name
    }

    /// The last moment at which a leaf can be valid that is valid from `not_before` on: the earliest expiry of the certificates
    /// from the signing one to the anchor, without those above the signing one that have expired by then.
    pub fn not_after(&self, not_before: OffsetDateTime) -> OffsetDateTime {
        let above = self.above.iter().take(self.anchor).map(|certificate| certificate.not_after);
        above.filter(|end| *end > not_before).fold(self.signing.not_after, OffsetDateTime::min)
    }

    /// Makes a new, self-signed CA.
    ///
    /// # Errors
    /// If the request's names or dates cannot be in a certificate, or the system gives no
    /// random numbers.
    pub fn create(request: &AuthorityRequest) -> Result<NewAuthority, AuthorityError> {
        let (key, subject) = new_key(request.algorithm)?;
        let params = profile::authority(request, &subject.bytes, profile::serial()?)?;
        let signer = key.signer_with(&subject.bytes).ok_or(AuthorityError::Sign)?;
        let issuer = Issuer::from_params(&params, Unsigned(signer.algorithm()));
        let certificate = Tbs::compose(&params, &subject, &issuer)?.sign(&signer)?;
        Ok(NewAuthority { certificate_pem: pem::certificate(&certificate), key_pem: key.to_pem() })
    }

    /// Issues a leaf with a new key.
    ///
    /// # Errors
    /// If the leaf would expire after [`Authority::not_after`], its names or dates are not allowed in a certificate, or the system gives no random numbers.
    pub fn issue(&self, request: &LeafRequest) -> Result<IssuedLeaf, AuthorityError> {
        let (key, subject) = new_key(request.algorithm)?;
        self.certify(request, &key, &subject)
    }

    /// Issues a leaf for a `key` that exists. The algorithm of `request` does not matter.
    ///
    /// # Errors
    /// The same, or if leaves do not get keys of this kind.
    pub fn issue_for(&self, key: &PrivateKey, request: &LeafRequest) -> Result<IssuedLeaf, AuthorityError> {
        let subject = key.algorithm().zip(key.public_bytes());
        let (algorithm, bytes) = subject.ok_or(AuthorityError::Key(KeyError::Inconsistent))?;
        self.certify(request, key, &SubjectKey { algorithm: signature_algorithm(algorithm), bytes })
    }

    fn certify(&self, request: &LeafRequest, key: &PrivateKey, subject: &SubjectKey) -> Result<IssuedLeaf, AuthorityError> {
        let not_after = self.not_after(request.not_before);
        if request.not_after > not_after {
            return Err(AuthorityError::Outlived {
                common_name: request.common_name.clone(),
                leaf: profile::moment(request.not_after),
                authority: profile::moment(not_after),
            });
        }
        let serial = profile::serial()?;
        let mut params = profile::leaf(request, serial)?;
        params.use_authority_key_identifier_extension = self.states_key_id;
        let leaf_der = Tbs::compose(&params, subject, &self.issuer)?.with_issuer(&self.signing.subject)?.sign(&self.signer)?;
        Ok(IssuedLeaf { leaf_der, serial_hex: format!("{:032x}", u128::from_be_bytes(serial)), key_der: key.to_der() })
    }

    /// Signs a revocation list, DER.
    ///
    /// # Errors
    /// If its dates cannot be written.
    pub fn revocation_list(&self, request: &ListRequest) -> Result<Vec<u8>, AuthorityError> {
        revocation_list::sign(request, &self.signing.subject, self.signing.key_id.as_deref(), &self.signer)
    }

    /// A leaf that was issued here, then the certificates between it and the anchor, upwards: the chain that its holder presents.
    pub fn chain_pem(&self, leaf_der: &[u8]) -> String {
        pem::certificate(leaf_der) + &self.intermediates_pem
    }

    fn anchor_certificate(&self) -> &CaCertificate {
        self.above.iter().take(self.anchor).next_back().unwrap_or(&self.signing)
    }
}

/// All certificates in `pem`, in order. Other blocks, such as a key beside them, are skipped.
fn read_chain(pem: &[u8]) -> Result<Vec<CaCertificate>, AuthorityError> {
    Text::read(pem)
        .certificates()
        .enumerate()
        .map(|(index, block)| CaCertificate::read(&block.der).ok_or(AuthorityError::Certificate { position: index + 1 }))
        .collect()
}

fn new_key(algorithm: KeyAlgorithm) -> Result<(PrivateKey, SubjectKey), AuthorityError> {
    let (key, bytes) = PrivateKey::generate_pair(algorithm)?;
    Ok((key, SubjectKey { algorithm: signature_algorithm(algorithm), bytes }))
}

fn signature_algorithm(algorithm: KeyAlgorithm) -> &'static SignatureAlgorithm {
    match algorithm {
        KeyAlgorithm::EcdsaP256 => &PKCS_ECDSA_P256_SHA256,
        KeyAlgorithm::EcdsaP384 => &PKCS_ECDSA_P384_SHA384,
        KeyAlgorithm::Ed25519 => &PKCS_ED25519,
    }
}
