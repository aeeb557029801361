//! The rules about CAs and trust, in order: each knows what the ones before have found.

use crate::diag::Diagnostic;
use crate::mesh::Mesh;

use super::super::links::Readers;
use super::super::provided_files::ProvidedFiles;
use super::resolved::ResolvedTrust;
use super::{administrators, anchors, authority, credentials, issuable, keys, lifetimes, local_clients, resolve, users, uses};

/// Every CA and the trust of every etcd, and what is wrong with them.
pub(in crate::lint) fn judge(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> (ResolvedTrust, Vec<Diagnostic>) {
    let (mut resolved, mut findings) = resolve::resolve(mesh, readers, facts);
    let uses = uses::of(mesh, readers, &resolved);
    let (unfit, mut found) = authority::check(mesh, readers, &resolved, &uses, facts.now);
    findings.append(&mut found);
    findings.append(&mut keys::check(mesh, readers, &resolved, &uses, facts));
    findings.append(&mut lifetimes::check(mesh, readers, &resolved, &uses, facts));
    findings.append(&mut anchors::check(mesh, readers, &resolved));
    findings.append(&mut users::check(mesh, readers, facts));
    findings.extend(credentials::check(mesh, readers, &resolved));
    findings.extend(local_clients::check(mesh, &resolved));
    findings.append(&mut administrators::check(mesh, &resolved));
    resolved.unfit = unfit;
    let (left_out, mut found) = issuable::check(mesh, readers, &resolved, facts.now);
    findings.append(&mut found);
    resolved.left_out = left_out;
    (resolved, findings)
}
