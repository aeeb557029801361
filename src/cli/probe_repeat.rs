//! `probe --wait` and `--watch`: rounds. Files are read anew in each, as agents do, and a directory that is not there is waited for.

use std::io::Write;
use std::time::{Duration, Instant};

use time::format_description::well_known::Rfc3339;

use crate::probe::Prober;
use crate::report::{READY, RoundReport, RoundState, change};

use super::probe::{InspectedLinks, Limits, ProbeFormat, ProbeRun};
use super::{Exit, Failure, out};

/// A round waits no longer for a heartbeat: the next one sees whether it has moved.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What there is to try.
enum FoundLinks {
    Links(Box<InspectedLinks>),
    /// Nothing yet, or just now: why.
    Nothing(String),
}

/// Lines on stderr that say why nothing happens, each once.
struct Voice {
    quiet: bool,
    last: String,
}

impl Voice {
    fn new(quiet: bool) -> Self {
        Self { quiet, last: String::new() }
    }

    fn print_status(&mut self, text: &str) {
        if !self.quiet && text != self.last {
            let _ = writeln!(out::stderr(), "{text}");
            text.clone_into(&mut self.last);
        }
    }
}

impl ProbeRun<'_> {
    /// What is there. While it is replaced, a directory may be absent, or not be whole.
    fn find(&self) -> Result<FoundLinks, Failure> {
        match self.look() {
            Ok(inspected) if inspected.seen.peers.is_empty() => {
                Ok(FoundLinks::Nothing("no config of a remote cluster yet".to_owned()))
            }
            Ok(inspected) => Ok(FoundLinks::Links(Box::new(inspected))),
            Err(Failure::Missing { path, .. }) => Ok(FoundLinks::Nothing(format!("`{path}` is not there"))),
            Err(Failure::File(error)) => Ok(FoundLinks::Nothing(error.to_string())),
            Err(other) => Err(other),
        }
    }

    /// The limits of one of many rounds.
    fn limits(&self) -> Limits {
        let Limits { timeout, heartbeat } = self.words.limits();
        Limits { timeout, heartbeat: heartbeat.min(self.words.every()).min(HEARTBEAT) }
    }

    /// Rounds until all are ready, or the time is over. What is installed meanwhile is seen.
    pub(super) fn wait(&self, time: Duration) -> Result<RoundReport, Failure> {
        let began = Instant::now();
        let left = || time.saturating_sub(began.elapsed());
        let every = self.words.every();
        // The last round has some time of its own.
        let reserve = self.words.limits().timeout.min(every).min(time / 4);
        let (mut voice, mut announced) = (Voice::new(self.words.quiet), false);
        loop {
            let found = self.find()?;
            let over = left() <= reserve;
            match found {
                FoundLinks::Nothing(_) if over => return Err(self.empty()),
                FoundLinks::Nothing(why) => voice.print_status(&why),
                FoundLinks::Links(inspected) => {
                    if !std::mem::replace(&mut announced, true) {
                        self.announce(&inspected);
                    }
                    let Limits { timeout, heartbeat } = self.limits();
                    let timeout = timeout.min(left()).max(Duration::from_secs(1));
                    let round = self.round(*inspected, Limits { timeout, heartbeat: heartbeat.min(left()) })?;
                    if round.ready() || over {
                        return Ok(round);
                    }
                    voice.print_status(&not_yet(&round));
                }
            }
            std::thread::sleep(left().saturating_sub(reserve).min(every));
        }
    }

    /// Rounds until interrupted: the first in full, then what changes.
    pub(super) fn watch(&self) -> Result<Exit, Failure> {
        let (mut voice, mut before): (_, Option<RoundState>) = (Voice::new(self.words.quiet), None);
        loop {
            match self.find()? {
                FoundLinks::Nothing(why) => voice.print_status(&why),
                FoundLinks::Links(inspected) => {
                    voice.last.clear();
                    if before.is_none() {
                        self.announce(&inspected);
                    }
                    before = Some(self.watched(*inspected, before.as_ref())?);
                }
            }
            std::thread::sleep(self.words.every());
        }
    }

    fn watched(&self, inspected: InspectedLinks, before: Option<&RoundState>) -> Result<RoundState, Failure> {
        let mut round = self.round(inspected, self.limits())?;
        let state = round.state();
        for link in &mut round.links {
            let was = before.and_then(|(links, _)| links.get(&link.cluster));
            if was.is_some_and(|(verdict, _, _)| verdict == READY) {
                link.findings.extend(Prober::went_away(link));
            }
        }
        let now = self.clock.now();
        match (self.words.format, before) {
            (ProbeFormat::Json, _) => self.line(&round)?,
            (_, None) => self.report(&round, now)?,
            (_, Some(before)) => {
                let at = now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
                let mut out = out::stdout();
                for line in changes(&round, before, &state) {
                    writeln!(out, "{at} {line}").map_err(Failure::Stdout)?;
                }
            }
        }
        out::stdout().flush().map_err(Failure::Stdout)?;
        Ok(state)
    }
}

/// Which links are not ready.
fn not_yet(round: &RoundReport) -> String {
    let missing = round.links.iter().filter_map(|link| Some(format!("{} ({})", link.cluster, link.cause()?.code)));
    let ready = round.links.iter().filter(|link| link.ready()).count();
    let beside = round.beside.findings.iter().filter(|one| one.is_error()).map(|one| format!("{} {}", one.code, one.message));
    let shown: Vec<_> = missing.chain(beside).collect();
    format!("{ready} of {} links ready, not yet: {}", round.links.len(), shown.join(", "))
}

/// What has changed, a line each.
fn changes(round: &RoundReport, before: &RoundState, now: &RoundState) -> Vec<String> {
    let other = round.links.iter().filter(|link| before.0.get(&link.cluster) != now.0.get(&link.cluster));
    let mut lines: Vec<_> = other.map(change).collect();
    let gone = before.0.keys().filter(|cluster| !now.0.contains_key(*cluster));
    lines.extend(gone.map(|cluster| format!("{cluster}: its config is gone")));
    lines.extend(now.1.difference(&before.1).map(|(code, message)| format!("{code} {message}")));
    lines.extend(before.1.difference(&now.1).map(|(code, message)| format!("no longer: {code} {message}")));
    lines
}
