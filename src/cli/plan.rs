//! `plan`: what `generate` would do.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::generate::Considered;
use crate::plan::{Planned, Removal, Request, Selector};
use crate::report::{PlanReport, print_json, print_plan};
use crate::store::Output;

use super::folders::{DEFAULT_OUT, refuse_inside, requesting, state_folder};
use super::reissuing::{Reissuing, selector};
use super::reporting::{Format, Reporting};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle plan                                  mesh.yaml, against state and out
  meshbundle plan meshes/prod.yaml --out /srv/out
  meshbundle plan --exit-code --quiet              for pipelines: 1 if anything would change
  meshbundle plan --renew --only fra               what a renewal would change in one cluster
  meshbundle plan --format json | jq '.waves'";

/// Show what `generate` would issue, write and change, and in which order to ship it; changes nothing
#[derive(clap::Args)]
#[command(after_help = exit::PLAN.below(EXAMPLES))]
pub(super) struct PlanVerb {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// Folder that `generate` would write to
    #[arg(long, default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    /// A cluster that leaves, or a link NAME/NAME that ends
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// In the first run after `state restore`: a unit, or a CLUSTER, that is out of reach and has no receipt
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    without: Vec<Selector>,
    #[command(flatten)]
    reissuing: Reissuing,
    /// Exit with 1 if anything would change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    reporting: Reporting,
}

impl PlanVerb {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let state = state_folder(self.state.as_ref(), &self.mesh);
        refuse_inside(&state, &self.out)?;
        let mut loaded = load::load(&self.mesh, now)?;
        let Some(checked) = &loaded.checked else { return loaded.refuse(&self.reporting) };
        let output = Output::at(&self.out);
        // A plan creates nothing, so it needs no permission: it says that `generate` will need it.
        let request = Request {
            create_authorities: true,
            renewal: self.reissuing.renewal(),
            remove: self.remove.iter().map(|text| Removal::new(text)).collect(),
            without: self.without.clone(),
            ..requesting(&self.mesh, &self.out, self.state.as_ref())
        };
        let considered = Considered::new(checked, &state, &output, &request, now)?;
        let Considered { planned: Planned { plan, findings }, overdue, removed, .. } = considered;
        loaded.add(findings);
        let Some(mut plan) = plan else { return loaded.refuse(&self.reporting) };
        plan.name_mesh(&request.record);
        loaded.print_before(&self.reporting)?;
        let report = PlanReport::of(loaded.json(), &plan, &overdue, &removed);
        let mut out = BufWriter::new(out::stdout());
        match self.reporting.format {
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_plan(&mut out, &report),
            Format::Json => print_json(&mut out, &report),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(if self.exit_code && report.is_pending() { Exit::Findings } else { self.reporting.exit(&loaded.findings) })
    }
}
