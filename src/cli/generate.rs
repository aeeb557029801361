//! `generate`: makes it so.

use std::path::PathBuf;

use crate::certs::CertRecords;
use crate::generate::Selection;
use crate::plan::{BundleId, BundleKind, Plan, Removal, Request, Selector};
use crate::report::{GenerateReport, print_generate, print_json};

use super::folders::{DEFAULT_OUT, requesting};
use super::making::{Made, Making};
use super::reissuing::{Reissuing, selector};
use super::reporting::{Format, Reporting};
use super::unlocking::Unlocking;
use super::{Exit, Failure, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle generate --create-authorities        the first time: creates CAs
  meshbundle generate                             every other time
  meshbundle generate meshes/prod.yaml --out /srv/out
  meshbundle generate --remove cluster3           cluster3 has left the mesh
  meshbundle generate --renew                     renews what expires soon
  meshbundle generate --renew --horizon 180d      before half a year without maintenance
  meshbundle generate --rekey --only fra/node/n1  new keys for what this node has
  meshbundle generate --renew --identity key.txt  where `state encrypt` has encrypted the CA keys
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
    #[command(flatten)]
    unlocking: Unlocking,
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
        let request = Request {
            create_authorities: self.create_authorities,
            renewal: self.reissuing.renewal(),
            remove: self.remove.iter().map(|text| Removal::new(text)).collect(),
            without: self.without.clone(),
            ..requesting(&self.mesh, &self.out, self.state.as_ref())
        };
        let state = self.state.as_ref();
        let making = Making {
            selection: &|plan| self.selection(plan),
            unpack: self.unpack,
            jobs: self.jobs,
            ..Making::new(&self.mesh, &self.out, state, request, &self.unlocking, &self.reporting)
        };
        making.run(&mut |made| self.report(made))
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

    fn report(&self, made: &Made<'_>) -> Result<(), Failure> {
        let mut out = out::stdout();
        let mut report = GenerateReport::of(made.loaded.json(), made.plan, &self.out, made.summary);
        if self.reissuing.is_renewal() && made.summary.certificates == 0 {
            let list = CertRecords { inventory: made.before, floors: made.floors, notice: None, given: &[] }.list();
            report = report.with_nothing_due(&list, &self.reissuing.only);
        }
        match self.reporting.format {
            Format::Json => print_json(&mut out, &report),
            Format::Text if self.reporting.quiet => Ok(()),
            Format::Text => print_generate(&mut out, &report),
        }
        .map_err(Failure::Stdout)
    }
}
