//! The whole state: each part of it, and how much there is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::plan::{AuthorityFaults, CredentialRecord, Inventory, leaf_holder};
use crate::seal::{Secret, is_sealed};
use crate::store::{StateFiles, StoreError};
use crate::x509::Certificate;

use super::authority::check_authority;
use super::leaf::{Signer, read_leaf};
use super::{folder, records};

/// What is asked, and the commands of helps.
pub struct Asked<'a> {
    /// Folder of the state.
    pub state: &'a Path,
    /// What opens CA keys, if they are to be opened.
    pub secret: Option<&'a Secret>,
    /// The command line that generates with this state.
    pub generate: &'a str,
    /// The command line that encrypts its CA keys.
    pub encrypt: &'a str,
}

/// What was found.
pub struct Audit {
    /// What is wrong.
    pub findings: Vec<Diagnostic>,
    /// What there is.
    pub counts: AuditCounts,
}

/// How much there is in a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditCounts {
    /// CAs that were made here, also those that were replaced.
    pub authorities: usize,
    /// Certificates that were issued and are in use.
    pub certificates: usize,
    /// Records of what is installed.
    pub receipts: usize,
    /// Keys of CAs that are encrypted.
    pub encrypted_keys: usize,
    /// How many of these were opened.
    pub opened_keys: usize,
}

/// Checks everything in a state.
///
/// # Errors
/// If a folder of it cannot be read.
pub fn audit(asked: &Asked<'_>, inventory: &Inventory) -> Result<Audit, StoreError> {
    let files = StateFiles::at(asked.state);
    let mut findings = folder::exposed(asked.state)?;
    findings.extend(records::recipients(&files, asked.encrypt)?);
    let (receipts, of_receipts) = records::receipts(asked.state)?;
    let (signers, of_authorities) = authorities(asked, &files, inventory);
    findings.extend(of_authorities);
    findings.extend(leaves(asked, &files, inventory, &signers));
    findings.extend(of_receipts);
    findings.extend(folder::strays(asked.state, inventory, asked.generate)?);
    let encrypted =
        files.authority_keys().iter().filter(|file| files.authority_key(file).is_ok_and(|key| is_sealed(&key))).count();
    let counts = AuditCounts {
        authorities: files.authority_files().len(),
        certificates: inventory.credentials.len(),
        receipts,
        encrypted_keys: encrypted,
        opened_keys: if asked.secret.is_some() { encrypted } else { 0 },
    };
    Ok(Audit { findings, counts })
}

/// The certificate of each CA that is here, by fingerprint; and what is wrong with CAs.
fn authorities(asked: &Asked<'_>, files: &StateFiles, inventory: &Inventory) -> (BTreeMap<String, Certificate>, Vec<Diagnostic>) {
    // Those in use by their record, and others, which were replaced, by their name: it has the beginning of the fingerprint.
    let mut wanted: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for file in files.authority_files().into_iter().chain(files.authority_keys()) {
        let fingerprint = file.rsplit('.').next().unwrap_or_default().to_owned();
        wanted.insert(file, (fingerprint, false));
    }
    for record in inventory.authorities.values() {
        if let Some(file) = &record.file {
            wanted.insert(file.clone(), (record.fingerprint.clone(), true));
        }
    }
    let keys: BTreeSet<String> = files.authority_keys().into_iter().collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    let check = |(file, (fingerprint, used)): &(String, (String, bool))| {
        let (certificate, mut faults) = check_authority(files, file, fingerprint, asked.secret);
        // A certificate that was taken in has no key; the plan says so while it is in use.
        if !used && !keys.contains(file) {
            faults.key = None;
        }
        (certificate, faults, file.clone())
    };
    let checked: Vec<_> = wanted.par_iter().map(check).collect();
    let (mut signers, mut findings) = (BTreeMap::new(), Vec::new());
    for (certificate, AuthorityFaults { certificate: of_certificate, key }, file) in checked {
        signers.extend(certificate.map(|certificate| (hex::encode(certificate.fingerprint()), certificate)));
        let restore = "restore the backup of the state: a CA that is in use cannot be created again";
        if let Some(fault) = of_certificate {
            let place = FilePlace::whole(files.authority_certificate_path(&file).display().to_string());
            let message = format!("CA `{file}` cannot be used: {fault}");
            findings.push(Diagnostic::of_file(Code::AuthorityDamaged, place, message).help(restore));
        }
        if let Some(fault) = key {
            let place = FilePlace::whole(files.authority_key_path(&file).display().to_string());
            let message = format!("CA `{file}` could not sign: {fault}");
            let help = "restore the backup of the state; without one, move to another CA step by step: docs/trust.md";
            findings.push(Diagnostic::of_file(Code::AuthorityKeyGone, place, message).help(help));
        }
    }
    (signers, findings)
}

/// What is wrong with leaves: one finding for each file.
fn leaves(
    asked: &Asked<'_>,
    files: &StateFiles,
    inventory: &Inventory,
    signers: &BTreeMap<String, Certificate>,
) -> Vec<Diagnostic> {
    let made: BTreeSet<&str> =
        inventory.authorities.values().filter(|record| record.file.is_some()).map(|record| record.fingerprint.as_str()).collect();
    let signer = |record: &CredentialRecord| match signers.get(&record.signer) {
        Some(signer) => Signer::Known(signer),
        None if made.contains(record.signer.as_str()) => Signer::Missing,
        None => Signer::Provided,
    };
    let mut clusters: BTreeMap<&str, Vec<(&String, &CredentialRecord)>> = BTreeMap::new();
    for (name, record) in &inventory.credentials {
        let cluster = leaf_holder(name).map(|(cluster, _)| cluster).unwrap_or_default();
        clusters.entry(cluster).or_default().push((name, record));
    }
    let check = |(cluster, records): (&str, Vec<(&String, &CredentialRecord)>)| {
        let leaves = files.leaves(inventory, cluster);
        let fault = |(name, record): &(&String, &CredentialRecord)| {
            let fault = read_leaf(&leaves, record, signer(record)).err()?;
            Some((leaves.path(&record.serial), format!("{name}: {fault}")))
        };
        let mut by_file: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for (path, fault) in records.iter().filter_map(fault) {
            by_file.entry(path).or_default().push(fault);
        }
        by_file
    };
    let faults: Vec<_> = clusters.into_par_iter().map(check).collect();
    let finding = |(path, faults): (std::path::PathBuf, Vec<String>)| {
        let (first, more) = (faults.first().cloned().unwrap_or_default(), faults.len().saturating_sub(1));
        let message = match more {
            0 => format!("a certificate cannot be used: {first}"),
            more => format!("{} certificates cannot be used: {first}; and {more} more", more + 1),
        };
        let again = if more == 0 { "it" } else { "them" };
        Diagnostic::of_file(Code::LeafDamaged, FilePlace::whole(path.display().to_string()), message)
            .help(format!("restore the backup of the state, or issue {again} again: `{} --renew`", asked.generate))
    };
    faults.into_iter().flatten().map(finding).collect()
}
