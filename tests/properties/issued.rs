//! Meshes through the library: checked, planned, and carried out on paper, with an inventory but without keys.

use std::collections::BTreeMap;

use meshbundle::diag::Diagnostic;
use meshbundle::lint::{CheckedMesh, ProvidedFiles, lint};
use meshbundle::mesh::parse;
use meshbundle::plan::{
    AuthorityPlan, AuthorityRecord, CredentialAction, CredentialRecord, Floors, Inventory, Outcome, Plan, Removal, Request,
    StateFacts, plan,
};
use time::OffsetDateTime;

/// When everything happens.
pub(crate) const NOW: OffsetDateTime = time::macros::datetime!(2026-11-21 12:00 UTC);

/// Reads and checks a mesh that names no files. Returns it if nothing is wrong with it, and what was found.
pub(crate) fn check(text: &str) -> (Option<CheckedMesh>, Vec<Diagnostic>) {
    let parsed = parse(text);
    let Some(mesh) = parsed.mesh else { return (None, parsed.findings) };
    let linted = lint(mesh, &ProvidedFiles::new(NOW), parsed.findings);
    (linted.checked, linted.findings)
}

/// The same, where nothing is wrong.
pub(crate) fn sound(text: &str) -> CheckedMesh {
    let (checked, findings) = check(text);
    checked.unwrap_or_else(|| panic!("{findings:#?}\n{text}"))
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
        };
        Some((key.clone(), record))
    });
    let issued = issued.collect();
    plan.commit(mesh, before, &Outcome { id: "state".to_owned(), authorities, issued, leaf_files: BTreeMap::new() })
}
