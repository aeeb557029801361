//! A revocation list: serial numbers -> DER `CertificateList` (RFC 5280 5.1), with the CA's name byte for byte.
//!
//! It is DER because etcd reads no PEM from 3.6 on. etcd compares serial numbers alone, so one list may have those of several CAs.

use der::asn1::{BitStringRef, SequenceRef};
use der::{Decode, Encode, Reader, SliceReader};
use rcgen::{CertificateRevocationListParams, Issuer, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber};
use time::OffsetDateTime;

use super::error::AuthorityError;
use super::profile;
use super::signer::Signer;
use super::tbs::{Unsigned, sequence};

/// What a revocation list is to say.
pub struct ListRequest {
    /// Its number, which is higher than that of every list before.
    pub number: u64,
    /// When it is made.
    pub this_update: OffsetDateTime,
    /// When it says nothing any more, or a new one is due.
    pub next_update: OffsetDateTime,
    /// Serial numbers in hex, and when each was revoked.
    pub revoked: Vec<(String, OffsetDateTime)>,
}

/// Composes and signs a list in the name of the CA `subject`, a DER `Name`.
pub(super) fn sign(
    request: &ListRequest,
    subject: &[u8],
    key_id: Option<&[u8]>,
    signer: &Signer,
) -> Result<Vec<u8>, AuthorityError> {
    let entry = |(serial, at): &(String, OffsetDateTime)| {
        let even = if serial.len() % 2 == 0 { serial.clone() } else { format!("0{serial}") };
        let serial = hex::decode(even).map_err(|error| AuthorityError::Compose(error.to_string()))?;
        Ok(RevokedCertParams {
            serial_number: SerialNumber::from_slice(&serial),
            revocation_time: profile::in_utc(*at),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        })
    };
    let params = CertificateRevocationListParams {
        this_update: profile::in_utc(request.this_update),
        next_update: profile::in_utc(request.next_update),
        crl_number: SerialNumber::from_slice(&request.number.to_be_bytes()),
        issuing_distribution_point: None,
        revoked_certs: request.revoked.iter().map(entry).collect::<Result<_, AuthorityError>>()?,
        key_identifier_method: KeyIdMethod::PreSpecified(key_id.unwrap_or_default().to_vec()),
    };
    let issuer = Issuer::new(rcgen::CertificateParams::default(), Unsigned(signer.algorithm()));
    let composed = params.signed_by(&issuer).map_err(|error| AuthorityError::Compose(error.to_string()))?;
    let mut parts = SliceReader::new(<&SequenceRef>::from_der(composed.der())?.as_bytes())?;
    let mut fields = SliceReader::new(<&SequenceRef>::from_der(parts.tlv_bytes()?)?.as_bytes())?;
    let (version, algorithm) = (fields.tlv_bytes()?, fields.tlv_bytes()?);
    let _issuer = fields.tlv_bytes()?;
    let tbs = sequence(&[version, algorithm, subject, fields.read_slice(fields.remaining_len())?])?;
    let signature = signer.sign(&tbs).ok_or(AuthorityError::Sign)?;
    let signature = BitStringRef::from_bytes(&signature).and_then(|signature| signature.to_der())?;
    Ok(sequence(&[&tbs, algorithm, &signature])?)
}
