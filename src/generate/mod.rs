//! Carries a plan out: authorities, leaves, proofs, commit, archives. It makes no choice: each step does what the plan says, in
//! the order that leaves the old state or the new one behind, wherever it is stopped.
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

/// What to carry out, and where.
pub struct Job<'a> {
    /// The mesh.
    pub mesh: &'a CheckedMesh,
    /// What will be.
    pub plan: &'a Plan,
    /// What was.
    pub inventory: &'a Inventory,
    /// Serial numbers of leaves that were read and are as they were issued.
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
    /// When validity is judged.
    pub now: time::OffsetDateTime,
    /// Who is told how far it has come.
    pub progress: &'a dyn Progress,
}

/// Which archives to write. What is checked, issued and counted is always everything.
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

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Authorities made.
    pub authorities: usize,
    /// Leaves issued.
    pub certificates: usize,
    /// Archives written.
    pub written: usize,
    /// Archives that were right already.
    pub unchanged: usize,
    /// Archives that are due, but were not selected.
    pub left: usize,
}

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// Something in the way that must not be written over.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An authority cannot be used.
    #[error("authority `{name}` cannot be used: {source} (`{file}`)")]
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
    /// A file of an existing credential cannot be used.
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
/// Whatever keeps it from being done whole; what was committed until then stays, and the next run completes it.
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
    // The keys are read back from the state where they are needed: a mesh of 511 clusters has a quarter of a million of them.
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
    // What the ledger has ever named, not only what the index says: a run that was stopped may have left no index.
    job.output.remove(&overdue::obsolete(job.plan, job.output, &inventory, &before, &job.selection))?;
    job.output.finish(&index)?;
    job.state.forget_others(&inventory)?;
    job.progress.done();
    Ok(Summary { authorities: made, certificates, ..archives.summary })
}
