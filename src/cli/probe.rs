//! `probe`: does every link work, from this node, now?

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FilePlace, plural, shell_word};
use crate::generate::Progress;
use crate::mesh::CiliumVersion;
use crate::probe::{Clock, LinkProbe, Memory, Prober, Rounds, Settings, bound};
use crate::report::{Beside, ProbeReport, RoundReport, change, print_json, print_json_line, print_metrics, print_probe};
use crate::store::{check_report, replace_report};
use crate::verify::{Inspection, Peer, View};

use super::inspect_args::InspectArgs;
use super::load::Loaded;
use super::path_content::{PathContent, read, revocation_list};
use super::probe_members::MembersArgs;
use super::progress_bar::Bar;
use super::reporting::Format;
use super::targets::watched_below;
use super::terminal::colour_on;
use super::{Exit, Failure, clock, exit, out};

/// A terminal with more links than this gets a progress bar, and no line for each link.
const MANY: usize = 200;

const EXAMPLES: &str = "\
It only reads, and nothing of what the agents write. One verdict for each remote cluster: ready, or the first cause.
With --members it needs no key, and shows what each member presents, compared with its newest bundle in the state.

Examples:
  meshbundle probe /var/lib/clustermesh
  meshbundle probe node1.tar.gz --mesh mesh.yaml          before it is installed
  meshbundle probe /var/lib/clustermesh --only-failed --remote oslo --remote rome
  meshbundle probe /var/lib/clustermesh --wait 600        in a roll-out: until all links are ready
  meshbundle probe /var/lib/clustermesh --quiet           for a timer: prints only what is wrong
  meshbundle probe /var/lib/clustermesh --watch           until interrupted: each change in a line
  meshbundle probe /var/lib/clustermesh --format prometheus --output meshbundle.prom
  meshbundle probe --members mesh.yaml                    which CAs have members loaded?
  meshbundle probe --members mesh.yaml --quiet            only what is left to do at members";

/// Try every link from this node: name, TCP, TLS, etcd, rights, cluster-config, heartbeat
#[derive(clap::Args)]
#[command(after_help = exit::PROBE.below(EXAMPLES))]
pub(super) struct Probe {
    /// A folder that agents watch, or a bundle
    #[arg(required_unless_present = "members")]
    path: Option<PathBuf>,
    #[command(flatten)]
    look: InspectArgs,
    /// Only this remote cluster; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) remote: Vec<String>,
    /// Report only links that are not ready
    #[arg(long)]
    only_failed: bool,
    /// Seconds for each endpoint to answer, and again for what is read then
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Seconds to wait for a heartbeat that is not fresh; agents wait two minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=86400),
        conflicts_with = "rounds")]
    heartbeat: u64,
    /// Try again and again until all links are ready, for so many seconds at most
    #[arg(long, value_name = "SECONDS", group = "rounds")]
    pub(super) wait: Option<u64>,
    /// Go on until interrupted, and report each change in a line
    #[arg(long, group = "rounds")]
    watch: bool,
    /// Seconds between two rounds of --watch and --wait
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86400),
        requires = "rounds")]
    every: u64,
    /// Print only findings and errors: nothing where all links are ready
    #[arg(short, long, conflicts_with = "watch")]
    pub(super) quiet: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ProbeFormat,
    /// Replace FILE with the report in one step; of runs that overlap the one that began last counts
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    members: MembersArgs,
}

/// What is known before anything is dialled.
pub(super) struct InspectedLinks {
    pub(super) seen: Inspection,
    /// Remotes that are not asked for. Agents compare their ids all the same.
    others: Vec<Peer>,
    beside: Beside,
    /// Errors in files of links, which `verify` reports.
    errors: usize,
}

impl InspectedLinks {
    /// Whether there is neither a link to try, nor one that is known to be missing: from the mesh, or beside other configs.
    pub(super) fn is_empty(&self) -> bool {
        let is_unknown = self.seen.expected.is_none() && self.others.is_empty();
        self.seen.peers.is_empty() && (is_unknown || self.beside.missing.is_empty())
    }
}

