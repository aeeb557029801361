//! Ranges that an entry of `accept` names: they are reported alone, so that an entry never covers more than it names.
//!
//! Entries for more than one cluster, such as `clusters`, cover everything that is reported there: they separate nothing.

use crate::diag::{Code, FieldPath};
use crate::mesh::Mesh;

/// The entries about something in a cluster: a code, and a place.
pub(super) struct AcceptedPlaces<'a>(Vec<(Code, &'a FieldPath)>);

impl<'a> AcceptedPlaces<'a> {
    pub(super) fn of(mesh: &'a Mesh) -> Self {
        let entries = mesh.accept.iter().filter_map(|accept| Some((Code::parse(&accept.code)?, &accept.at)));
        Self(entries.filter(|(_, at)| mesh.clusters.iter().any(|cluster| cluster.path.holds(at))).collect())
    }

    /// Whether an entry of this code is about this place.
    pub(super) fn holds(&self, code: Code, path: &FieldPath) -> bool {
        self.0.iter().any(|(of, at)| *of == code && at.holds(path))
    }
}
