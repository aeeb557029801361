//! A plan to carry out, and where.

use std::collections::BTreeSet;
use std::path::Path;

use crate::lint::CheckedMesh;
use crate::mesh::Label;
use crate::plan::{Inventory, Plan};
use crate::store::{Output, State};

use super::progress::Progress;
use super::selection::Selection;

/// A plan to carry out, and where.
pub struct Job<'a> {
    /// The mesh.
    pub mesh: &'a CheckedMesh,
    /// The plan.
    pub plan: &'a Plan,
    /// The inventory before.
    pub inventory: &'a Inventory,
    /// Serial numbers of leaves that were read and found undamaged.
    pub sound: &'a BTreeSet<String>,
    /// Folder of the mesh's file: the files that it names are relative to it.
    pub base: &'a Path,
    /// The state.
    pub state: &'a State,
    /// The command line that records for this mesh.
    pub record: &'a str,
    /// The output folder.
    pub output: &'a Output,
    /// Which archives to write.
    pub selection: Selection,
    /// Whether to write unpacked trees as well.
    pub unpack: bool,
    /// The time at which validity is judged.
    pub now: time::OffsetDateTime,
    /// Receives the progress.
    pub progress: &'a dyn Progress,
}

impl<'a> Job<'a> {
    /// The CAs that sign revocation lists in this run: those of clients at etcds whose users come from here.
    pub(super) fn list_signers(&self) -> BTreeSet<&'a Label> {
        let is_revoking = self.inventory.is_revoking();
        let clusters = self.plan.clusters.iter().filter(|cluster| is_revoking && cluster.authorisation.is_some());
        clusters.map(|cluster| &cluster.trust.client_signer).collect()
    }
}
