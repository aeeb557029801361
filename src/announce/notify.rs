//! What systemd is told (`sd_notify(3)`), where it has started us. Nobody else hears it, and nothing depends on it.

use std::time::Duration;

use sd_notify::NotifyState;

/// What systemd wants to hear from whoever lives.
#[derive(Clone, Copy)]
pub(super) struct Watchdog {
    allowed: Option<Duration>,
}

impl Watchdog {
    /// As the environment has it (`WATCHDOG_USEC`).
    pub(super) fn new() -> Self {
        Self { allowed: sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero()) }
    }

    /// The time after which to tell that we live: half of what is allowed, as `sd_watchdog_enabled(3)` has it.
    pub(super) fn every(self) -> Option<Duration> {
        self.allowed.map(|allowed| (allowed / 2).max(Duration::from_millis(10)))
    }

    /// We live.
    pub(super) fn alive(self) {
        if self.allowed.is_some() {
            send(&[NotifyState::Watchdog]);
        }
    }
}

/// Our state in words.
pub(super) fn status(words: &str) {
    send(&[NotifyState::Status(words)]);
}

/// We do what we are for.
pub(super) fn ready(words: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(words)]);
}

/// We were asked to stop.
pub(super) fn stopping(words: &str) {
    send(&[NotifyState::Stopping, NotifyState::Status(words)]);
}

/// A service manager that does not listen is none of our troubles.
fn send(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
