//! Prepares every CA of the plan: made now, kept in the state, or provided.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::lint;
use crate::mesh::Label;
use crate::pki::Authority;
use crate::plan::{AuthorityPlan, AuthorityRecord};
use crate::store::{StoreError, read_given};
use crate::x509::Certificate;

use super::list_signers::list_signers;
use super::{GenerateError, Job};

/// A CA that is ready to be used.
pub(super) struct Ready {
    /// Its record in the inventory.
    pub(super) record: AuthorityRecord,
    /// The certificate that others trust.
    pub(super) anchor: Certificate,
    /// The signing CA, if it signs.
    pub(super) signer: Option<Authority>,
    /// Certificate and key of one that was made now, not yet in the state.
    made: Option<(String, zeroize::Zeroizing<String>)>,
}

/// Loads and makes CAs; writes nothing.
pub(super) fn prepare(job: &Job<'_>) -> Result<BTreeMap<Label, Ready>, GenerateError> {
    // The key of a kept CA is only needed if it has to sign something.
    let issuing = job.plan.credentials.values().filter(|plan| plan.serial().is_none()).map(|plan| &plan.signer);
    let needed: std::collections::BTreeSet<&Label> = issuing.chain(list_signers(job.plan, job.inventory)).collect();
    job.plan
        .authorities
        .par_iter()
        .map(|(name, plan)| Ok((name.clone(), load_or_make(job, name, plan, needed.contains(name))?)))
        .collect()
}

fn load_or_make(job: &Job<'_>, name: &Label, plan: &AuthorityPlan, signs: bool) -> Result<Ready, GenerateError> {
    let fail = |file: &str| {
        let (name, file) = (name.to_string(), file.to_owned());
        move |source| GenerateError::Authority { name, file, source }
    };
    match plan {
        AuthorityPlan::Create(request) => {
            let new = Authority::create(request).map_err(fail("not yet written"))?;
            let signer =
                Authority::load(new.certificate_pem.as_bytes(), new.key_pem.as_bytes()).map_err(fail("not yet written"))?;
            let anchor = read_anchor(name, new.certificate_pem.as_bytes())?;
            let fingerprint = hex::encode(anchor.fingerprint());
            let record = AuthorityRecord::in_file(name.as_str(), fingerprint, anchor.not_before(), anchor.not_after());
            Ok(Ready { record, anchor, signer: Some(signer), made: Some((new.certificate_pem, new.key_pem)) })
        }
        AuthorityPlan::Kept(record) => {
            let file = record.file.as_deref().unwrap_or_default();
            let certificate = job.state.files().authority_certificate(file).map_err(StoreError::from)?;
            let signer = if signs {
                let key = job.keys.key(file, job.state.files())?;
                Some(Authority::load(certificate.as_bytes(), &key).map_err(fail(file))?)
            } else {
                None
            };
            Ok(Ready { record: record.clone(), anchor: read_anchor(name, certificate.as_bytes())?, signer, made: None })
        }
        AuthorityPlan::Provided { record, certificate, key, travelling } => {
            let signer = match key.as_ref().filter(|_| signs) {
                None => None,
                Some(key) => {
                    let given = |file: &str, error: &std::io::Error| GenerateError::Given {
                        file: file.to_owned(),
                        reason: error.to_string(),
                    };
                    let chain = read_given(&job.base.join(certificate)).map_err(|error| given(certificate, &error))?;
                    let secret = read_given(&job.base.join(key)).map_err(|error| given(key, &error))?;
                    let authority = Authority::load(&chain, &secret).map_err(fail(key))?;
                    Some(authority.with_anchor(travelling.len()).map_err(fail(certificate))?)
                }
            };
            let anchor = match job.mesh.authorities().get(name).and_then(lint::MeshAuthority::anchor) {
                Some(anchor) => anchor.clone(),
                None => return Err(GenerateError::Given { file: certificate.clone(), reason: "no certificate".to_owned() }),
            };
            Ok(Ready { record: record.clone(), anchor, signer, made: None })
        }
    }
}

fn read_anchor(name: &Label, pem: &[u8]) -> Result<Certificate, GenerateError> {
    let unreadable = |reason: String| GenerateError::Given { file: format!("the CA `{name}`"), reason };
    let certificates = Certificate::chain_from_pem(pem).map_err(|error| unreadable(error.to_string()))?;
    certificates.into_iter().next().ok_or_else(|| unreadable("no certificate".to_owned()))
}

/// Stores the CAs that were made; returns how many.
pub(super) fn store(job: &Job<'_>, authorities: &BTreeMap<Label, Ready>) -> Result<usize, GenerateError> {
    let mut kept = 0;
    for ready in authorities.values() {
        if let (Some((certificate, key)), Some(file)) = (&ready.made, &ready.record.file) {
            job.state.add_authority(file, certificate, key)?;
            kept += 1;
        }
    }
    Ok(kept)
}
