//! What systemd is told (sd_notify(3)), where it has started us. Nobody else hears it, and nothing depends on it.

use std::time::Duration;

use sd_notify::NotifyState;

/// The way to the service manager.
pub(super) struct Notify {
    /// How often it wants to hear that we live.
    watchdog: Option<Duration>,
}

impl Notify {
    pub(super) fn new() -> Self {
        Self { watchdog: sd_notify::watchdog_enabled().filter(|allowed| !allowed.is_zero()) }
    }

    /// The time after which to tell that we live: half of what is allowed, as sd_watchdog_enabled(3) has it.
    pub(super) fn every(&self) -> Option<Duration> {
        self.watchdog.map(|allowed| (allowed / 2).max(Duration::from_millis(10)))
    }

    pub(super) fn status(&self, words: &str) {
        tell(&[NotifyState::Status(words)]);
    }

    pub(super) fn ready(&self, words: &str) {
        tell(&[NotifyState::Ready, NotifyState::Status(words)]);
    }

    /// Only while somebody listens for it.
    pub(super) fn alive(&self) {
        if self.watchdog.is_some() {
            tell(&[NotifyState::Watchdog]);
        }
    }

    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("stopping: the keys stay until their lease ends")]);
    }
}

/// A service manager that does not listen is none of our troubles.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}
