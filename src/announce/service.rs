//! The service: runs rounds until it is stopped, prints a line for each change of state, and reports to systemd.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::etcd::printable;

use super::announcement::Announcement;
use super::decision::AnnouncerRole;
use super::memory::{AnnouncerMemory, Now};
use super::notify::{self, Watchdog};
use super::round::Round;
use super::session::{EtcdSource, Session, Trouble};
use super::state::AnnouncerState;

/// How often the keys are read: two small requests.
pub(super) const POLL: Duration = Duration::from_secs(10);
/// Pauses between failed attempts, in seconds; then [`POLL`].
const BACKOFF: [u64; 4] = [1, 2, 4, 8];
/// The time limit for all requests of a round.
const ANSWER: Duration = Duration::from_secs(10);
/// How often a round that lost to another writer is repeated at once.
const RACES: usize = 3;

/// Announces until it is stopped by SIGTERM or SIGINT. `say` gets each line; `now` reads the system's clock.
///
/// It leaves both keys to their lease. Revoking it would remove them at once, and every restart would cut all links. This way the
/// next announcer has two minutes for the heartbeat and fifteen for the cluster-config, and agents do not notice a restart.
///
/// # Errors
/// If the runtime or the signal handlers cannot be created.
pub fn run(
    announcement: &Announcement,
    source: &EtcdSource<'_>,
    now: &dyn Fn() -> OffsetDateTime,
    say: &dyn Fn(&str),
) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    let clocks = || Now { run: began.elapsed(), wall: now() };
    let session = Session::new(source, now);
    let mut service = Service {
        announcement,
        session,
        memory: AnnouncerMemory::default(),
        now: &clocks,
        say,
        watchdog: Watchdog::new(),
        state: None,
        ready: false,
    };
    runtime.block_on(async {
        let mut signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
        say(&format!("started to announce {}", announcement.shown()));
        let mut forever = pin!(service.forever());
        poll_fn(|context| match forever.as_mut().poll(context) {
            Poll::Ready(never) => match never {},
            Poll::Pending if signals.iter_mut().any(|signal| has_arrived(signal, context)) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        })
        .await;
        let line = "stopped; the keys stay until their lease expires";
        notify::stopping(line);
        say(line);
        Ok(())
    })
}

fn has_arrived(signal: &mut Signal, context: &mut std::task::Context<'_>) -> bool {
    matches!(signal.poll_recv(context), Poll::Ready(Some(())))
}

struct Service<'a> {
    announcement: &'a Announcement,
    session: Session<'a>,
    memory: AnnouncerMemory,
    now: &'a dyn Fn() -> Now,
    say: &'a dyn Fn(&str),
    watchdog: Watchdog,
    state: Option<AnnouncerState>,
    ready: bool,
}

impl Service<'_> {
    async fn forever(&mut self) -> Infallible {
        let (watchdog, mut failures) = (self.watchdog, 0);
        loop {
            let well = with_watchdog(watchdog, self.round()).await;
            let pause = if well {
                failures = 0;
                self.memory.rest((self.now)()).clamp(Duration::from_secs(1), POLL)
            } else {
                failures += 1;
                BACKOFF.get(failures - 1).map_or(POLL, |seconds| Duration::from_secs(*seconds))
            };
            watchdog.alive();
            with_watchdog(watchdog, sleep(pause)).await;
        }
    }

    /// Runs one round, over a new connection if needed. Returns whether the etcd has answered.
    async fn round(&mut self) -> bool {
        // The cause of a broken connection may be gone: only the error of a new one is reported.
        let old = self.session.is_open();
        let mut result = self.run_round().await;
        if old && !self.session.is_open() {
            result = self.run_round().await;
        }
        let answered = result.is_ok();
        let state = result.unwrap_or_else(AnnouncerState::Cannot);
        self.report_state(state);
        answered
    }

    async fn run_round(&mut self) -> Result<AnnouncerState, Trouble> {
        let open = self.session.open().await?;
        let round = Round { open: &open, announcement: self.announcement, now: self.now };
        let rounds = async {
            let mut races = 0;
            loop {
                let done = round.run(&mut self.memory).await?;
                done.lines.iter().for_each(|line| (self.say)(line));
                races += 1;
                if !done.again || races == RACES {
                    return Ok(done.role);
                }
            }
        };
        match timeout(ANSWER, rounds).await {
            Ok(Ok(role)) => Ok(self.state(role)),
            // The etcd knows the user by this connection's certificate, which may have been replaced since.
            Ok(Err(trouble)) => {
                self.session.drop_connection();
                Err(trouble)
            }
            Err(_) => {
                self.session.drop_connection();
                Err(open.late(ANSWER))
            }
        }
    }

    fn state(&self, role: AnnouncerRole) -> AnnouncerState {
        let what = self.announcement.shown();
        match role {
            AnnouncerRole::Active => AnnouncerState::Announcing { what },
            AnnouncerRole::Standby => AnnouncerState::StandingBy { what },
            AnnouncerRole::Wrong(why) => AnnouncerState::Wrong { why, what },
        }
    }

    /// Reports a state that differs from the one before.
    fn report_state(&mut self, state: AnnouncerState) {
        if self.state.as_ref().is_some_and(|before| before.is_like(&state)) {
            return;
        }
        let line = printable(&state.describe(self.state.as_ref()));
        (self.say)(&line);
        if state.is_well() && !self.ready {
            self.ready = true;
            notify::ready(&line);
        } else {
            notify::status(&line);
        }
        self.state = Some(state);
    }
}

/// Waits for `future`, and reports to systemd meanwhile. Each request and each pause has a limit, so reports stop only if the
/// process hangs, which a restart fixes. An etcd that is down does not concern the watchdog.
async fn with_watchdog<F: Future>(watchdog: Watchdog, future: F) -> F::Output {
    let Some(every) = watchdog.every() else { return future.await };
    let mut future = pin!(future);
    loop {
        match timeout(every, future.as_mut()).await {
            Ok(output) => return output,
            Err(_) => watchdog.alive(),
        }
    }
}
