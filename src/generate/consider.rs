//! Decides what a run would do: reads the output folder and the state, without a lock, and makes the plan. `plan` prints it;
//! `generate` carries it out.

use std::collections::BTreeSet;
use std::path::Path;

use time::OffsetDateTime;

use crate::ledger::floors;
use crate::lint::CheckedMesh;
use crate::plan::{BundleId, Floors, Inventory, Planned, Renewal, Request, Revoking, StateFacts, plan, revoking};
use crate::store::{Index, Output, State, StateFiles, read_evidence};

use super::Selection;
use super::output_guard::{self, GuardError};
use super::pending_writes::{find_due, find_obsolete};
use super::stored::{StoredFiles, find_used};

/// A plan, and the state that it is made from.
pub struct Considered {
    /// What was issued before.
    pub inventory: Inventory,
    /// What targets have, as far as that is recorded.
    pub floors: Floors,
    /// The index of the output folder.
    pub index: Index,
    /// Serial numbers of leaves that were read and found undamaged.
    pub sound: BTreeSet<String>,
    /// The plan, or why there is none.
    pub planned: Planned,
    /// Archives that are written again though the plan does not change them.
    pub overdue: BTreeSet<BundleId>,
    /// Files that are removed from the output folder, by path below it.
    pub removed: BTreeSet<String>,
    /// What is revoked, if that was asked for. The inventory has it already.
    pub revoking: Vec<Revoking>,
    version: Option<(u64, i64, i64)>,
}

impl Considered {
    /// Reads the state in `folder` and the folder `output`, and plans.
    ///
    /// # Errors
    /// If they cannot be read, or do not belong together.
    pub fn new(
        mesh: &CheckedMesh,
        folder: &Path,
        output: &Output,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<Self, GuardError> {
        loop {
            let version = State::version(folder);
            let considered = Self::consider_once(mesh, folder, output, request, now);
            // A run that ended meanwhile may have written and removed files that this inventory does not name.
            if State::version(folder) == version {
                return considered.map(|considered| Self { version, ..considered });
            }
        }
    }

    /// Whether the state in `folder` is still the one that was read.
    pub fn is_of(&self, folder: &Path) -> bool {
        State::version(folder) == self.version
    }

    fn consider_once(
        mesh: &CheckedMesh,
        folder: &Path,
        output: &Output,
        request: &Request,
        now: OffsetDateTime,
    ) -> Result<Self, GuardError> {
        let found = output.index()?;
        let inventory = State::peek(folder)?;
        let floors = floors(&inventory, &read_evidence(folder)?);
        let index = output_guard::check(output, found, &inventory, &request.record)?;
        let files = StateFiles::at(folder);
        let (kept, mut facts) = StoredFiles::read(mesh, &files, &inventory);
        let revoked = revoke(mesh, &inventory, &floors, &facts, request, now);
        let (revoking, refused) = revoked.map_or_else(|refused| (Vec::new(), Some(refused)), |revoking| (revoking, None));
        // From here on they are revoked; until the commit, only in memory.
        let with_revoked = (!revoking.is_empty()).then(|| inventory.clone().revoking(&revoking));
        let current = with_revoked.as_ref().unwrap_or(&inventory);
        let mut sound = BTreeSet::new();
        // Leaves that are issued again change more bundles, which have further leaves to read.
        let (planned, overdue) = loop {
            if let Some(planned) = refused {
                break (planned, BTreeSet::new());
            }
            let planned = plan(mesh, current, &floors, &facts, request, now);
            let Some(plan) = &planned.plan else { break (planned, BTreeSet::new()) };
            let overdue = find_due(plan, output, &index);
            let unpacked = output.has_unpacked();
            let changes = |bundle: &BundleId| plan.bundles.get(bundle).is_some_and(|bundle| bundle.change.is_some());
            let renders = |bundle: &BundleId| unpacked || changes(bundle) || overdue.contains(bundle);
            if !kept.check(plan, &find_used(plan, &renders), &mut sound, &mut facts) {
                break (planned, overdue);
            }
        };
        drop(kept);
        let removed = planned.plan.as_ref().map(|plan| find_obsolete(plan, output, current, &index, &Selection::default()));
        let removed = removed.unwrap_or_default();
        let inventory = with_revoked.unwrap_or(inventory);
        Ok(Self { inventory, floors, index, sound, planned, overdue, removed, revoking, version: None })
    }
}

/// What is revoked, if that was asked for; or why it cannot be.
fn revoke(
    mesh: &CheckedMesh,
    inventory: &Inventory,
    floors: &Floors,
    facts: &StateFacts,
    request: &Request,
    now: OffsetDateTime,
) -> Result<Vec<Revoking>, Planned> {
    if request.revoke.is_empty() {
        return Ok(Vec::new());
    }
    let without = Request { renewal: Renewal::default(), revoke: Vec::new(), ..request.clone() };
    let planned = plan(mesh, inventory, floors, facts, &without, now);
    let Some(plan) = &planned.plan else { return Err(planned) };
    revoking(mesh, plan, inventory, &request.revoke, now).map_err(|findings| Planned { plan: None, findings })
}
