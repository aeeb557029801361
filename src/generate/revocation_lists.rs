//! Signs the revocation lists of a run that revokes: one by each CA that signs clients at etcds whose users come from here.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::mesh::Label;
use crate::pki::ListRequest;

use super::authorities::Ready;
use super::list_signers::list_signers;
use super::{GenerateError, Job};

/// The lists, DER in hex, by fingerprint of the CA that signed each; none in a run that revokes nothing. A CA without a key here signs
/// none, and another one's does as well.
pub(super) fn sign(job: &Job<'_>, authorities: &BTreeMap<Label, Ready>) -> Result<BTreeMap<String, String>, GenerateError> {
    let listed = job.inventory.revocations.listed(job.now.unix_timestamp());
    let Some(last) = listed.iter().map(|(leaf, _)| leaf.not_after).max() else { return Ok(BTreeMap::new()) };
    let moment = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(job.now);
    let request = ListRequest {
        number: job.inventory.revision + 1,
        this_update: job.now,
        // By then nothing that is on it is valid: until something else is revoked, there is no other list before that.
        next_update: moment(last),
        revoked: listed.iter().map(|(leaf, at)| (leaf.serial.clone(), moment(*at))).collect(),
    };
    let mut lists = BTreeMap::new();
    for name in list_signers(job.plan, job.inventory) {
        let Some(ready) = authorities.get(name) else { continue };
        let Some(signer) = &ready.signer else { continue };
        let issue = |source| GenerateError::Issue { what: format!("revocation list of the CA {name}"), source };
        let list = signer.revocation_list(&request).map_err(issue)?;
        lists.insert(ready.record.fingerprint.clone(), hex::encode(list));
    }
    Ok(lists)
}
