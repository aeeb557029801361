//! `probe`: does every link work, from this node, now?

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::diag::Diagnostic;
use crate::generate::Progress;
use crate::probe::{Clock, Link, Prober, Settings};
use crate::spec::CiliumVersion;
use crate::verify::{Seen, View, compare, inspect};

use super::bar::Bar;
use super::expected::{cluster_of, expected};
use super::look::Look;
use super::subject::{Found, read};
use super::{Exit, Failure, clock, probe_json, probe_prometheus, probe_text};

/// Try every link from this node: name, TCP, TLS, etcd, rights, cluster-config, heartbeat
#[derive(clap::Args)]
#[command(after_help = "\
It only reads, and nothing of what the agents write. One verdict for each remote cluster: ready, or the first cause.

Examples:
  meshbundle probe /var/lib/clustermesh
  meshbundle probe node1.tar.gz --mesh mesh.yaml          before it is installed
  meshbundle probe /var/lib/clustermesh --wait 600        in a roll-out: until all links are ready
  meshbundle probe /var/lib/clustermesh --watch           until interrupted: each change in a line
  meshbundle probe /var/lib/clustermesh --format prometheus >meshbundle.prom

Exit status: 0 all links ready, 1 some are not, 2 usage, or nothing could be tried.")]
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
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    format: ProbeFormat,
}

