//! Issues every leaf of the plan: first in memory, and into the state once all links are proven.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::mesh::Label;
use crate::pem;
use crate::pki::{Authority, PrivateKey};
use crate::plan::{CredentialAction, CredentialKey, CredentialRecord, LeafRequest};

use super::authorities::Ready;
use super::{GenerateError, Job};

/// A leaf that was issued and is not yet in the state. It has only DER and no text, because there may be a quarter of a million.
pub(super) struct Leaf {
    pub(super) record: CredentialRecord,
    pub(super) certificate: Box<[u8]>,
    key: Zeroizing<Box<[u8]>>,
}

pub(super) type Leaves = BTreeMap<CredentialKey, Leaf>;

/// Issues in memory, on all cores.
pub(super) fn issue_all(job: &Job<'_>, authorities: &BTreeMap<Label, Ready>) -> Result<Leaves, GenerateError> {
    let issued = job.plan.credentials.iter().filter_map(|(key, plan)| match &plan.action {
        CredentialAction::Issue { request, key_of, .. } => Some((key, &plan.signer, request, key_of.as_deref())),
        CredentialAction::Keep { .. } => None,
    });
    let wanted: Vec<_> = issued.collect();
    job.progress.begin("issuing certificates", wanted.len());
    let issue = |(key, signer, request, key_of): (&CredentialKey, &Label, &LeafRequest, Option<&str>)| {
        let private = key_of.map(|serial| read_key(job, key, serial)).transpose()?;
        let leaf = issue_one(key, request, private.as_ref(), find_signer(authorities, signer)?)?;
        job.progress.advance();
        Ok((key.clone(), leaf))
    };
    wanted.into_par_iter().map(issue).collect::<Result<Vec<_>, _>>().map(|leaves| leaves.into_iter().collect())
}

/// The key of a leaf in the state.
fn read_key(job: &Job<'_>, key: &CredentialKey, serial: &str) -> Result<PrivateKey, GenerateError> {
    let (holder, files) = (key.cluster().as_str(), job.state.files());
    let unread = |reason: String| GenerateError::Given { file: files.leaf_path(holder, serial).display().to_string(), reason };
    let (_, pem) = files.leaf(holder, serial).map_err(|error| unread(error.to_string()))?;
    PrivateKey::from_pem(pem.as_bytes()).map_err(|error| unread(error.to_string()))
}

fn find_signer<'a>(authorities: &'a BTreeMap<Label, Ready>, signer: &Label) -> Result<(&'a Ready, &'a Authority), GenerateError> {
    let ready = authorities.get(signer).and_then(|ready| Some((ready, ready.signer.as_ref()?)));
    ready.ok_or_else(|| GenerateError::Given {
        file: format!("the CA `{signer}`"),
        reason: "it has no key to sign with".to_owned(),
    })
}

fn issue_one(
    key: &CredentialKey,
    request: &LeafRequest,
    private: Option<&PrivateKey>,
    (ready, authority): (&Ready, &Authority),
) -> Result<Leaf, GenerateError> {
    let issued = match private {
        Some(private) => authority.issue_for(private, request),
        None => authority.issue(request),
    };
    let issued = issued.map_err(|source| GenerateError::Issue { what: key.to_string(), source })?;
    let addresses = request.ip_addresses.iter().map(ToString::to_string);
    Ok(Leaf {
        record: CredentialRecord {
            serial: issued.serial_hex,
            signer: ready.record.fingerprint.clone(),
            hosts: request.dns_names.iter().cloned().chain(addresses).collect(),
            not_before: request.not_before.unix_timestamp(),
            not_after: request.not_after.unix_timestamp(),
        },
        certificate: issued.leaf_der.into_boxed_slice(),
        key: issued.key_der,
    })
}

/// Writes every leaf to the state. A leaf counts only once the inventory names it.
pub(super) fn store(job: &Job<'_>, authorities: &BTreeMap<Label, Ready>, leaves: &Leaves) -> Result<(), GenerateError> {
    let holders: BTreeSet<_> = leaves.keys().map(CredentialKey::cluster).collect();
    for holder in holders {
        job.state.prepare_holder(holder.as_str())?;
    }
    job.progress.begin("keeping certificates", leaves.len());
    leaves.par_iter().try_for_each(|(key, leaf)| {
        let Some(plan) = job.plan.credentials.get(key) else { return Ok(()) };
        let (_, authority) = find_signer(authorities, &plan.signer)?;
        let chain = authority.chain_pem(&leaf.certificate);
        let key_pem = pem::key(&leaf.key);
        job.state.add_leaf(key.cluster().as_str(), &leaf.record.serial, &chain, &key_pem)?;
        job.progress.advance();
        Ok(())
    })
}

/// A random name for a new state. It must be unique, not secret.
pub(super) fn random_id() -> String {
    let mut bytes = [0; 16];
    // Without entropy no key could have been made either, so the fallback does not matter.
    let _ = aws_lc_rs::rand::SecureRandom::fill(&aws_lc_rs::rand::SystemRandom::new(), &mut bytes);
    hex::encode(bytes)
}
