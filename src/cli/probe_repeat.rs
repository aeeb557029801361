//! `probe --wait` and `--watch`: rounds. Files are read anew in each, as agents do, and a directory that is not there is waited for.

use std::io::Write;
use std::time::{Duration, Instant};

use time::format_description::well_known::Rfc3339;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::probe::Prober;
use crate::report::{READY, RoundReport, RoundState, change};

use super::probe::{InspectedLinks, Limits, ProbeFormat, ProbeRun};
use super::{Exit, Failure, out};

/// A round waits no longer for a heartbeat: the next one sees whether it has moved.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What there is to try.
enum FoundLinks {
    Links(Box<InspectedLinks>),
    /// There is nothing to try yet, or at the moment: why.
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
    /// What is there. While it is replaced, a directory may be absent, or not be whole; at the `first` look, a path that is no
    /// directory is a slip on the command line.
    fn find(&self, first: bool) -> Result<FoundLinks, Failure> {
        match self.look() {
            Ok(inspected) if inspected.is_empty() => Ok(FoundLinks::Nothing(self.no_config())),
            Ok(inspected) => Ok(FoundLinks::Links(Box::new(inspected))),
            Err(Failure::Missing { path, .. }) => Ok(FoundLinks::Nothing(format!("`{path}` is not there"))),
            Err(Failure::File(error)) => Ok(FoundLinks::Nothing(error.to_string())),
            Err(Failure::Input(why)) if !first => Ok(FoundLinks::Nothing(why.lines().next().unwrap_or_default().to_owned())),
            Err(other) => Err(other),
        }
    }

    /// The limits of one of many rounds.
    fn limits(&self) -> Limits {
        Limits { heartbeat: self.words.every().min(HEARTBEAT), ..self.words.limits() }
    }

    /// Rounds until all are ready, or the time is over. What is installed meanwhile is seen.
    pub(super) fn wait(&self, time: Duration) -> Result<RoundReport, Failure> {
        let began = Instant::now();
        let left = || time.saturating_sub(began.elapsed());
        let every = self.words.every();
        // The last round has some time of its own.
        let reserve = self.words.limits().timeout.min(every).min(time / 4);
        let (mut voice, mut announced, mut first) = (Voice::new(self.words.quiet), false, true);
        loop {
            let found = self.find(std::mem::take(&mut first))?;
            let over = left() <= reserve;
            match found {
                FoundLinks::Nothing(why) if over => return Err(self.empty(&why)),
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

    /// Rounds until interrupted: the first with links in full, then what changes.
    pub(super) fn watch(&self) -> Result<Exit, Failure> {
        let (mut before, mut listed): (Option<RoundState>, _) = (None, false);
        loop {
            let round = match self.find(before.is_none())? {
                FoundLinks::Nothing(why) => self.without_links(why),
                FoundLinks::Links(inspected) => {
                    if !listed {
                        self.announce(&inspected);
                    }
                    self.round(*inspected, self.limits())?
                }
            };
            let full = !listed && !round.links.is_empty();
            listed |= full;
            before = Some(self.watched(round, &before.unwrap_or_default(), full)?);
            std::thread::sleep(self.words.every());
        }
    }

    /// A round with nothing to try. Agents have no link, so it is a failure.
    fn without_links(&self, why: String) -> RoundReport {
        let place = FilePlace::whole(self.path.display().to_string());
        let finding = Diagnostic::of_file(Code::NothingToProbe, place, why);
        RoundReport::without_links(
            finding.help("install the bundle, or name the directory that agents watch"),
            &self.words.remote,
        )
    }

    /// Prints a round: as a line of JSON, in `full`, or what differs from the one `before`.
    fn watched(&self, mut round: RoundReport, before: &RoundState, full: bool) -> Result<RoundState, Failure> {
        let state = round.state();
        for link in &mut round.links {
            if before.0.get(&link.cluster).is_some_and(|(verdict, _, _)| verdict == READY) {
                link.findings.extend(Prober::went_away(link));
            }
        }
        let now = self.clock.now();
        if self.words.format == ProbeFormat::Prometheus {
            self.metrics(&round)?;
        } else if self.words.format == ProbeFormat::Json {
            self.line(&round)?;
        } else {
            let at = now.replace_nanosecond(0).unwrap_or(now).format(&Rfc3339).unwrap_or_default();
            let mut out = out::stdout();
            for line in changes(&round, before, &state, full) {
                writeln!(out, "{at} {line}").map_err(Failure::Stdout)?;
            }
            drop(out);
            if full {
                self.report(&round, now)?;
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

/// What has changed, a line each. What a report in `full` says is not repeated.
fn changes(round: &RoundReport, before: &RoundState, now: &RoundState, full: bool) -> Vec<String> {
    let mut lines: Vec<_> = before.1.difference(&now.1).map(|(code, message)| format!("resolved: {code} {message}")).collect();
    if full {
        return lines;
    }
    lines.extend(round.links.iter().filter(|link| before.0.get(&link.cluster) != now.0.get(&link.cluster)).map(change));
    // If there is nothing at all, one line says so.
    let gone = before.0.keys().filter(|cluster| !now.0.is_empty() && !now.0.contains_key(*cluster));
    lines.extend(gone.map(|cluster| format!("{cluster}: its config is gone")));
    lines.extend(now.1.difference(&before.1).map(|(code, message)| format!("{code} {message}")));
    lines
}
