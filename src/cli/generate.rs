//! `generate`: makes it so.

use std::path::PathBuf;

use crate::generate::{Considered, GenerateError, Job, Selection, Summary, execute};
use crate::plan::{BundleId, BundleKind, Plan, Planned, Removal, Request, Selector};
use crate::report::{GenerateReport, print_generate, print_json};
use crate::store::{Output, State};

use super::folders::{DEFAULT_OUT, generating, recording, refuse_inside, state_folder};
use super::load::Loaded;
use super::progress_bar::Bar;
use super::reissuing::{Reissuing, selector};
use super::reporting::{Format, Reporting};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle generate --create-authorities        the first time: creates CAs
  meshbundle generate                             every other time
  meshbundle generate meshes/prod.yaml --out /srv/out
  meshbundle generate --remove cluster3           cluster3 has left the mesh
  meshbundle generate --renew                     renews what expires soon
  meshbundle generate --renew --horizon 180d      before half a year without maintenance
  meshbundle generate --rekey --only fra/node/n1  new keys for what this node has
  meshbundle generate --node cluster1/node7       writes only this node's archive";

/// Issue what is missing and write the bundles; a second run with nothing changed changes nothing
#[derive(clap::Args)]
#[command(after_help = exit::GENERATE.below(EXAMPLES))]
pub(super) struct Generate {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// Folder to write to
    #[arg(long, default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Folder of the state, never to be shipped [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Create CAs that do not exist yet; without it, none is ever created
    #[arg(long)]
    create_authorities: bool,
    /// A cluster that leaves, a link NAME/NAME that ends, or NAME:localClients; without it, none is ever removed
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// In the first run after `state restore`: a unit, or a CLUSTER, that is out of reach and has no receipt
    #[arg(long, value_name = "SELECTOR", value_parser = selector)]
    without: Vec<Selector>,
    #[command(flatten)]
    reissuing: Reissuing,
    /// Write only archives of this cluster; everything is checked and counted all the same
    #[arg(long, value_name = "NAME")]
    cluster: Vec<String>,
    /// Write only the archive of this node
    #[arg(long, value_name = "CLUSTER/NODE")]
    node: Vec<String>,
    /// Write each bundle as a folder below `unpacked/`, too
    #[arg(long)]
    unpack: bool,
    /// How many threads to use [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    reporting: Reporting,
}

impl Generate {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        refuse_inside(&folder, &self.out)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs.map_or(0, Into::into)).build();
        let pool = pool.map_err(|error| Failure::Input(format!("cannot start threads: {error}")))?;
        let mut loaded = load::load(&self.mesh, now)?;
        let Some(checked) = loaded.checked.take() else { return loaded.refuse(&self.reporting) };
        let output = Output::at(&self.out);
        let request = Request {
            create_authorities: self.create_authorities,
            renewal: self.reissuing.renewal(),
            remove: self.remove.iter().map(|text| Removal::new(text)).collect(),
            without: self.without.clone(),
            command: generating(&self.mesh, &self.out, self.state.as_ref()),
            record: recording(&self.mesh, self.state.as_ref()),
        };
        // All that can be refused is refused before the state is touched: a slip on the command line leaves no trace.
        let consider = || Considered::new(&checked, &folder, &output, &request, now);
        let seen = pool.install(consider)?;
        let denied = [&loaded.findings, &seen.planned.findings].iter().any(|findings| self.reporting.is_failed_by(findings));
        match &seen.planned.plan {
            Some(plan) if !denied => drop(self.selection(plan)?),
            _ => {
                loaded.add(seen.planned.findings);
                return loaded.refuse(&self.reporting);
            }
        }
        let state = State::open(&folder, &request.command)?;
        // Another run may have ended while this one waited for the lock.
        let seen = if seen.is_of(&folder) { seen } else { pool.install(consider)? };
        let Considered { inventory, sound, planned: Planned { plan, findings }, .. } = seen;
        loaded.add(findings);
        let Some(plan) = plan.filter(|_| !self.reporting.is_failed_by(&loaded.findings)) else {
            return loaded.refuse(&self.reporting);
        };
        let selection = self.selection(&plan)?;
        let job = Job {
            mesh: &checked,
            plan: &plan,
            inventory: &inventory,
            sound: &sound,
            base: &loaded.base.clone(),
            state: &state,
            record: &request.record,
            output: &output,
            selection,
            unpack: self.unpack,
            now,
            progress: &Bar::new(self.reporting.quiet),
        };
        // Nothing is printed before: a reader who has gone must not stop the work.
        match pool.install(|| execute(&job)) {
            Ok(summary) => self.report(&loaded, &plan, &summary).map(|()| Exit::Clean),
            Err(GenerateError::Unproven(findings)) => {
                loaded.findings.clear();
                loaded.add(findings);
                loaded.refuse(&self.reporting)
            }
            Err(error) => {
                let _ = loaded.print_before(&self.reporting);
                Err(error.into())
            }
        }
    }

    fn selection(&self, plan: &Plan) -> Result<Selection, Failure> {
        for name in &self.cluster {
            if !plan.clusters.iter().any(|cluster| cluster.name.as_str() == name) {
                return Err(Failure::Usage(format!("`--cluster {name}`: there is no such cluster in the mesh")));
            }
        }
        let mut nodes = Vec::new();
        for node in &self.node {
            let bundle = node.split_once('/').map(|(cluster, node)| BundleId::new(cluster, BundleKind::Node(node.to_owned())));
            let Some(bundle) = bundle.filter(|bundle| plan.bundles.contains_key(bundle)) else {
                return Err(Failure::Usage(format!(
                    "`--node {node}`: there is no such node in the mesh\nhelp: write CLUSTER/NODE"
                )));
            };
            nodes.push(bundle);
        }
        Ok(Selection { clusters: self.cluster.clone(), nodes })
    }

    fn report(&self, loaded: &Loaded, plan: &Plan, summary: &Summary) -> Result<(), Failure> {
        loaded.print_before(&self.reporting)?;
        let mut out = out::stdout();
        let report = GenerateReport::of(loaded.json(), plan, &self.out, summary);
        match self.reporting.format {
            Format::Json => print_json(&mut out, &report),
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_generate(&mut out, &report),
        }
        .map_err(Failure::Stdout)
    }
}
