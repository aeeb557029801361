//! Every semantic rule over the values of a mesh. All findings at once, each by the path of its field.
//!
//! Input: the mesh, facts about the files it names, now as a value. Output: findings, and a [`CheckedMesh`] where none of them
//! is an error. It opens no file, reads no clock, and knows nothing of what was issued before: that is `plan`'s.

mod accept;
mod addressing;
mod checked;
mod delivery;
mod endpoints;
mod front;
mod hosts;
mod identity;
mod links;
mod names;
mod nodes;
mod odd;
mod proof;
mod provided_files;
mod repeats;
mod setting;
mod trust;
mod unchecked;
mod version;

use crate::diag::{Diagnostic, Unchecked};
use crate::mesh::Mesh;

pub use checked::{Authority, CheckedMesh, EtcdTrust};
pub use hosts::{dialled_hosts, on_the_machine};
pub use provided_files::{KeyFact, ProvidedFiles};

/// What the rules found.
pub struct Linted {
    /// Every finding, accepted ones marked.
    pub findings: Vec<Diagnostic>,
    /// The mesh, if nothing keeps it from being used.
    pub checked: Option<CheckedMesh>,
    /// What was not looked at, because it is not given.
    pub unchecked: Vec<Unchecked>,
}

/// Runs every rule. `form` are the findings of `mesh`: they count when deciding whether the mesh may be used.
pub fn lint(mesh: Mesh, facts: &ProvidedFiles, form: Vec<Diagnostic>) -> Linted {
    let mut findings = form;
    if let Some(finding) = identity::too_many(&mesh) {
        findings.push(finding);
        return Linted { findings: accept::apply(&mesh, findings), checked: None, unchecked: Vec::new() };
    }
    findings.extend(identity::rules(&mesh));
    let (links, mut found) = links::resolve(&mesh);
    findings.append(&mut found);
    findings.extend(version::rules(&mesh, &links));
    findings.extend(nodes::rules(&mesh, &links));
    findings.extend(delivery::rules(&mesh));
    findings.extend(addressing::rules(&mesh, &links));
    let readers = links::readers(&mesh, &links);
    findings.extend(endpoints::rules(&mesh, &readers));
    findings.extend(front::rules(&mesh));
    findings.extend(names::rules(&mesh, &readers));
    let (resolved, mut found) = trust::resolve(&mesh, &readers, facts);
    findings.append(&mut found);
    let (clients, mut found) = proof::rules(&mesh, &readers, &resolved, facts);
    findings.append(&mut found);
    let findings = accept::apply(&mesh, findings);
    let unchecked = unchecked::fields(&mesh);
    let usable = !findings.iter().any(Diagnostic::is_error);
    let trust::ResolvedTrust { authorities, trust, left_out, .. } = resolved;
    let checked = usable.then(|| CheckedMesh { mesh, authorities, trust, left_out, links, clients });
    Linted { findings, checked, unchecked }
}
