//! Resolves and judges the signing and trusted CAs of each etcd.
//!
//! Input: the mesh, its links, the facts about its files. Output: every CA and the trust of every etcd, and findings, each
//! reported once however many clusters use a CA. `proof` checks whether existing certificates make working links.

mod anchors;
mod authority;
mod credentials;
mod files;
mod issuable;
mod keys;
mod lifetimes;
mod locked_out;
mod others_root;
mod resolve;
mod unheard;
mod users;
mod uses;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, FieldPath};
use crate::mesh::{ClusterName, Host, Label, Mesh};

use super::checked::{Authority, EtcdTrust};
use super::links::Readers;
use super::provided_files::ProvidedFiles;

pub(super) use files::certificates;

/// The CAs and the trust of every etcd.
pub(super) struct ResolvedTrust {
    pub(super) authorities: BTreeMap<Label, Authority>,
    pub(super) trust: BTreeMap<ClusterName, EtcdTrust>,
    /// CAs that Go does not accept: proofs against them would fail for a reason that is already reported.
    pub(super) unfit: BTreeSet<Label>,
    /// Hosts that the mesh adds to the certificates of members, but that these cannot have, by cluster.
    pub(super) left_out: BTreeMap<ClusterName, BTreeSet<Host>>,
    /// Clusters whose etcds never get a CA that meshbundle makes.
    pub(super) unheard: BTreeSet<ClusterName>,
}

pub(super) fn resolve(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> (ResolvedTrust, Vec<Diagnostic>) {
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

/// The place of the CA `name` in the file.
fn place_of(name: &Label) -> FieldPath {
    FieldPath::root().field("trust").field("authorities").field(name.as_str())
}
