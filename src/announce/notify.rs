//! Reports to systemd (`sd_notify(3)`), if it has started this process. Nothing else depends on it.

use std::time::Duration;

use sd_notify::NotifyState;

/// systemd's watchdog, which expects regular reports.
#[derive(Clone, Copy)]
pub(super) struct Watchdog {
    allowed: Option<Duration>,
}

impl Watchdog {
    /// The watchdog that the environment sets (`WATCHDOG_USEC`).
    pub(super) fn new() -> Self {
        Self { allowed: sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero()) }
    }

    /// The interval of the reports: half of the time allowed, as `sd_watchdog_enabled(3)` recommends.
    pub(super) fn every(self) -> Option<Duration> {
        self.allowed.map(|allowed| (allowed / 2).max(Duration::from_millis(10)))
    }

    /// Reports that the process is alive.
    pub(super) fn alive(self) {
        if self.allowed.is_some() {
            send(&[NotifyState::Watchdog]);
        }
    }
}

/// Reports the state as text.
pub(super) fn status(words: &str) {
    send(&[NotifyState::Status(words)]);
}

/// Reports that the service announces or stands by.
pub(super) fn ready(words: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(words)]);
}

/// Reports that the service stops.
pub(super) fn stopping(words: &str) {
    send(&[NotifyState::Stopping, NotifyState::Status(words)]);
}

/// Errors are ignored: the service works without a service manager.
fn send(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