/// The form of what `probe` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum ProbeFormat {
    /// For people
    #[default]
    Text,
    /// For programs, in a shape with a version; with --watch a line for each round
    Json,
    /// For Prometheus: text exposition, as the textfile collector reads it; with --watch FILE is replaced in each round
    Prometheus,
}

/// How long a round may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) heartbeat: Duration,
}

/// One `probe`, from its first round to its last.
pub(super) struct ProbeRun<'a> {
    pub(super) words: &'a Probe,
    pub(super) path: &'a Path,
    loaded: Option<&'a Loaded>,
    pub(super) clock: Clock,
    memory: Memory,
}

impl Probe {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if let Some(mesh) = &self.members.members {
            let format = match self.format {
                ProbeFormat::Text => Format::Text,
                ProbeFormat::Json => Format::Json,
                ProbeFormat::Prometheus => {
                    let what = "--format prometheus does not go with --members: use `--format json`";
                    return Err(Failure::Usage(what.to_owned()));
                }
            };
            return self.members.run(mesh, Duration::from_secs(self.timeout), format, self.quiet);
        }
        let path = self.path.as_deref().unwrap_or(Path::new("."));
        if self.watch && self.output.is_some() != (self.format == ProbeFormat::Prometheus) {
            let what =
                "--watch goes with --format prometheus and --output together, or with neither: each round replaces the file";
            return Err(Failure::Usage(what.to_owned()));
        }
        if self.only_failed && self.format == ProbeFormat::Prometheus {
            return Err(Failure::Usage("--only-failed does not go with --format prometheus: filter in the query".to_owned()));
        }
        if self.look.root.is_some() && path.is_file() {
            return Err(Failure::Usage("--root has no effect on an archive, which holds all files: remove it".to_owned()));
        }
        if let Some(path) = &self.output {
            let help = "name a file in a directory that exists, and that this user may write to";
            check_report(path).map_err(|error| Failure::Input(format!("{error}\nhelp: {help}")))?;
        }
        let clock = Clock::starting(clock::now()?);
        let began = clock.now();
        let done = self.done(path, clock);
        if let (Err(_), ProbeFormat::Prometheus) = (&done, self.format) {
            // What reads the file must see that nothing was tried.
            let mut report = Vec::new();
            print_metrics(&mut report, None, clock.now().into()).map_err(Failure::Stdout)?;
            self.publish(&report, began, clock.now())?;
        }
        done
    }

    fn done(&self, path: &Path, clock: Clock) -> Result<Exit, Failure> {
        let began = clock.now();
        let loaded = self.look.load(began)?;
        let run = ProbeRun { words: self, path, loaded: loaded.as_ref(), clock, memory: Memory::default() };
        let round = if self.watch {
            return run.watch();
        } else if let Some(seconds) = self.wait {
            run.wait(Duration::from_secs(seconds))?
        } else {
            let inspected = run.look()?;
            if inspected.is_empty() {
                return Err(run.empty(&run.no_config()));
            }
            run.announce(&inspected);
            run.round(inspected, self.limits())?
        };
        run.report(&round, began)?;
        Ok(if round.ready() { Exit::Clean } else { Exit::Findings })
    }

    pub(super) fn publish(&self, report: &[u8], began: OffsetDateTime, now: OffsetDateTime) -> Result<(), Failure> {
        let Some(path) = &self.output else { return out::stdout().write_all(report).map_err(Failure::Stdout) };
        if !replace_report(path, &out::masked(report), began, now).map_err(Failure::File)? {
            let _ = writeln!(out::stderr(), "{}: a run that began later has written it already", path.display());
        }
        Ok(())
    }

    pub(super) fn limits(&self) -> Limits {
        Limits { timeout: Duration::from_secs(self.timeout), heartbeat: Duration::from_secs(self.heartbeat) }
    }

    fn rounds(&self) -> Rounds {
        match self.wait {
            Some(_) => Rounds::UntilReady,
            None if self.watch => Rounds::Endless,
            None => Rounds::One,
        }
    }

    pub(super) fn every(&self) -> Duration {
        Duration::from_secs(self.every)
    }
}

