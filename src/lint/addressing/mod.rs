//! Addresses over the whole mesh: pods, nodes and services of clusters that reach one another, and how packets travel.

use crate::diag::Diagnostic;
use crate::spec::Mesh;

use super::links;

pub(super) fn rules(_mesh: &Mesh, _links: &links::Resolved) -> Vec<Diagnostic> {
    Vec::new()
}
