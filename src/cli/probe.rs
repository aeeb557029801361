//! `probe`: does every link work, from this node, now?

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::generate::Progress;
use crate::probe::{Clock, Link, Prober, Settings, bound};
use crate::spec::CiliumVersion;
use crate::verify::{Peer, Seen, View, compare};

use super::bar::Bar;
use super::load::Loaded;
use super::look::Look;
use super::probe_round::{Beside, Round, State};
use super::subject::{Found, read};
use super::{Exit, Failure, clock, exit, probe_json, probe_prometheus, probe_text};

const EXAMPLES: &str = "\
It only reads, and nothing of what the agents write. One verdict for each remote cluster: ready, or the first cause.

Examples:
  meshbundle probe /var/lib/clustermesh
  meshbundle probe node1.tar.gz --mesh mesh.yaml          before it is installed
  meshbundle probe /var/lib/clustermesh --wait 600        in a roll-out: until all links are ready
  meshbundle probe /var/lib/clustermesh --quiet           for a timer: prints only what is wrong
  meshbundle probe /var/lib/clustermesh --watch           until interrupted: each change in a line
  meshbundle probe /var/lib/clustermesh --format prometheus >meshbundle.prom";

/// Try every link from this node: name, TCP, TLS, etcd, rights, cluster-config, heartbeat
#[derive(clap::Args)]
#[command(after_help = exit::PROBE.below(EXAMPLES))]
pub(super) struct Probe {
    /// A folder that agents watch, or a bundle
    path: PathBuf,
    #[command(flatten)]
    look: Look,
    /// Seconds for each endpoint to answer, and again for what is read then
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Seconds to wait for a heartbeat that is not fresh; agents wait two minutes
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=86400))]
    heartbeat: u64,
    /// Try again and again until all links are ready, for so many seconds at most
    #[arg(long, value_name = "SECONDS", conflicts_with = "watch")]
    wait: Option<u64>,
    /// Go on until interrupted, and tell each change in a line
    #[arg(long)]
    watch: bool,
    /// Seconds between two rounds of --watch and --wait
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86400))]
    every: u64,
    /// Print only findings and errors: nothing where all links are ready
    #[arg(short, long, conflicts_with = "watch")]
    quiet: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: ProbeFormat,
}

/// What is known before anything is dialled.
struct Told {
    seen: Seen,
    beside: Beside,
    /// Errors in files of links, which `verify` tells.
    errors: usize,
}

/// The form of what `probe` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ProbeFormat {
    /// For people
    #[default]
    Text,
    /// For programs, in a shape with a version; with --watch a line for each round
    Json,
    /// For Prometheus: text exposition, as the textfile collector reads it
    Prometheus,
}

