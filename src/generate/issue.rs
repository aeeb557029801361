//! Issues every leaf of the plan: first in memory, and into the state once all links are proven.

use std::collections::BTreeMap;

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::mesh::{ClusterName, Label};
use crate::pem;
use crate::pki::{Authority, PrivateKey};
use crate::plan::{CredentialAction, CredentialKey, CredentialPlan, CredentialRecord, LeafFilePlan, LeafRequest};
use crate::store::{ClusterLeaves, LeafEntry, StoreError};

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
    // By cluster, because the keys that go on are in one file for each.
    let mut wanted: BTreeMap<&ClusterName, Vec<_>> = BTreeMap::new();
    for (key, plan) in &job.plan.credentials {
        if let CredentialAction::Issue { request, key_of, .. } = &plan.action {
            wanted.entry(key.cluster()).or_default().push((key, &plan.signer, request, key_of.as_deref()));
        }
    }
    job.progress.begin("issuing certificates", wanted.values().map(Vec::len).sum());
    let issue = |stored: &ClusterLeaves<'_>,
                 (key, signer, request, key_of): (&CredentialKey, &Label, &LeafRequest, Option<&str>)| {
        let private = key_of.map(|serial| read_key(stored, serial)).transpose()?;
        let leaf = issue_one(key, request, private.as_ref(), find_signer(authorities, signer)?)?;
        job.progress.advance();
        Ok::<_, GenerateError>((key.clone(), leaf))
    };
    let issue_cluster = |(cluster, wanted): (&ClusterName, Vec<_>)| {
        let stored = job.state.files().leaves(job.inventory, cluster.as_str());
        wanted.into_par_iter().map(|one| issue(&stored, one)).collect::<Result<Vec<_>, _>>()
    };
    let issued: Vec<_> = wanted.into_par_iter().map(issue_cluster).collect::<Result<_, _>>()?;
    Ok(issued.into_iter().flatten().collect())
}

/// The key of a leaf in the state.
fn read_key(stored: &ClusterLeaves<'_>, serial: &str) -> Result<PrivateKey, GenerateError> {
    let unread = |reason: String| GenerateError::Given { file: stored.path(serial).display().to_string(), reason };
    let (_, pem) = stored.leaf(serial).map_err(|error| unread(error.to_string()))?;
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
            ..CredentialRecord::default()
        },
        certificate: issued.leaf_der.into_boxed_slice(),
        key: issued.key_der,
    })
}

/// Writes a file for each cluster whose leaves change: the new ones, and the kept ones as they were. Returns the name of each cluster's
/// file, which counts only once the inventory names it.
pub(super) fn store(
    job: &Job<'_>,
    authorities: &BTreeMap<Label, Ready>,
    issued: &Leaves,
) -> Result<BTreeMap<ClusterName, String>, GenerateError> {
    let files = job.plan.leaf_files(job.inventory);
    job.progress.begin("keeping certificates", files.len());
    let write = |(cluster, file): (&ClusterName, LeafFilePlan<'_>)| {
        let name = match file {
            LeafFilePlan::Keep(name) => name.to_owned(),
            LeafFilePlan::Write(leaves) => {
                let stored = job.state.files().leaves(job.inventory, cluster.as_str());
                let entry = |(key, plan)| compose_entry(authorities, issued, &stored, key, plan).transpose();
                let entries = leaves.into_iter().filter_map(entry).collect::<Result<Vec<_>, _>>()?;
                let name = random_id();
                job.state.add_leaves(cluster.as_str(), &name, &entries)?;
                name
            }
        };
        job.progress.advance();
        Ok((cluster.clone(), name))
    };
    files.into_par_iter().map(write).collect()
}

/// A leaf for a new file: the one that was issued, or the stored one as it is. A damaged one stays so, and one that its file does not
/// have is left out: a run that does not use a leaf goes on, and the one that uses it reports it.
fn compose_entry(
    authorities: &BTreeMap<Label, Ready>,
    issued: &Leaves,
    stored: &ClusterLeaves<'_>,
    key: &CredentialKey,
    plan: &CredentialPlan,
) -> Result<Option<LeafEntry>, GenerateError> {
    if let Some(leaf) = issued.get(key) {
        let (_, authority) = find_signer(authorities, &plan.signer)?;
        let chain = authority.chain_pem(&leaf.certificate);
        return Ok(Some(LeafEntry::new(&leaf.record.serial, &chain, &pem::key(&leaf.key))));
    }
    let Some(serial) = plan.serial() else { return Ok(None) };
    Ok(stored.entry(serial).map_err(StoreError::from)?)
}

/// A random name for a new state, or for a new file in it. It must be unique, not secret.
pub(super) fn random_id() -> String {
    let mut bytes = [0; 16];
    // Without entropy no key can be made. A second file with the name of the fallback is an error.
    let _ = aws_lc_rs::rand::SecureRandom::fill(&aws_lc_rs::rand::SystemRandom::new(), &mut bytes);
    hex::encode(bytes)
}
