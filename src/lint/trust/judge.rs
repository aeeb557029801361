//! The rules about CAs and trust, in order: each knows what the ones before have found.

use crate::diag::Diagnostic;
use crate::mesh::Mesh;

use super::super::links::Readers;
use super::super::provided_files::ProvidedFiles;
use super::resolved::ResolvedTrust;
use super::{anchors, authority, credentials, issuable, keys, lifetimes, locked_out, others_root, resolve, users, uses};

/// Every CA and the trust of every etcd, and what is wrong with them.
pub(in crate::lint) fn judge(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> (ResolvedTrust, Vec<Diagnostic>) {
    let (mut resolved, mut findings) = resolve::resolve(mesh, readers, facts);
    let uses = uses::of(mesh, readers, &resolved);
    let (unfit, mut found) = authority::rules(mesh, readers, &resolved, &uses, facts.now);
    findings.append(&mut found);
    findings.append(&mut keys::rules(mesh, readers, &resolved, &uses, facts));
    findings.append(&mut lifetimes::rules(mesh, readers, &resolved, &uses, facts));
    findings.append(&mut anchors::rules(mesh, readers, &resolved));
    findings.append(&mut users::rules(mesh, readers, facts));
    findings.extend(credentials::rule(mesh, readers, &resolved));
    findings.extend(locked_out::rule(mesh, &resolved));
    findings.append(&mut others_root::rules(mesh, &resolved));
    resolved.unfit = unfit;
    let (left_out, mut found) = issuable::rules(mesh, readers, &resolved, facts.now);
    findings.append(&mut found);
    resolved.left_out = left_out;
    (resolved, findings)
}
