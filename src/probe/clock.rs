//! Now, while a probe goes on: the time it began at, and what has gone by since.

use std::time::Instant;

use time::OffsetDateTime;

/// A clock that was set once. The system's own is read in `cli`, so that a probe can be played at any time.
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

    /// What it shows.
    pub fn now(&self) -> OffsetDateTime {
        self.at + self.since.elapsed()
    }
}
