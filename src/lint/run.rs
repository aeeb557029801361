//! All rules together, and what they make of a mesh.

use crate::diag::{Diagnostic, Unchecked};
use crate::mesh::Mesh;

use super::checked::CheckedMesh;
use super::provided_files::ProvidedFiles;
use super::{
    accept, addressing, balancers, delivery, endpoint_names, endpoints, half_links, helm, helm_sizes, identity, links, nodes,
    proof, release_values, trust, unchecked, version,
};

/// The result of the rules.
pub struct Linted {
    /// Every finding, accepted ones marked.
    pub findings: Vec<Diagnostic>,
    /// The mesh, if it has no errors.
    pub checked: Option<CheckedMesh>,
    /// What was not checked, because it is not given.
    pub unchecked: Vec<Unchecked>,
}

/// Runs every rule. `form` are the findings of `mesh`: they count when deciding whether the mesh may be used.
pub fn lint(mut mesh: Mesh, facts: &ProvidedFiles, form: Vec<Diagnostic>) -> Linted {
    let mut findings = form;
    release_values::complete(&mut mesh, facts);
    if let Some(finding) = identity::check_count(&mesh) {
        findings.push(finding);
        return Linted { findings: accept::apply(&mesh, findings), checked: None, unchecked: Vec::new() };
    }
    findings.extend(identity::check(&mesh));
    let (links, mut found) = links::resolve(&mesh);
    findings.append(&mut found);
    findings.extend(version::check(&mesh, &links));
    findings.extend(nodes::check(&mesh, &links));
    findings.extend(delivery::check(&mesh));
    findings.extend(helm::check(&mesh, &links));
    findings.extend(release_values::check(&mesh, &links, facts));
    findings.extend(half_links::check(&mesh, &links));
    findings.extend(addressing::check(&mesh, &links));
    let readers = links::readers(&mesh, &links);
    findings.extend(endpoints::check(&mesh, &readers));
    findings.extend(balancers::check(&mesh));
    findings.extend(endpoint_names::check(&mesh, &readers));
    let (resolved, mut found) = trust::judge(&mesh, &readers, facts);
    findings.append(&mut found);
    let (clients, mut found) = proof::check(&mesh, &readers, &resolved, facts);
    findings.append(&mut found);
    findings.extend(helm_sizes::check(&mesh, &links, &resolved, &clients));
    let findings = accept::apply(&mesh, findings);
    let unchecked = unchecked::fields(&mesh);
    let usable = !findings.iter().any(Diagnostic::is_error);
    let trust::ResolvedTrust { authorities, trust, left_out, .. } = resolved;
    let checked = usable.then(|| {
        let values = release_values::of_clusters(&mesh, facts);
        CheckedMesh { mesh, authorities, trust, left_out, links, clients, values }
    });
    Linted { findings, checked, unchecked }
}
