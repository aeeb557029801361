//! `certs list`: what is in use, until when, and what stops then.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use crate::certs::{CertList, CertRecords, InstalledBundle};
use crate::diag::shown;
use crate::ledger::floors;
use crate::lint::CA_NOTICE;
use crate::mesh::Lifetime;
use crate::report::{CertsOf, CertsReport, print_certs, print_certs_metrics, print_json};
use crate::store::{check_report, read_evidence, replace_report};

use super::certs_paths::{FileWords, found};
use super::expected::servers;
use super::folders::state_folder;
use super::rollout::known_state;
use super::secret_files::{is_named_so, is_of_kubernetes};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Of a mesh, it lists what its state has issued, and dates each certificate by the oldest one that a node or member may still have, as
far as it is recorded what they have (`meshbundle rollout record`). Of files, it lists what is in them.

Examples:
  meshbundle certs list
  meshbundle certs list meshes/prod.yaml --within 30d                 exits with 1 if anything may expire within 30 days
  meshbundle certs list --format json | jq '.certificates[0]'         what expires first
  meshbundle certs list /                                             on a node or a member: what is installed
  meshbundle certs list /etc/etcd/pki out node1.tar.gz                folders with certificates, and bundles
  meshbundle certs list / --format prometheus --output /var/lib/prometheus/node-exporter/meshbundle-certs.prom";

/// List the certificates: until when they are valid where they are used, and which links stop then
#[derive(clap::Args)]
#[command(after_help = exit::CERTS_LIST.below(EXAMPLES))]
pub(super) struct CertsList {
    /// The mesh; or paths: bundles, what `generate` writes to, folders that agents watch, roots of nodes and members, compose
    /// projects, Secrets of Kubernetes, folders and files with certificates
    #[arg(value_name = "MESH|PATH", default_value = load::DEFAULT)]
    paths: Vec<PathBuf>,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    #[command(flatten)]
    files: FileWords,
    /// List only what may expire within this time, and exit with 1 if anything does: 30d, 12h, 1y
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::new)]
    within: Option<Lifetime>,
    /// Judge certificates at this time, RFC 3339; a date alone is its 00:00 UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = clock::parse)]
    at: Option<OffsetDateTime>,
    /// Form of the list
    #[arg(long, value_enum, default_value_t)]
    format: CertsFormat,
    /// Replace FILE with the list in one step; of runs that overlap the one that began last counts
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do it again every so many seconds, until interrupted: for a container, where no timer is
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86400), requires = "output",
        conflicts_with_all = ["within", "at"])]
    every: Option<u64>,
}

/// The form of a list of certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum CertsFormat {
    /// For people
    #[default]
    Text,
    /// For programs, in a shape with a version
    Json,
    /// For Prometheus: text exposition, as the textfile collector reads it; all certificates, also with --within
    Prometheus,
}

/// What is listed.
enum Listed {
    Mesh(String, CertList),
    Files(Vec<String>, CertList, Vec<InstalledBundle>),
}

impl CertsList {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let first = self.list();
        let Some(every) = self.every else { return first };
        // What was wrong at the first time stays wrong; later, files may be replaced at this moment.
        first?;
        loop {
            std::thread::sleep(Duration::from_secs(every));
            if let Err(failure) = self.list() {
                let _ = writeln!(out::stderr(), "error: {}", shown(&failure.to_string()));
            }
        }
    }

    fn list(&self) -> Result<Exit, Failure> {
        let began = clock::now()?;
        let now = self.at.unwrap_or(began);
        if let Some(path) = &self.output {
            let help = "name a file in a directory that exists, and that this user may write to";
            check_report(path).map_err(|error| Failure::Input(format!("{error}\nhelp: {help}")))?;
        }
        let listed = self.listed(now)?;
        let (of, list) = match &listed {
            Listed::Mesh(mesh, list) => (CertsOf::Mesh(mesh), list),
            Listed::Files(files, list, installed) => (CertsOf::Files(files, installed), list),
        };
        let until = self.within.map(|within| now.saturating_add(within.as_duration()));
        let report = CertsReport::of(of, list, now, until.filter(|_| self.format != CertsFormat::Prometheus));
        match &self.output {
            None => {
                let mut out = BufWriter::new(out::stdout());
                self.print(&mut out, &report).and_then(|()| out.flush()).map_err(Failure::Stdout)?;
            }
            Some(path) => {
                let mut text = Vec::new();
                self.print(&mut text, &report).map_err(Failure::File)?;
                if !replace_report(path, &out::masked(&text), began, clock::now()?).map_err(Failure::File)? {
                    let _ = writeln!(out::stderr(), "{}: a run that began later has written it already", path.display());
                }
            }
        }
        let expiring = until.is_some_and(|until| list.expiring(until.unix_timestamp()).next().is_some());
        Ok(if expiring { Exit::Findings } else { Exit::Clean })
    }

    fn print(&self, out: &mut dyn Write, report: &CertsReport<'_>) -> io::Result<()> {
        match self.format {
            CertsFormat::Text => print_certs(out, report),
            CertsFormat::Json => print_json(out, report),
            CertsFormat::Prometheus => print_certs_metrics(out, report),
        }
    }

    fn listed(&self, now: OffsetDateTime) -> Result<Listed, Failure> {
        if let [mesh] = self.paths.as_slice()
            && is_mesh(mesh)?
        {
            if let Some(word) = self.files.first() {
                return Err(Failure::Usage(format!("`{word}` is for paths, and `{}` is a mesh", mesh.display())));
            }
            return self.of_mesh(mesh, now);
        }
        if self.state.is_some() {
            let help = "name the mesh alone, or leave out `--state`";
            return Err(Failure::Usage(format!("`--state` is for a mesh, and these are paths\nhelp: {help}")));
        }
        let (list, installed) = found(&self.paths, &self.files, now)?;
        let files = self.paths.iter().map(|path| path.display().to_string()).collect();
        Ok(Listed::Files(files, list, installed))
    }

    fn of_mesh(&self, mesh: &Path, now: OffsetDateTime) -> Result<Listed, Failure> {
        let loaded = load::load(mesh, now)?;
        let folder = state_folder(self.state.as_ref(), mesh);
        let inventory = known_state(&folder, mesh)?;
        let evidence = read_evidence(&folder)?;
        // What is out there expires, whatever is wrong with the mesh.
        let checked = loaded.checked.as_ref();
        if checked.is_none() {
            loaded.refuse_on_stderr();
            let _ =
                writeln!(out::stderr(), "the mesh has errors: listed is what its state has issued, without dates for renewals");
        }
        let given = checked.map(|checked| servers(checked, &loaded.base)).transpose()?.unwrap_or_default();
        let notice = checked.map(|checked| {
            let before = checked.mesh().trust.renew_before.as_duration();
            (before, before.max(CA_NOTICE))
        });
        let floors = floors(&inventory, &evidence);
        let list = CertRecords { inventory: &inventory, floors: &floors, notice, given: &given }.list();
        Ok(Listed::Mesh(inventory.mesh.clone(), list))
    }
}

/// Whether `path` is meant as a mesh: a file of YAML that holds no objects of Kubernetes.
fn is_mesh(path: &Path) -> Result<bool, Failure> {
    if path.is_dir() || !is_named_so(path) {
        return Ok(false);
    }
    is_of_kubernetes(path).map(|is| !is)
}