impl ProbeRun<'_> {
    /// The failure of a path with nothing to try.
    pub(super) fn empty(&self, why: &str) -> Failure {
        let path = self.path;
        let bundle = path.parent().filter(|above| path.ends_with("payload") && above.join("manifest.json").is_file());
        let meant = bundle.map(Path::to_owned).or_else(|| watched_below(path));
        let help = match meant.as_ref().and_then(|path| path.to_str()) {
            Some(meant) => format!("name what is meant: `meshbundle probe {}`", shell_word(meant)),
            None => "name the directory that agents watch, such as `/var/lib/clustermesh`, or a bundle".to_owned(),
        };
        Failure::Input(format!("{why}\nhelp: {help}"))
    }

    /// The message of a directory without a config that counts.
    pub(super) fn no_config(&self) -> String {
        let path = self.path.display();
        match self.words.remote.as_slice() {
            [] => format!("`{path}` holds no config of a remote cluster"),
            names => format!("`{path}` holds no config of {}", names.join(", ")),
        }
    }

    /// How long it takes.
    pub(super) fn announce(&self, inspected: &InspectedLinks) {
        let (peers, words) = (&inspected.seen.peers, self.words);
        if words.quiet {
            return;
        }
        if inspected.errors > 0 {
            let (errors, path) = (inspected.errors, self.path.display());
            let _ = writeln!(
                out::stderr(),
                "{} in the files of links: `meshbundle verify {path}` shows more",
                plural(errors, "error")
            );
        }
        let what = plural(peers.len(), "link");
        let time = if let Some(wait) = words.wait {
            format!("at most {wait} s in all, and the last round")
        } else if words.watch {
            format!("every {} s, until interrupted", words.every)
        } else {
            let limits = words.limits();
            let bound = bound(peers.iter().chain(&inspected.others), limits.timeout, limits.heartbeat);
            let (answers, heartbeat) = (bound.answers.as_secs(), bound.heartbeat.as_secs());
            format!("at most {answers} s, and {heartbeat} s more where a heartbeat has to be awaited")
        };
        let _ = writeln!(out::stderr(), "probing {what}: {time}");
        if inspected.seen.own.id.is_none() {
            let note = "the id of the local cluster is not known, so no remote's id is compared with it: pass `--mesh`";
            let _ = writeln!(out::stderr(), "note: {note}");
        }
    }

    /// The remote clusters as agents would see them, with what the mesh says of them.
    pub(super) fn look(&self) -> Result<InspectedLinks, Failure> {
        let (words, now) = (self.words, self.clock.now());
        let path = self.path.display();
        let (files, damage) = match read(self.path, words.look.root.as_deref())? {
            PathContent::Files(files, damage) => (files, damage),
            PathContent::Certificates(_) => {
                return Err(Failure::Input(format!("`{path}` is a certificate: name a folder or a bundle")));
            }
            PathContent::RevocationList(_) => return Err(revocation_list(self.path)),
            PathContent::Secrets(_) => {
                let help = format!("`meshbundle verify {}` judges them", shell_word(&path.to_string()));
                return Err(Failure::Input(format!("`{path}` holds Secrets, which only a cluster mounts\nhelp: {help}")));
            }
        };
        let wanted = |name: &str| words.remote.is_empty() || words.remote.iter().any(|remote| remote == name);
        let mut seen = words.look.inspect(&*files, self.loaded, &View::new(CiliumVersion::NEWEST, now))?;
        let mut of_mesh = std::mem::take(&mut seen.unexpected);
        let absent = |name: &&str| wanted(name) && !seen.peers.iter().any(|peer| peer.name == **name);
        let links = seen.expected.iter().flat_map(|expected| &expected.links).map(|link| link.remote.as_str());
        let mut missing: Vec<String> = links.filter(absent).map(str::to_owned).collect();
        for name in &words.remote {
            if seen.own.name.as_ref() == Some(name) {
                let message = format!("`{}` is the local cluster, to which agents make no link", name.escape_debug());
                return Err(Failure::Usage(format!("{message}\nhelp: name a remote cluster with `--remote`")));
            }
            if !seen.peers.iter().any(|peer| peer.name == *name) && !missing.contains(name) {
                let place = FilePlace::whole(&seen.file);
                let message = format!("there is no config of `{}`, which `--remote` names", name.escape_debug());
                let finding = Diagnostic::of_file(Code::LinkMissing, place, message);
                of_mesh.push(finding.help("install the bundle that has the link, or correct the name"));
                missing.push(name.clone());
            }
        }
        let beside = Beside::new(&seen, of_mesh, missing, &damage);
        let (peers, others) = std::mem::take(&mut seen.peers).into_iter().partition(|peer: &Peer| wanted(&peer.name));
        seen.peers = peers;
        let errors = seen.peers.iter().flat_map(|peer: &Peer| &peer.local).filter(|finding| finding.is_error()).count();
        Ok(InspectedLinks { seen, others, beside, errors })
    }

    /// Tries every link once.
    pub(super) fn round(&self, inspected: InspectedLinks, limits: Limits) -> Result<RoundReport, Failure> {
        let Limits { timeout, heartbeat } = limits;
        let rounds = self.words.rounds();
        let settings = Settings { version: inspected.seen.version, timeout, heartbeat, clock: self.clock, rounds };
        let cluster = inspected.seen.own.name.clone();
        let prober = Prober::new(inspected.seen.peers, inspected.others, inspected.seen.own, settings, self.memory.clone())
            .map_err(Failure::File)?;
        let (bar, links) = (Bar::new(self.words.quiet), prober.links());
        bar.begin("links", links);
        // A link that waits for its heartbeat does not keep the verdicts of others back.
        let once = rounds == Rounds::One && self.words.format == ProbeFormat::Text;
        let lines = once && !self.words.quiet && links > 1 && (links < MANY || !io::stderr().is_terminal());
        let links = prober.round(&|link: &LinkProbe| {
            bar.advance();
            if lines {
                let _ = writeln!(out::stderr(), "{}", change(link));
            }
        });
        bar.done();
        Ok(RoundReport { cluster, links, beside: inspected.beside })
    }

    /// Prints the report, or replaces the file.
    pub(super) fn report(&self, round: &RoundReport, began: OffsetDateTime) -> Result<(), Failure> {
        let (words, now) = (self.words, self.clock.now());
        let (path, mut out) = (self.path.display().to_string(), Vec::new());
        let report = ProbeReport::of(&path, round, words.only_failed, now);
        match words.format {
            ProbeFormat::Text => {
                let colour = words.output.is_none() && colour_on(&io::stdout());
                print_probe(&mut out, &path, &report, &round.findings(words.only_failed), words.quiet, colour)
            }
            ProbeFormat::Json => print_json(&mut out, &report),
            ProbeFormat::Prometheus => print_metrics(&mut out, Some(&report), now.into()),
        }
        .map_err(Failure::Stdout)?;
        words.publish(&out, began, now)
    }

    /// Replaces the file with the metrics of a round. One that has nothing to try says so.
    pub(super) fn metrics(&self, round: &RoundReport) -> Result<(), Failure> {
        let (path, now) = (self.path.display().to_string(), self.clock.now());
        let report = ProbeReport::of(&path, round, false, now);
        let mut text = Vec::new();
        print_metrics(&mut text, (!round.has_nothing()).then_some(&report), now.into()).map_err(Failure::Stdout)?;
        self.words.publish(&text, now, now)
    }

    /// Prints a round as one line.
    pub(super) fn line(&self, round: &RoundReport) -> Result<(), Failure> {
        let path = self.path.display().to_string();
        let report = ProbeReport::of(&path, round, self.words.only_failed, self.clock.now());
        print_json_line(&mut out::stdout(), &report).map_err(Failure::Stdout)
    }
}
