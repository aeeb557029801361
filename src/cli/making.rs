//! Carries out what a request asks for, for every command that issues and writes.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::generate::{Considered, GenerateError, Job, Selection, SigningKeys, Summary, execute};
use crate::plan::{Floors, Inventory, Plan, Planned, Request, Revoking};
use crate::store::{Output, State, StateFiles};

use super::folders::{refuse_inside, state_folder};
use super::load::{self, Loaded};
use super::progress_bar::Bar;
use super::reporting::Reporting;
use super::unlocking::Unlocking;
use super::{Exit, Failure, clock};

/// What is to be carried out, and where.
pub(super) struct Making<'a> {
    pub(super) mesh: &'a Path,
    pub(super) out: &'a Path,
    pub(super) state: Option<&'a PathBuf>,
    pub(super) request: Request,
    /// Which archives are written.
    pub(super) selection: &'a dyn Fn(&Plan) -> Result<Selection, Failure>,
    pub(super) unpack: bool,
    pub(super) jobs: Option<NonZeroUsize>,
    pub(super) unlocking: &'a Unlocking,
    pub(super) reporting: &'a Reporting,
}

/// Prints what was done, below what was found.
pub(super) type Print<'a> = &'a mut dyn FnMut(&Made<'_>) -> Result<(), Failure>;

/// What was carried out.
pub(super) struct Made<'a> {
    pub(super) loaded: &'a Loaded,
    /// What was issued before.
    pub(super) before: &'a Inventory,
    /// What targets have, as far as that is recorded.
    pub(super) floors: &'a Floors,
    pub(super) plan: &'a Plan,
    /// What was revoked.
    pub(super) revoking: &'a [Revoking],
    pub(super) summary: &'a Summary,
}

impl<'a> Making<'a> {
    /// All archives of the mesh, with one thread for each core.
    pub(super) fn new(
        mesh: &'a Path,
        out: &'a Path,
        state: Option<&'a PathBuf>,
        request: Request,
        unlocking: &'a Unlocking,
        reporting: &'a Reporting,
    ) -> Self {
        let selection = &|_: &Plan| Ok(Selection::default());
        Self { mesh, out, state, request, selection, unpack: false, jobs: None, unlocking, reporting }
    }

    /// Does it, unless something speaks against it, and has `print` say what was done.
    pub(super) fn run(&self, print: Print<'_>) -> Result<Exit, Failure> {
        let (request, reporting) = (&self.request, self.reporting);
        let now = clock::now()?;
        let folder = state_folder(self.state, self.mesh);
        refuse_inside(&folder, self.out)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs.map_or(0, Into::into)).build();
        let pool = pool.map_err(|error| Failure::Input(format!("cannot start threads: {error}")))?;
        let mut loaded = load::load(self.mesh, now)?;
        let Some(checked) = loaded.checked.take() else { return loaded.refuse(reporting) };
        let output = Output::at(self.out);
        // All that can be refused is refused before the state is touched: a slip on the command line leaves no trace.
        let consider = || Considered::new(&checked, &folder, &output, request, now);
        let seen = pool.install(consider)?;
        let denied = [&loaded.findings, &seen.planned.findings].iter().any(|findings| reporting.is_failed_by(findings));
        let mut keys = SigningKeys::default();
        // A change of the keys' form that was committed is completed first: what opens them has to fit.
        if !denied && StateFiles::at(&folder).has_open_change() {
            drop(State::open(&folder, &request.command)?);
        }
        match &seen.planned.plan {
            Some(plan) if !denied => {
                (self.selection)(plan)?;
                self.unlocking.open(&mut keys, plan, &seen.inventory, &folder)?;
            }
            _ => {
                loaded.add(seen.planned.findings);
                return loaded.refuse(reporting);
            }
        }
        let state = State::open(&folder, &request.command)?;
        // Another run may have ended while this one waited for the lock.
        let seen = if seen.is_of(&folder) { seen } else { pool.install(consider)? };
        let Considered { inventory, floors, sound, planned: Planned { plan, findings }, revoking, .. } = seen;
        loaded.add(findings);
        let Some(plan) = plan.filter(|_| !reporting.is_failed_by(&loaded.findings)) else {
            return loaded.refuse(reporting);
        };
        let selection = (self.selection)(&plan)?;
        self.unlocking.open(&mut keys, &plan, &inventory, &folder)?;
        let job = Job {
            mesh: &checked,
            plan: &plan,
            inventory: &inventory,
            sound: &sound,
            base: &loaded.base.clone(),
            state: &state,
            keys: &keys,
            record: &request.record,
            output: &output,
            selection,
            unpack: self.unpack,
            now,
            progress: &Bar::new(reporting.quiet),
        };
        // What was found may be a reason to stop the run. A reader of it who has gone is none.
        let printed = loaded.print_before(reporting);
        match pool.install(|| execute(&job)) {
            Ok(summary) => {
                let (loaded, before) = (&loaded, &inventory);
                let made = Made { loaded, before, floors: &floors, plan: &plan, revoking: &revoking, summary: &summary };
                printed.and_then(|()| print(&made)).map(|()| Exit::Clean)
            }
            Err(GenerateError::Unproven(findings)) => {
                loaded.findings.clear();
                loaded.add(findings);
                loaded.refuse(reporting)
            }
            Err(error) => Err(error.into()),
        }
    }
}
