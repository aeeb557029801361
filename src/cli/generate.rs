//! `generate`: makes it so.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::generate::{Considered, GenerateError, Job, Selection, Summary, execute};
use crate::plan::{Plan, Planned, Removal, Request};
use crate::store::{Output, State};

use super::bar::Bar;
use super::folders::{generating, refuse_inside, state_folder};
use super::load::Loaded;
use super::{Exit, Failure, Format, clock, load};

/// Issue what is missing and write the bundles; a second run with nothing changed changes nothing
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  meshbundle generate mesh.yaml --out out --create-authorities   the first time: makes authorities
  meshbundle generate mesh.yaml --out out                        every other time
  meshbundle generate mesh.yaml --out out --remove cluster3      cluster3 has left the mesh
  meshbundle generate mesh.yaml --out out --renew                renews what ends soon
  meshbundle generate mesh.yaml --out out --node cluster1/node7  writes only this node's archive

Exit status: 0 done, or nothing to do, 1 findings: nothing is written, 2 could not do its work.")]
pub(super) struct Generate {
    /// The mesh
    mesh: PathBuf,
    /// Folder to write to
    #[arg(long)]
    out: PathBuf,
    /// Folder of the state, never to be shipped [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Make authorities that nobody has; without it, none is ever made
    #[arg(long)]
    create_authorities: bool,
    /// A cluster that leaves, a link NAME/NAME that ends, or NAME:localClients; without it, none is ever removed
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// Issue again what is inside `renewBefore`
    #[arg(long)]
    renew: bool,
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
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Generate {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let now = clock::now()?;
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        refuse_inside(&folder, &self.out)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs.map_or(0, Into::into)).build();
        let pool = pool.map_err(|error| Failure::Usage(format!("cannot start threads: {error}")))?;
        let mut loaded = load::load(&self.mesh, now)?;
        let Some(checked) = loaded.checked.take() else {
            loaded.tell();
            return Ok(Exit::Findings);
        };
        let output = Output::at(&self.out);
        let request = Request {
            create_authorities: self.create_authorities,
            renew: self.renew,
            remove: self.remove.iter().map(|text| Removal::new(text)).collect(),
            command: generating(&self.mesh, &self.out, self.state.as_ref()),
        };
        // All that can be refused is refused before the state is touched: a slip on the command line leaves no trace.
        let consider = || Considered::new(&checked, &folder, &output, &request, now);
        let seen = pool.install(consider)?;
        if let Some(plan) = &seen.planned.plan {
            self.selection(plan)?;
        } else {
            loaded.add(seen.planned.findings);
            loaded.tell();
            return Ok(Exit::Findings);
        }
        let state = State::open(&folder, &request.command)?;
        // Another run may have ended while this one waited for the lock.
        let seen = if seen.is_of(&folder) { seen } else { pool.install(consider)? };
        let Considered { inventory, sound, planned: Planned { plan, findings }, .. } = seen;
        loaded.add(findings);
        let Some(plan) = plan else {
            loaded.tell();
            return Ok(Exit::Findings);
        };
        let selection = self.selection(&plan)?;
        loaded.tell();
        let job = Job {
            mesh: &checked,
            plan: &plan,
            inventory: &inventory,
            sound: &sound,
            base: &loaded.base.clone(),
            state: &state,
            output: &output,
            selection,
            unpack: self.unpack,
            now,
            progress: &Bar::new(),
        };
        match pool.install(|| execute(&job)) {
            Ok(summary) => self.report(&plan, &summary),
            Err(GenerateError::Unproven(findings)) => Ok(unproven(&mut loaded, findings)),
            Err(error) => Err(error.into()),
        }
    }

    fn selection(&self, plan: &Plan) -> Result<Selection, Failure> {
        for name in &self.cluster {
            if !plan.clusters.iter().any(|cluster| cluster.name.as_str() == name) {
                return Err(Failure::Usage(format!("`--cluster {name}`: there is no such cluster in the mesh")));
            }
        }
        for node in &self.node {
            let there = plan.clusters.iter().any(|cluster| {
                cluster.nodes.iter().any(|known| node.split_once('/') == Some((cluster.name.as_str(), known.name.as_str())))
            });
            if !there {
                return Err(Failure::Usage(format!(
                    "`--node {node}`: there is no such node in the mesh\nhelp: write CLUSTER/NODE"
                )));
            }
        }
        Ok(Selection { clusters: self.cluster.clone(), nodes: self.node.clone() })
    }

    fn report(&self, plan: &Plan, summary: &Summary) -> Result<Exit, Failure> {
        let mut out = io::stdout().lock();
        match self.format {
            Format::Json => {
                let report = serde_json::json!({ "format": 1, "mesh": plan.mesh.as_str(), "out": self.out, "done": summary });
                writeln!(out, "{report:#}").map_err(Failure::Stdout)?;
            }
            Format::Text => {
                let Summary { authorities, certificates, written, unchanged, left } = summary;
                let mut err = io::stderr();
                let plural = |n: &usize, one: &str, many: &str| format!("{n} {}", if *n == 1 { one } else { many });
                let _ = writeln!(
                    err,
                    "mesh {}: {} made, {} issued, {} written, {unchanged} unchanged",
                    plan.mesh,
                    plural(authorities, "authority", "authorities"),
                    plural(certificates, "certificate", "certificates"),
                    plural(written, "archive", "archives"),
                );
                if *left > 0 {
                    let _ = writeln!(
                        err,
                        "{} left for a run without --cluster and --node",
                        plural(left, "archive is", "archives are")
                    );
                }
                if *authorities > 0 {
                    let _ = writeln!(err, "the state now holds keys of authorities: back it up, and never ship it");
                }
                if *written > 0 {
                    let _ =
                        writeln!(err, "what changed, and in which order to ship it: {}", self.out.join("index.json").display());
                }
            }
        }
        Ok(Exit::Clean)
    }
}

fn unproven(loaded: &mut Loaded, findings: Vec<crate::diag::Diagnostic>) -> Exit {
    loaded.findings.clear();
    loaded.add(findings);
    loaded.tell();
    Exit::Findings
}
