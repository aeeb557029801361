//! Meshes through the library: checked, planned, and carried out on paper, with an inventory but without keys.

use std::collections::BTreeMap;

use meshbundle::diag::Diagnostic;
use meshbundle::lint::{CheckedMesh, KeyFact, ProvidedFiles, lint};
use meshbundle::mesh::parse;
use meshbundle::plan::{
    AuthorityPlan, AuthorityRecord, CredentialAction, CredentialRecord, Floors, Inventory, Outcome, Plan, Removal, Request,
    StateFacts, plan,
};
use time::OffsetDateTime;

use crate::support::pki::Authority;

/// When everything happens.
pub(crate) const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

/// Reads and checks a mesh that names no files. Returns it if nothing is wrong with it, and what was found.
pub(crate) fn check(text: &str) -> (Option<CheckedMesh>, Vec<Diagnostic>) {
    check_with(text, &ProvidedFiles::new(NOW))
}

fn check_with(text: &str, files: &ProvidedFiles) -> (Option<CheckedMesh>, Vec<Diagnostic>) {
    let parsed = parse(text);
    let Some(mesh) = parsed.mesh else { return (None, parsed.findings) };
    let linted = lint(mesh, files, parsed.findings);
    (linted.checked, linted.findings)
}

/// The same, where nothing is wrong.
pub(crate) fn sound(text: &str) -> CheckedMesh {
    sound_with(text, &ProvidedFiles::new(NOW))
}

/// The same, of a mesh with files.
pub(crate) fn sound_with(text: &str, files: &ProvidedFiles) -> CheckedMesh {
    let (checked, findings) = check_with(text, files);
    checked.unwrap_or_else(|| panic!("{findings:#?}\n{text}"))
}

/// CAs that the mesh's owner provides, each as `NAME.crt` and `NAME.key`.
pub(crate) fn provided(names: &[&str]) -> ProvidedFiles {
    let mut files = ProvidedFiles::new(NOW);
    for name in names {
        let mut alone = ProvidedFiles::new(NOW);
        let certificate = Authority::new(name).certificate;
        for files in [&mut alone, &mut files] {
            files.certificates(&format!("{name}.crt"), 0o644, certificate.as_bytes());
        }
        let public = alone.public_keys().next().expect("a certificate").to_vec();
        files.key(&format!("{name}.key"), 0o600, KeyFact::Signs { public });
    }
    files
}

/// Plans after `before`, with leave to make authorities and to remove `remove`.
pub(crate) fn planned(mesh: &CheckedMesh, before: &Inventory, remove: &[&str]) -> Plan {
    let remove = remove.iter().map(|name| Removal::new(name)).collect();
    let request = Request { create_authorities: true, remove, ..Request::default() };
    let planned = plan(mesh, before, &Floors::default(), &StateFacts::default(), &request, NOW);
    planned.plan.unwrap_or_else(|| panic!("{:#?}", planned.findings))
}

/// Carries a plan out: each authority and leaf gets a name that nothing had before, and no key.
pub(crate) fn carried_out(plan: &Plan, mesh: &CheckedMesh, before: &Inventory, run: usize) -> Inventory {
    let authorities = plan.authorities.iter().map(|(name, authority)| {
        let record = match authority {
            AuthorityPlan::Create(request) => AuthorityRecord {
                fingerprint: format!("authority {name} of run {run}"),
                file: Some(name.to_string()),
                not_before: request.not_before.unix_timestamp(),
                not_after: request.not_after.unix_timestamp(),
                own_not_after: None,
                last_expiry: None,
                first_chain: None,
            },
            AuthorityPlan::Kept(record) | AuthorityPlan::Provided { record, .. } => record.clone(),
        };
        (name.clone(), record)
    });
    let authorities: BTreeMap<_, _> = authorities.collect();
    let issued = plan.credentials.iter().filter_map(|(key, credential)| {
        let CredentialAction::Issue { request, .. } = &credential.action else { return None };
        let addresses = request.ip_addresses.iter().map(ToString::to_string);
        let record = CredentialRecord {
            serial: format!("{key} of run {run}"),
            signer: authorities.get(&credential.signer)?.fingerprint.clone(),
            hosts: request.dns_names.iter().cloned().chain(addresses).collect(),
            not_before: request.not_before.unix_timestamp(),
            not_after: request.not_after.unix_timestamp(),
            ..CredentialRecord::default()
        };
        Some((key.clone(), record))
    });
    let issued = issued.collect();
    plan.commit(
        mesh,
        before,
        &Outcome { id: "state".to_owned(), authorities, issued, leaf_files: BTreeMap::new(), lists: BTreeMap::new() },
    )
}
