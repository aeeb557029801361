//! The steps of a run, in the order that leaves the old state or the new one wherever it is interrupted.

use crate::plan::Outcome;
use crate::store::{INDEX_FORMAT, Index};

use super::error::GenerateError;
use super::job::Job;
use super::summary::Summary;
use super::{archives, authorities, filter, issue, material, output_guard, pending_writes, prove, provided, revocation_lists};

/// Carries the plan out.
///
/// # Errors
/// If it cannot be completed: what was committed until then stays, and the next run completes it.
pub fn execute(job: &Job<'_>) -> Result<Summary, GenerateError> {
    let before = output_guard::check(job.output, job.output.index()?, job.inventory, job.record)?;
    provided::check(job)?;
    filter::check(job)?;
    job.output.prepare(job.inventory, job.plan.bundles.keys())?;
    let authorities = authorities::prepare(job)?;
    let issued = issue::issue_all(job, &authorities)?;
    prove::prove_links(job, &authorities, &issued)?;
    let lists = revocation_lists::sign(job, &authorities)?;

    let made = authorities::store(job, &authorities)?;
    let leaf_files = issue::store(job, &authorities, &issued)?;
    let certificates = issued.len();
    // The keys are read back from the state when they are needed: a mesh of 511 clusters has a quarter of a million of them.
    let outcome = Outcome {
        id: issue::random_id(),
        authorities: authorities.iter().map(|(name, ready)| (name.clone(), ready.record.clone())).collect(),
        issued: issued.into_iter().map(|(key, leaf)| (key, leaf.record)).collect(),
        leaf_files,
        lists,
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
        branch: inventory.branch.map(|branch| branch.began),
        authorities: inventory.authorities.iter().map(|(name, record)| (name.clone(), record.fingerprint.clone())).collect(),
        archives: archives.entries,
        files: archives.files,
        last_change: inventory.last_change.clone(),
        waves: job.plan.waves.clone(),
    };
    // Everything that the inventory has ever named, not only the index: an interrupted run may have left no index.
    job.output.remove(&pending_writes::find_obsolete(job.plan, job.output, &inventory, &before, &job.selection))?;
    job.output.finish(&index)?;
    job.state.forget_others(&inventory)?;
    job.progress.done();
    Ok(Summary { authorities: made, certificates, ..archives.summary })
}
