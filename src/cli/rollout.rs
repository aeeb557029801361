//! `rollout`: records what is installed, from what `install.sh` and `etcd-auth.sh` printed, and shows how far a roll-out is.

use std::io::{self, BufWriter, Read as _, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::diag::{Code, Diagnostic, FilePlace, Nowhere, Report, shell_word};
use crate::input;
use crate::ledger::{
    Delivered, Evidence, EvidenceSet, FoundObjects, MAX_STREAM, Refusal, Status, Unit, by_hand, floors, has_objects, judge,
    objects, receipts,
};
use crate::plan::Inventory;
use crate::report::{FindingsReport, Open, RecordCounts, RecordReport, StatusReport, print_json, print_record, print_status};
use crate::store::{State, read_evidence};

use super::folders::{recording, state_folder};
use super::reporting::Format;
use super::taking_in::{Bundles, TakenIn, is_bundle};
use super::terminal::colour_on;
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle rollout status                      how far is the mesh of mesh.yaml?
  ./install.sh --receipt | meshbundle rollout record mesh.yaml -";

const RECORD_EXAMPLES: &str = "\
Lines without a receipt are passed over, so the whole output of a loop or of Ansible will do.

Examples:
  meshbundle rollout record mesh.yaml receipts.txt
  ansible-playbook site.yaml -v | meshbundle rollout record mesh.yaml -
  ssh n1 /var/lib/meshbundle/node/current/install.sh --receipt | meshbundle rollout record mesh.yaml -
  out/bundles/oslo/etcd/etcd-auth.sh | meshbundle rollout record mesh.yaml -
  kubectl get secret,configmap -n kube-system -o yaml | meshbundle rollout record mesh.yaml -      what a Helm cluster has
  meshbundle rollout record mesh.yaml --by-hand oslo/operator
  meshbundle rollout record mesh.yaml out                               after `state restore`: what was written since the backup
  meshbundle rollout record mesh.yaml --by-hand oslo --by-hand rome     all their nodes and members use what was written last";

const STATUS_EXAMPLES: &str = "\
Examples:
  meshbundle rollout status
  meshbundle rollout status meshes/prod.yaml --exit-code    for a pipeline: 1 if anything is left to do
  meshbundle rollout status --format json | jq -r '.units[] | select(.done | not) | .unit'";

/// Record what is installed where, and show how far a roll-out is
#[derive(clap::Args)]
#[command(after_help = exit::ROLLOUT.below(EXAMPLES))]
pub(super) struct Rollout {
    #[command(subcommand)]
    verb: RolloutVerb,
}

#[derive(Subcommand)]
enum RolloutVerb {
    Record(Record),
    Status(StatusVerb),
}

/// Record the receipts that `install.sh` and `etcd-auth.sh` printed: what nodes, members and etcds have
#[derive(clap::Args)]
#[command(after_help = exit::RECORD.below(RECORD_EXAMPLES))]
struct Record {
    /// The mesh
    #[arg(value_name = "MESH")]
    mesh: PathBuf,
    /// Files with receipts among other lines; `-` is standard input. After `state restore` also archives, folders of bundles, or what
    /// `generate` wrote to: the state takes in what it does not know
    #[arg(value_name = "FILE", required_unless_present = "by_hand")]
    files: Vec<PathBuf>,
    /// CLUSTER/operator or CLUSTER/users: it has what was written last, or it left the mesh and was removed. CLUSTER/step/NAME: it is done at
    /// an etcd that gets no files from here, or KVStoreMesh has read everything. A node, a member, CLUSTER/helm, or
    /// CLUSTER for all of them: your word that the files are in use. CAs may sign on it; what is kept waits for receipts
    #[arg(long, value_name = "SELECTOR")]
    by_hand: Vec<Delivered>,
    /// With --by-hand: the generation that is in use there, instead of what was written last
    #[arg(long, value_name = "N", requires = "by_hand")]
    generation: Option<u64>,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Show what each node, member and etcd has, and what it should have
#[derive(clap::Args)]
#[command(after_help = exit::STATUS.below(STATUS_EXAMPLES))]
struct StatusVerb {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    state: Option<PathBuf>,
    /// Exit with 1 if anything is left to do
    #[arg(long)]
    exit_code: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Rollout {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        match self.verb {
            RolloutVerb::Record(verb) => verb.run(),
            RolloutVerb::Status(verb) => verb.run(),
        }
    }
}

/// Evidence that was read, before it is recorded.
struct Reading {
    /// The command line that records for this mesh.
    record: String,
    findings: Vec<Diagnostic>,
    counts: RecordCounts,
}

impl Record {
    fn run(self) -> Result<Exit, Failure> {
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        // Everything is read before the state is locked: a stream may come slowly.
        let now = clock::now()?;
        let (bundles, files): (Vec<&PathBuf>, Vec<&PathBuf>) = self.files.iter().partition(|file| is_bundle(file));
        let texts: Vec<(String, String)> = files.into_iter().map(|file| text(file, RECEIPTS)).collect::<Result<_, Failure>>()?;
        let mut bundles = Bundles::find(&bundles)?;
        known_state(&folder, &self.mesh)?;
        let state = State::open(&folder, "meshbundle rollout record")?;
        let mut inventory = State::peek(&folder)?;
        let record = recording(&self.mesh, self.state.as_ref());
        let mut reading = Reading { record, findings: Vec::new(), counts: RecordCounts::default() };
        for (name, text) in texts.iter().filter(|(_, text)| has_objects(text)) {
            bundles.add_objects(name, text, &inventory);
        }
        if !bundles.is_empty() {
            let taken = bundles.take_in(&self.mesh, state.files(), inventory.clone(), now)?;
            taken.store(&state, &inventory)?;
            inventory = reading.take_bundles(taken);
        }
        let mut evidence = read_evidence(&folder)?;
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        for (name, text) in &texts {
            if has_objects(text) {
                reading.take_objects(name, text, seconds, &inventory, &mut evidence);
                continue;
            }
            let found = receipts(text);
            reading.counts.passed_over += found.passed_over;
            for (line, receipt) in found.receipts {
                let judged = receipt.map_err(Refusal::from).and_then(|receipt| judge(receipt, &inventory));
                let place = || FilePlace { line: Some((line, String::new())), ..FilePlace::whole(name.as_str()) };
                reading.take(judged, place, &mut evidence);
            }
        }
        let place = || FilePlace::whole("--by-hand");
        for delivered in &self.by_hand {
            match delivered.units(&inventory) {
                Ok(units) => units.into_iter().for_each(|(unit, source)| {
                    let counter = evidence.next_counter(&unit, seconds);
                    reading.take(by_hand(unit, source, self.generation, &inventory, counter), place, &mut evidence);
                }),
                Err(refusal) => reading.take(Err(refusal), place, &mut evidence),
            }
        }
        reading.contradictions(&evidence);
        state.keep_evidence(&evidence)?;
        reading.print(&inventory, self.format)
    }
}

impl Reading {
    /// Counts bundles. Returns the inventory that they are in.
    fn take_bundles(&mut self, taken: TakenIn) -> Inventory {
        self.counts.bundles = NonZeroUsize::new(taken.new);
        self.counts.known += taken.known;
        self.counts.refused += taken.findings.len();
        self.findings.extend(taken.findings);
        taken.inventory
    }

    fn take(&mut self, judged: Result<(Unit, Evidence), Refusal>, place: impl FnOnce() -> FilePlace, evidence: &mut EvidenceSet) {
        self.take_with(judged, place, |unit, new| evidence.add(unit, new));
    }

    /// Counts what `add` makes of evidence, or reports why there is none.
    fn take_with(
        &mut self,
        judged: Result<(Unit, Evidence), Refusal>,
        place: impl FnOnce() -> FilePlace,
        add: impl FnOnce(Unit, Evidence) -> bool,
    ) {
        match judged {
            Ok((unit, new)) => {
                let count = if add(unit, new) { &mut self.counts.recorded } else { &mut self.counts.known };
                *count += 1;
            }
            Err(refusal) => {
                self.counts.refused += 1;
                self.findings.push(refusal.diagnostic(place(), &self.record));
            }
        }
    }

    /// Takes what objects of a Helm cluster say: they are seen now.
    fn take_objects(&mut self, file: &str, text: &str, now: u64, inventory: &Inventory, evidence: &mut EvidenceSet) {
        let found = objects(text, |unit| evidence.next_counter(unit, now));
        let FoundObjects { receipts, passed_over } = match found {
            Ok(found) => found,
            Err(refusal) => FoundObjects { receipts: vec![Err(refusal)], passed_over: 0 },
        };
        self.counts.passed_over += passed_over;
        for receipt in receipts {
            let judged = receipt.and_then(|receipt| judge(receipt, inventory));
            self.take_with(judged, || FilePlace::whole(file), |unit, new| evidence.observe(unit, new));
        }
    }

    fn contradictions(&mut self, evidence: &EvidenceSet) {
        for unit in evidence.units().filter(|unit| evidence.of(unit).is_err()) {
            let message = format!("receipts of `{unit}` contradict each other: one counter, and different content");
            let finding = Diagnostic::of_file(Code::ReceiptsContradict, FilePlace::whole("ledger/receipts"), message);
            let again = if unit.has_installer() {
                "run `install.sh --receipt` on the machine that has this name, and record what it prints"
            } else {
                "find out what is in use there, and record a new receipt or `--by-hand`"
            };
            self.findings.push(finding.help(again));
        }
    }

    fn print(self, inventory: &Inventory, format: Format) -> Result<Exit, Failure> {
        let Self { findings, counts, .. } = self;
        let view = Report { file: "receipts", source: "", places: &Nowhere, findings: &findings, unchecked: &[] };
        let report = RecordReport::of(FindingsReport::of(&view), &inventory.mesh, counts);
        match format {
            Format::Text => print_record(&mut out::stdout(), &report, &findings, colour_on(&io::stdout())),
            Format::Json => print_json(&mut out::stdout(), &report),
        }
        .map_err(Failure::Stdout)?;
        Ok(if findings.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Clean })
    }
}

impl StatusVerb {
    fn run(self) -> Result<Exit, Failure> {
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        let inventory = known_state(&folder, &self.mesh)?;
        let evidence = read_evidence(&folder)?;
        let status = Status::of(&inventory, &evidence);
        let floors = floors(&inventory, &evidence);
        let revoked = inventory.still_carried(&floors);
        let (kept, next, rotations) =
            (inventory.kept(&floors), inventory.next_signers(&floors), inventory.open_rotations(&floors));
        let report =
            StatusReport::of(&inventory, &status, Open { kept: &kept, next: &next, rotations: &rotations, revoked: &revoked });
        let mut out = BufWriter::new(out::stdout());
        match self.format {
            Format::Text => print_status(&mut out, &report),
            Format::Json => print_json(&mut out, &report),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(if self.exit_code && !report.is_done() { Exit::Findings } else { Exit::Clean })
    }
}

/// The inventory of a state that has something to compare receipts with.
pub(super) fn known_state(folder: &Path, mesh: &Path) -> Result<Inventory, Failure> {
    let inventory = State::peek(folder)?;
    if inventory.is_empty() {
        return Err(Failure::Missing {
            path: folder.display().to_string(),
            help: format!(
                "`meshbundle generate {}` makes it; name another state with `--state`",
                shell_word(&mesh.display().to_string())
            ),
        });
    }
    Ok(inventory)
}

/// What FILE is for receipts.
const RECEIPTS: &str = "pass a file with the output of install.sh or etcd-auth.sh, or `-` for standard input";

/// The content of `file`, and its name for findings; `help` says what it should be. Bytes that are not text are nothing that is read here.
pub(super) fn text(file: &Path, help: &str) -> Result<(String, String), Failure> {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        let unread = |error: &io::Error| Failure::file(Path::new("standard input"), error);
        io::stdin().lock().take(MAX_STREAM + 1).read_to_end(&mut bytes).map_err(|error| unread(&error))?;
        if bytes.len() as u64 > MAX_STREAM {
            return Err(unread(&io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        return Ok(("standard input".to_owned(), lossy(&bytes)));
    }
    let bytes = input::read(file, MAX_STREAM).map_err(|error| Failure::unread(file, &error, help))?;
    Ok((file.display().to_string(), lossy(&bytes)))
}
