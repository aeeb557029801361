//! A heartbeat's value and the time since its last write -> whether agents stay ready, for `probe` and `announce --check`.
//!
//! Agents rely on watch events, never on the value: after two minutes without one they close the connection (statusChecker in
//! pkg/kvstore/etcd.go of cilium/cilium). The value is by its writer's clock, which may be wrong. So a recent value counts as ready,
//! but an old one is no proof that the heartbeat has stopped: only watching shows that.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::mesh::keyspace::HEARTBEAT_PATIENCE;

/// It is written every minute; a few seconds more for its writer.
const FRESH: time::Duration = time::Duration::seconds(65);
/// A value may be this far ahead of our clock.
const AHEAD: time::Duration = time::Duration::seconds(5);
/// meshbundle reports a larger difference between two clocks.
const CLOCKS: time::Duration = time::Duration::seconds(30);

/// The time that a heartbeat holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heartbeat {
    /// The time in the value, if it is one.
    pub value: Option<OffsetDateTime>,
    /// Its age by our clock in seconds when it was read; negative if it is ahead.
    pub age: Option<i64>,
}

/// What is known of a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulse {
    /// It was written so lately that agents stay ready.
    Beating,
    /// It was not watched for long enough to know. This never counts as ready.
    Unknown,
    /// It was not written while it was watched, for as long as agents wait.
    Stopped,
}

impl Heartbeat {
    /// Reads a value at `now`.
    pub fn read(value: &[u8], now: OffsetDateTime) -> Self {
        let value = OffsetDateTime::parse(String::from_utf8_lossy(value).trim(), &Rfc3339).ok();
        Self { value, age: value.map(|value| (now - value).whole_seconds()) }
    }

    /// The pulse of a value that has not been written for `watched`, the time since it was read.
    pub fn pulse(&self, watched: Duration) -> Pulse {
        let watched = time::Duration::try_from(watched).unwrap_or(time::Duration::MAX);
        // A value from the future says nothing about when it was written.
        let age = self.age.map(time::Duration::seconds).filter(|age| *age >= -AHEAD);
        let recent = age.is_some_and(|age| age.max(time::Duration::ZERO).saturating_add(watched) <= FRESH);
        if recent {
            Pulse::Beating
        } else if watched >= HEARTBEAT_PATIENCE {
            Pulse::Stopped
        } else {
            Pulse::Unknown
        }
    }

    /// The pulse when the last write was seen `since` ago: only the local clock counts.
    pub fn after_write(since: Duration) -> Pulse {
        if since < HEARTBEAT_PATIENCE { Pulse::Beating } else { Pulse::Stopped }
    }

    /// The seconds between the writer's clock and ours, of a value that was just written, if they matter.
    pub fn clocks_differ(&self) -> Option<i64> {
        self.age.filter(|age| age.abs() > CLOCKS.whole_seconds())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::{Heartbeat, Pulse};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

    fn pulse(text: &str, watched: u64) -> Pulse {
        Heartbeat::read(text.as_bytes(), NOW).pulse(Duration::from_secs(watched))
    }

    #[test]
    fn a_heartbeat_is_judged_by_its_age_and_the_time_waited() {
        assert_eq!(pulse("2026-11-21T11:59:00Z", 0), Pulse::Beating);
        assert_eq!(pulse("2026-11-21T13:59:30.123456789+02:00", 30), Pulse::Beating);
        assert_eq!(pulse("2026-11-21T11:59:00Z", 10), Pulse::Unknown);
        // It stopped 100 s ago, or its writer's clock is slow: neither 10 s nor 40 s of waiting make it ready.
        assert_eq!(pulse("2026-11-21T11:58:20Z", 0), Pulse::Unknown);
        assert_eq!(pulse("2026-11-21T11:58:20Z", 10), Pulse::Unknown);
        assert_eq!(pulse("2026-11-21T11:58:20Z", 40), Pulse::Unknown);
    }

    #[test]
    fn a_heartbeat_of_a_slow_clock_is_not_dead_before_it_was_watched() {
        for text in ["2026-11-21T11:57:00Z", "2026-11-20T12:00:00Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(pulse(text, 0), Pulse::Unknown, "{text}");
            assert_eq!(pulse(text, 119), Pulse::Unknown, "{text}");
            assert_eq!(pulse(text, 120), Pulse::Stopped, "{text}");
        }
    }

    #[test]
    fn a_heartbeat_of_the_future_is_never_ready_by_its_date() {
        assert_eq!(pulse("2026-11-21T12:00:04Z", 0), Pulse::Beating);
        for text in ["2026-11-21T12:00:30Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon", ""] {
            assert_eq!(pulse(text, 0), Pulse::Unknown, "{text}");
            assert_eq!(pulse(text, 119), Pulse::Unknown, "{text}");
            assert_eq!(pulse(text, 120), Pulse::Stopped, "{text}");
        }
        assert_eq!(pulse("2026-11-21T11:59:00Z", u64::MAX), Pulse::Stopped);
    }

    #[test]
    fn a_write_that_was_seen_counts_for_as_long_as_agents_wait() {
        assert_eq!(Heartbeat::after_write(Duration::from_secs(119)), Pulse::Beating);
        assert_eq!(Heartbeat::after_write(Duration::from_secs(120)), Pulse::Stopped);
    }

    #[test]
    fn clocks_may_differ_by_half_a_minute() {
        let differ = |text: &str| Heartbeat::read(text.as_bytes(), NOW).clocks_differ();
        assert_eq!(differ("2026-11-21T11:59:40Z"), None);
        assert_eq!(differ("2026-11-21T11:00:00Z"), Some(3600));
        assert_eq!(differ("2026-11-21T13:00:00Z"), Some(-3600));
    }
}
