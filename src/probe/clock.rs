//! The clock of a probe: its start, and the time since then.

use std::time::Instant;

use time::OffsetDateTime;

/// A clock that was set once. `cli` reads the system's clock, so that tests can run a probe at any time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    at: OffsetDateTime,
    since: Instant,
}

impl Clock {
    /// A clock that shows `at`, and runs.
    pub fn starting(at: OffsetDateTime) -> Self {
        Self { at, since: Instant::now() }
    }

    /// The current time.
    pub fn now(&self) -> OffsetDateTime {
        self.at + self.since.elapsed()
    }
}
