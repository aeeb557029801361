//! Carries a plan out: CAs, leaves, proofs, commit, archives. It decides nothing: each step does what the plan says, in an order
//! that leaves the old state or the new one, wherever it is interrupted.
//!
//! Input: a checked mesh and its plan, the locked state, the output folder. Output: files, and what was done.

mod archives;
mod authorities;
mod consider;
mod given;
mod guards;
mod issue;
mod kept;
mod material;
mod overdue;
mod progress;
mod prove;

use std::collections::BTreeSet;
use std::path::Path;

use crate::diag::Diagnostic;
use crate::lint::CheckedMesh;
use crate::pki::AuthorityError;
use crate::plan::{BundleId, Inventory, Outcome, Plan};
use crate::render::RenderError;
use crate::store::{INDEX_FORMAT, Index, Output, State, StoreError};

pub use consider::Considered;
pub use guards::GuardError;
pub use progress::{Progress, Silent};

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

/// Which archives to write. Checks, issued leaves and counts always cover everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Clusters; none: all.
    pub clusters: Vec<String>,
    /// Nodes, by their bundles.
    pub nodes: Vec<BundleId>,
}

impl Selection {
    /// Whether `bundle` is to be written.
    pub fn includes(&self, bundle: &BundleId) -> bool {
        if self.clusters.is_empty() && self.nodes.is_empty() {
            return true;
        }
        self.clusters.iter().any(|cluster| cluster == bundle.cluster()) || self.nodes.contains(bundle)
    }
}

/// What a run has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// CAs made.
    pub authorities: usize,
    /// Leaves issued.
    pub certificates: usize,
    /// Archives written.
    pub written: usize,
    /// Archives that were up to date.
    pub unchanged: usize,
    /// Archives that are due, but were not selected.
    pub left: usize,
}

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The output folder must not be overwritten.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A CA cannot be used.
    #[error("the CA `{name}` cannot be used: {source} (`{file}`)")]
    Authority {
        /// Its name.
        name: String,
        /// The file that is wrong.
        file: String,
        /// Why.
        source: AuthorityError,
    },
    /// A leaf could not be issued.
    #[error("cannot issue `{what}`")]
    Issue {
        /// What it is for.
        what: String,
        /// Why.
        source: AuthorityError,
    },
    /// A file of a provided credential cannot be used.
    #[error("`{file}` cannot be used: {reason}")]
    Given {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A file could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Links that would not work: nothing was written.
    #[error("links cannot be proven")]
    Unproven(Vec<Diagnostic>),
}

/// Carries the plan out.
///
/// # Errors
/// If it cannot be completed: what was committed until then stays, and the next run completes it.
pub fn execute(job: &Job<'_>) -> Result<Summary, GenerateError> {
    let before = guards::check(job.output, job.output.index()?, job.inventory)?;
    given::check(job)?;
    job.output.prepare(job.inventory, job.plan.bundles.keys())?;
    let authorities = authorities::ready(job)?;
    let issued = issue::all(job, &authorities)?;
    prove::links(job, &authorities, &issued)?;

    let made = authorities::keep(job, &authorities)?;
    issue::keep(job, &authorities, &issued)?;
    let certificates = issued.len();
    // The keys are read back from the state when they are needed: a mesh of 511 clusters has a quarter of a million of them.
    let outcome = Outcome {
        id: issue::random_id(),
        authorities: authorities.iter().map(|(name, ready)| (name.clone(), ready.record.clone())).collect(),
        issued: issued.into_iter().map(|(key, leaf)| (key, leaf.record)).collect(),
    };
    let inventory = job.plan.commit(job.mesh, job.inventory, &outcome);
    drop(outcome);
    job.state.commit(job.inventory, &inventory)?;

    let material = material::Issued::new(job, &inventory, &authorities);
    let archives = archives::write(job, &inventory, &before, &material)?;
    let index = Index {
        format: INDEX_FORMAT,
        mesh: inventory.mesh.clone(),
        state: inventory.id.clone(),
        revision: inventory.revision,
        authorities: inventory.authorities.iter().map(|(name, record)| (name.clone(), record.fingerprint.clone())).collect(),
        archives: archives.entries,
        files: archives.files,
        last_change: inventory.last_change.clone(),
    };
    // Everything that the inventory has ever named, not only the index: an interrupted run may have left no index.
    job.output.remove(&overdue::obsolete(job.plan, job.output, &inventory, &before, &job.selection))?;
    job.output.finish(&index)?;
    job.state.forget_others(&inventory)?;
    job.progress.done();
    Ok(Summary { authorities: made, certificates, ..archives.summary })
}