/// What is known before anything is dialled.
struct Told {
    version: CiliumVersion,
    seen: Seen,
    /// Links that the mesh has and the folder has not, and the other way round.
    beside: Vec<Diagnostic>,
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
        let now = clock::now()?;
        let Told { version, seen, beside } = self.look(now)?;
        if seen.peers.is_empty() {
            return Err(Failure::Usage(format!("`{}` holds no config of a remote cluster", self.path.display())));
        }
        let clock = Clock::starting(now);
        let settings = Settings {
            version,
            timeout: Duration::from_secs(self.timeout),
            heartbeat: Duration::from_secs(self.heartbeat),
            clock,
        };
        let prober = Prober::new(seen.peers, seen.own, settings).map_err(Failure::File)?;
        let bound = prober.bound();
        let _ = writeln!(
            io::stderr(),
            "probing {}: at most {} s, and {} s more where a heartbeat has to be awaited",
            if prober.links() == 1 { "1 link".to_owned() } else { format!("{} links", prober.links()) },
            bound.answers.as_secs(),
            bound.heartbeat.as_secs(),
        );
        if self.watch {
            return self.watch(&prober, &beside, &clock);
        }
        let links = match self.wait {
            Some(seconds) => self.wait(&prober, Duration::from_secs(seconds)),
            None => round(&prober, settings.heartbeat),
        };
        self.report(&links, &beside, &clock)?;
        let ready = links.iter().all(Link::ready) && !beside.iter().any(Diagnostic::is_error);
        Ok(if ready { Exit::Clean } else { Exit::Findings })
    }

    /// The remote clusters as agents would see them, with what the mesh says of them.
    fn look(&self, now: OffsetDateTime) -> Result<Told, Failure> {
        let (version, loaded) = self.look.load(now)?;
        // A folder of this node's agent, wherever it is, and whatever files outside of it its configs name.
        let here = Path::new("/");
        let Found::Subject(subject, damage) = read(&self.path, self.look.root.as_deref(), Some(here))? else {
            return Err(Failure::Usage(format!("`{}` is a certificate: name a folder or a bundle", self.path.display())));
        };
        let mut seen = inspect(&subject, &View { version, now });
        let local = seen.findings.iter().chain(&damage).filter(|finding| finding.is_error()).count();
        if local > 0 {
            let path = self.path.display();
            let _ = writeln!(io::stderr(), "{local} errors in the files themselves: `meshbundle verify {path}` tells them");
        }
        let mut beside = Vec::new();
        if let Some(loaded) = &loaded {
            let mesh = loaded.sound()?;
            let cluster = cluster_of(mesh, &seen, self.look.cluster.as_deref())?;
            let expected = expected(mesh, cluster);
            beside = compare(&seen, &expected);
            for peer in &mut seen.peers {
                peer.id = expected.links.iter().find(|link| link.remote == peer.name).map(|link| link.id).or(peer.id);
            }
            seen.own.name.get_or_insert(expected.cluster);
            seen.own.id.get_or_insert(expected.id);
            seen.own.max_connected_clusters = seen.own.max_connected_clusters.or(cluster.cilium.max_connected_clusters);
        }
        Ok(Told { version, seen, beside })
    }

    /// Rounds until all are ready, or the time is over.
    fn wait(&self, prober: &Prober, time: Duration) -> Vec<Link> {
        let began = Instant::now();
        let mut told = String::new();
        loop {
            let left = time.saturating_sub(began.elapsed());
            let links = round(prober, left.min(Duration::from_secs(self.heartbeat)));
            let missing: Vec<_> = links.iter().filter_map(|link| Some((link, link.cause()?))).collect();
            let left = time.saturating_sub(began.elapsed());
            if missing.is_empty() || left.is_zero() {
                return links;
            }
            let shown: Vec<_> = missing.iter().map(|(link, cause)| format!("{} ({})", link.cluster, cause.code)).collect();
            let text = format!("{} of {} links ready, not yet: {}", links.len() - missing.len(), links.len(), shown.join(", "));
            if text != told {
                let _ = writeln!(io::stderr(), "{text}");
                told = text;
            }
            std::thread::sleep(left.min(Duration::from_secs(self.every)));
        }
    }

    /// Rounds for ever: the first in full, then what changes.
    fn watch(&self, prober: &Prober, beside: &[Diagnostic], clock: &Clock) -> Result<Exit, Failure> {
        let mut before: BTreeMap<String, String> = BTreeMap::new();
        loop {
            let mut links = round(prober, Duration::from_secs(self.heartbeat));
            let states: BTreeMap<_, _> = links.iter().map(|link| (link.cluster.clone(), probe_text::verdict(link))).collect();
            let first = before.is_empty();
            for link in &mut links {
                if before.get(&link.cluster).is_some_and(|before| before == probe_text::READY) {
                    link.findings.extend(Prober::went_away(link));
                }
            }
            match self.format {
                ProbeFormat::Json => {
                    probe_json::line(&mut io::stdout().lock(), &links, beside, clock.now()).map_err(Failure::Stdout)?;
                }
                _ if first => self.report(&links, beside, clock)?,
                _ => {
                    let at = clock.now().replace_nanosecond(0).unwrap_or(clock.now()).format(&Rfc3339).unwrap_or_default();
                    let changed = links.iter().filter(|link| before.get(&link.cluster) != states.get(&link.cluster));
                    let mut out = io::stdout().lock();
                    for link in changed {
                        writeln!(out, "{at} {}", probe_text::change(link)).map_err(Failure::Stdout)?;
                    }
                }
            }
            io::stdout().flush().map_err(Failure::Stdout)?;
            before = states;
            std::thread::sleep(Duration::from_secs(self.every));
        }
    }

    fn report(&self, links: &[Link], beside: &[Diagnostic], clock: &Clock) -> Result<(), Failure> {
        let (out, now) = (&mut io::stdout().lock(), clock.now());
        match self.format {
            ProbeFormat::Text => probe_text::print(out, &self.path.display().to_string(), links, beside, now),
            ProbeFormat::Json => probe_json::print(out, links, beside, now),
            ProbeFormat::Prometheus => probe_prometheus::print(out, links),
        }
        .map_err(Failure::Stdout)
    }
}

fn round(prober: &Prober, patience: Duration) -> Vec<Link> {
    let bar = Bar::new();
    bar.begin("links", prober.links());
    let links = prober.round(patience, &|| bar.advance());
    bar.done();
    links
}
