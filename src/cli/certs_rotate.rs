//! `certs rotate`: replaces a CA in three steps, each with a roll-out of its own.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::diag::shell_word;
use crate::generate::Considered;
use crate::ledger::{Connected, Sockets, SsError, client_ports, replaced, ss_command};
use crate::mesh::Mesh;
use crate::plan::{Inventory, Planned, Request, Rotation, RotationStep, Selector, Turn};
use crate::report::{ConnectedView, PlanReport, RotateReport, print_json, print_rotate};
use crate::store::{Output, State, read_evidence};

use super::folders::{DEFAULT_OUT, refuse_inside, requesting, state_folder};
use super::making::Making;
use super::reissuing::selector;
use super::reporting::{Format, Reporting};
use super::rollout::{known_state, text};
use super::unlocking::Unlocking;
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Steps: introduce (every end trusts both), reissue (the new one signs), retire (the old one is trusted no more).
Between two of them everything is shipped, restarted where that is due, and recorded.

Examples:
  meshbundle certs rotate mesh.yaml --ca core                  where it stands, and what the next step would do
  meshbundle certs rotate mesh.yaml --ca core --next           takes it
  meshbundle certs rotate mesh.yaml --ca core --back           takes the last one back
  meshbundle certs rotate mesh.yaml --ca corp --to corp-2030   the first time, for a CA that you provide
  meshbundle certs rotate mesh.yaml --ca core --next --without rome/node/n7    n7 is gone
  meshbundle certs rotate mesh.yaml --ca core --connected m1.txt --connected m2.txt    before retire: who is connected";

/// Replace a CA without an outage: prints where that stands and what the next step would do
#[derive(clap::Args)]
#[command(after_help = exit::ROTATE.below(EXAMPLES))]
pub(super) struct Rotate {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// The CA to replace, by its name in the mesh
    #[arg(long, value_name = "NAME")]
    ca: String,
    /// The CA that replaces it, an entry of `trust.authorities`; needed for one that you provide
    #[arg(long, value_name = "NEW")]
    to: Option<String>,
    /// Take the next step: issue, and write what is to be shipped
    #[arg(long, conflicts_with = "back")]
    next: bool,
    /// Take the last step back
    #[arg(long)]
    back: bool,
    /// Begin another rotation of a CA that was replaced before
    #[arg(long, conflicts_with = "back")]
    again: bool,
    /// Do not wait for this unit, or this CLUSTER: it may be cut off until it has what was written last
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    without: Vec<Selector>,
    /// Before `retire`: what the `ss` command that is printed then said on a member; `-` is standard input. Shows who is connected, those
    /// first whom the mesh does not know
    #[arg(long, value_name = "FILE", conflicts_with_all = ["next", "back", "again"])]
    connected: Vec<PathBuf>,
    /// Folder to write to
    #[arg(long, default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    #[command(flatten)]
    unlocking: Unlocking,
    #[command(flatten)]
    reporting: Reporting,
}