impl Probe {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        if self.watch && self.format == ProbeFormat::Prometheus {
            return Err(Failure::Usage("--watch does not go with --format prometheus: run it from a timer instead".to_owned()));
        }
        let clock = Clock::starting(clock::now()?);
        let loaded = self.look.load(clock.now())?;
        let whole = (Duration::from_secs(self.timeout), Duration::from_secs(self.heartbeat));
        let again = || self.look(loaded.as_ref(), clock.now());
        let told = again()?;
        if told.seen.peers.is_empty() && self.wait.is_none() {
            return Err(self.empty());
        }
        if told.errors > 0 && !self.quiet {
            let (errors, path) = (told.errors, self.path.display());
            let _ = writeln!(io::stderr(), "{errors} errors in the files of links: `meshbundle verify {path}` tells them");
        }
        let probe = |told: Told, (timeout, heartbeat): (Duration, Duration)| {
            let settings = Settings { version: told.seen.version, timeout, heartbeat, clock };
            let prober = Prober::new(told.seen.peers, told.seen.own, settings);
            let prober = prober.map_err(Failure::File)?;
            Ok(Round { links: links(&prober, self.quiet), beside: told.beside })
        };
        if !self.quiet {
            self.announce(&told.seen.peers, whole);
        }
        if self.watch {
            return self.watch(told, &again, &|told| probe(told, whole), &clock);
        }
        let round = match self.wait {
            Some(seconds) => self.wait(told, Duration::from_secs(seconds), &again, &probe)?,
            None => probe(told, whole)?,
        };
        self.report(&round, &clock)?;
        Ok(if round.ready() { Exit::Clean } else { Exit::Findings })
    }

    fn empty(&self) -> Failure {
        Failure::Input(format!("`{}` holds no config of a remote cluster", self.path.display()))
    }

    /// How long it takes.
    fn announce(&self, peers: &[Peer], (timeout, heartbeat): (Duration, Duration)) {
        let what = if peers.len() == 1 { "1 link".to_owned() } else { format!("{} links", peers.len()) };
        let time = if let Some(wait) = self.wait {
            format!("at most {wait} s in all, and the last round")
        } else {
            let bound = bound(peers, timeout, heartbeat);
            let (answers, heartbeat) = (bound.answers.as_secs(), bound.heartbeat.as_secs());
            format!("at most {answers} s, and {heartbeat} s more where a heartbeat has to be awaited")
        };
        let _ = writeln!(io::stderr(), "probing {what}: {time}");
    }

    /// The remote clusters as agents would see them, with what the mesh says of them.
    fn look(&self, loaded: Option<&Loaded>, now: OffsetDateTime) -> Result<Told, Failure> {
        let Found::Subject(mut subject, damage) = read(&self.path, self.look.root.as_deref())? else {
            return Err(Failure::Input(format!("`{}` is a certificate: name a folder or a bundle", self.path.display())));
        };
        let (mut seen, expected) = self.look.inspect(&mut subject, loaded, &View::new(CiliumVersion::NEWEST, now))?;
        let (mut of_mesh, mut missing) = (Vec::new(), Vec::new());
        if let Some(expected) = expected {
            of_mesh = compare(&seen, &expected);
            let absent = |name: &&str| !seen.peers.iter().any(|peer| peer.name == **name);
            missing = expected.links.iter().map(|link| link.remote.as_str()).filter(absent).map(str::to_owned).collect();
            seen = seen.with(&expected);
        }
        let beside = Beside::new(&seen, of_mesh, missing, &damage);
        let errors = seen.peers.iter().flat_map(|peer| &peer.local).filter(|finding| finding.is_error()).count();
        Ok(Told { seen, beside, errors })
    }

    /// Rounds until all are ready, or the time is over. What is laid out meanwhile is seen.
    fn wait(
        &self,
        first: Told,
        time: Duration,
        again: &dyn Fn() -> Result<Told, Failure>,
        probe: &dyn Fn(Told, (Duration, Duration)) -> Result<Round, Failure>,
    ) -> Result<Round, Failure> {
        let began = Instant::now();
        let left = || time.saturating_sub(began.elapsed());
        let (timeout, every) = (Duration::from_secs(self.timeout), Duration::from_secs(self.every));
        // The last round has some time of its own.
        let reserve = timeout.min(every).min(time / 4);
        let (mut told, mut said) = (first, String::new());
        loop {
            let empty = told.seen.peers.is_empty();
            let limits = (timeout.min(left()).max(Duration::from_secs(1)), left().min(Duration::from_secs(self.heartbeat)));
            let round = probe(told, limits)?;
            let over = left() <= reserve;
            if !empty && (round.ready() || over) {
                return Ok(round);
            }
            if over {
                return Err(self.empty());
            }
            let text = if empty { "no config of a remote cluster yet".to_owned() } else { not_yet(&round) };
            if text != said && !self.quiet {
                let _ = writeln!(io::stderr(), "{text}");
                said = text;
            }
            std::thread::sleep(left().saturating_sub(reserve).min(every));
            told = again()?;
        }
    }

    /// Rounds for ever: the first in full, then what changes. Files are read anew, as agents do.
    fn watch(
        &self,
        first: Told,
        again: &dyn Fn() -> Result<Told, Failure>,
        probe: &dyn Fn(Told) -> Result<Round, Failure>,
        clock: &Clock,
    ) -> Result<Exit, Failure> {
        let (mut told, mut before): (_, Option<State>) = (first, None);
        loop {
            let mut round = probe(told)?;
            let state = round.state();
            for link in &mut round.links {
                let was = before.as_ref().and_then(|(links, _)| links.get(&link.cluster));
                if was.is_some_and(|(verdict, _, _)| verdict == probe_text::READY) {
                    link.findings.extend(Prober::went_away(link));
                }
            }
            match (self.format, &before) {
                (ProbeFormat::Json, _) => {
                    probe_json::line(&mut io::stdout().lock(), &round, clock.now()).map_err(Failure::Stdout)?;
                }
                (_, None) => self.report(&round, clock)?,
                (_, Some(before)) => {
                    let at = clock.now().replace_nanosecond(0).unwrap_or(clock.now()).format(&Rfc3339).unwrap_or_default();
                    let mut out = io::stdout().lock();
                    for line in changes(&round, before, &state) {
                        writeln!(out, "{at} {line}").map_err(Failure::Stdout)?;
                    }
                }
            }
            io::stdout().flush().map_err(Failure::Stdout)?;
            before = Some(state);
            std::thread::sleep(Duration::from_secs(self.every));
            told = again()?;
        }
    }

    fn report(&self, round: &Round, clock: &Clock) -> Result<(), Failure> {
        let (out, now) = (&mut io::stdout().lock(), clock.now());
        match self.format {
            ProbeFormat::Text => {
                let path = self.path.display().to_string();
                probe_text::print(out, &path, &round.links, &round.beside.findings, now, self.quiet)
            }
            ProbeFormat::Json => probe_json::print(out, round, now),
            ProbeFormat::Prometheus => probe_prometheus::print(out, round),
        }
        .map_err(Failure::Stdout)
    }
}

fn links(prober: &Prober, quiet: bool) -> Vec<Link> {
    let bar = Bar::new(quiet);
    bar.begin("links", prober.links());
    let links = prober.round(&|| bar.advance());
    bar.done();
    links
}

/// Who is not ready.
fn not_yet(round: &Round) -> String {
    let missing = round.links.iter().filter_map(|link| Some(format!("{} ({})", link.cluster, link.cause()?.code)));
    let ready = round.links.iter().filter(|link| link.ready()).count();
    let beside = round.beside.findings.iter().filter(|one| one.is_error()).map(|one| format!("{} {}", one.code, one.message));
    let shown: Vec<_> = missing.chain(beside).collect();
    format!("{ready} of {} links ready, not yet: {}", round.links.len(), shown.join(", "))
}

/// What is another than before, a line each.
fn changes(round: &Round, before: &State, now: &State) -> Vec<String> {
    let other = round.links.iter().filter(|link| before.0.get(&link.cluster) != now.0.get(&link.cluster));
    let mut lines: Vec<_> = other.map(probe_text::change).collect();
    let gone = before.0.keys().filter(|cluster| !now.0.contains_key(*cluster));
    lines.extend(gone.map(|cluster| format!("{cluster}: its config is gone")));
    lines.extend(now.1.difference(&before.1).map(|(code, message)| format!("{code} {message}")));
    lines.extend(before.1.difference(&now.1).map(|(code, message)| format!("no longer: {code} {message}")));
    lines
}