impl Rotate {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        let inventory = known_state(&folder, &self.mesh)?;
        let step = inventory.rotations.get(&self.ca).map(|record| record.step);
        if !self.connected.is_empty() && step != Some(RotationStep::Reissue) {
            return Err(Failure::Usage(self.not_before_retire(step)));
        }
        let is_over = step == Some(RotationStep::Retire);
        if self.next || self.back {
            self.take()
        } else if is_over && !self.again {
            self.look_back(&inventory)
        } else {
            self.look()
        }
    }

    /// Why `--connected` has no meaning at `step`.
    fn not_before_retire(&self, step: Option<RotationStep>) -> String {
        let ca = self.ca.escape_debug();
        let next = match step {
            None => format!("the next step of CA `{ca}` is `introduce`"),
            Some(RotationStep::Introduce) => format!("the next step of CA `{ca}` is `reissue`"),
            Some(RotationStep::Reissue | RotationStep::Retire) => format!("CA `{ca}` is replaced already"),
        };
        format!("`--connected` is for the step `retire`, after which the old CA is trusted no more: {next}")
    }

    /// Who is connected, by what was listed on members; none if that is not asked.
    fn who_is_connected(&self, mesh: &Mesh, inventory: &Inventory) -> Result<Option<ConnectedView>, Failure> {
        let Some(record) = inventory.rotations.get(&self.ca).filter(|_| !self.connected.is_empty()) else { return Ok(None) };
        let ports = client_ports(mesh);
        let help = format!("`{}` on a member prints it, `-` is standard input", ss_command(&ports));
        let mut sockets = Sockets::default();
        for file in &self.connected {
            let (name, text) = text(file, &help)?;
            let wrong = |error: SsError| Failure::Input(format!("{name}:{}: {error}\nhelp: {help}", error.line));
            sockets.read(&text, &ports).map_err(wrong)?;
        }
        let evidence = read_evidence(&state_folder(self.state.as_ref(), &self.mesh))?;
        Ok(Some(ConnectedView::of(&Connected::of(&sockets, mesh), &replaced(inventory, &evidence, &record.old))))
    }

    /// What is asked for; to look ahead is to ask for the next step.
    fn request(&self) -> Request {
        let rotation = Rotation {
            ca: self.ca.clone(),
            to: self.to.clone(),
            turn: if self.back { Turn::Back } else { Turn::Next },
            again: self.again,
            without: self.without.clone(),
        };
        Request { rotation: Some(rotation), ..requesting(&self.mesh, &self.out, self.state.as_ref()) }
    }

    /// Shows a rotation that has no next step.
    fn look_back(&self, inventory: &Inventory) -> Result<Exit, Failure> {
        let loaded = load::load(&self.mesh, clock::now()?)?;
        if loaded.checked.is_none() {
            return loaded.refuse(&self.reporting);
        }
        self.print(&RotateReport::of(loaded.json(), &self.ca, inventory), None)?;
        loaded.print_before(&self.reporting)?;
        Ok(self.reporting.exit(&loaded.findings))
    }

    fn look(&self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        refuse_inside(&folder, &self.out)?;
        let mut loaded = load::load(&self.mesh, now)?;
        let Some(checked) = &loaded.checked else { return loaded.refuse(&self.reporting) };
        let request = self.request();
        let considered = Considered::new(checked, &folder, &Output::at(&self.out), &request, now)?;
        let Considered { inventory, planned: Planned { mut plan, findings }, overdue, removed, .. } = considered;
        let ss = ss_command(&client_ports(checked.mesh()));
        let connected = self.who_is_connected(checked.mesh(), &inventory)?;
        loaded.add(findings);
        let effects = plan.as_ref().map(|plan| plan.effects(&inventory)).unwrap_or_default();
        if let Some(plan) = &mut plan {
            plan.name_mesh(&request.record);
        }
        let report = RotateReport::of(loaded.json(), &self.ca, &inventory).with_connected(connected);
        let report = match &plan {
            Some(plan) => report.with_step(PlanReport::of(loaded.json(), plan, &overdue, &removed), plan, &inventory, &effects),
            None => report,
        };
        self.print(&report, Some(&ss))?;
        loaded.print_before(&self.reporting)?;
        Ok(self.reporting.exit(&loaded.findings))
    }

    fn take(&self) -> Result<Exit, Failure> {
        let (state, request) = (self.state.as_ref(), self.request());
        let record = request.record.clone();
        let making = Making::new(&self.mesh, &self.out, state, request, &self.unlocking, &self.reporting);
        making.run(&mut |made| {
            let after = State::peek(&state_folder(state, &self.mesh))?;
            let effects = made.plan.effects(made.before);
            let mut named = made.plan.clone();
            named.name_mesh(&record);
            let (overdue, removed) = (BTreeSet::new(), BTreeSet::new());
            let report = RotateReport::of(made.loaded.json(), &self.ca, &after);
            let view = PlanReport::of(made.loaded.json(), &named, &overdue, &removed);
            self.print(&report.with_step(view, &named, &after, &effects).after(made.summary), None)
        })
    }

    fn print(&self, report: &RotateReport<'_>, ss: Option<&str>) -> Result<(), Failure> {
        let mut out = BufWriter::new(out::stdout());
        let to = self.to.as_ref().map(|to| format!(" --to {}", shell_word(to))).unwrap_or_default();
        let command = format!("{} --ca {}{to}", self.request().rotate, shell_word(&self.ca));
        match self.reporting.format {
            Format::Json => print_json(&mut out, report),
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_rotate(&mut out, report, &command, ss),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)
    }
}
