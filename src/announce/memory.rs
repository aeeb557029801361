//! What is remembered from round to round, and what time makes of it. No clock is read here: now is told.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The heartbeat is written this often (`HeartbeatWriteInterval` in pkg/kvstore/kvstore.go of cilium/cilium).
pub(super) const BEAT: Duration = Duration::from_secs(60);
/// The lease is kept alive this often, a twentieth of its life.
const KEEP: Duration = Duration::from_secs(45);
/// Whoever has not written the heartbeat for so long is gone. Agents give up after 120 s (statusChecker in pkg/kvstore/etcd.go),
/// and another announcer has looked within [`POLL`](super::service::POLL): nobody notices the change.
pub(super) const GONE: Duration = Duration::from_secs(75);
/// So much may the system's clock go back before the heartbeat is written anew.
const BACK: time::Duration = time::Duration::seconds(5);

/// Now, by two clocks: one that only runs, from any beginning on, and the system's, which may jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Now {
    pub(super) run: Duration,
    pub(super) wall: OffsetDateTime,
}

/// A key as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredValue {
    pub(super) value: Vec<u8>,
    /// The revision that wrote it last.
    pub(super) revision: i64,
    /// 0 for none.
    pub(super) lease: i64,
}

/// Both keys, as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SeenKeys {
    pub(super) heartbeat: Option<StoredValue>,
    pub(super) config: Option<StoredValue>,
}

/// A heartbeat that somebody else has written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Other {
    revision: i64,
    /// When it was first seen.
    at: Duration,
    /// How old it was then.
    age: Duration,
}

/// What one announcer knows of itself and of the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The lease of what we write.
    pub(super) lease: Option<i64>,
    /// When we have kept it alive.
    kept: Option<Now>,
    /// When we have written the heartbeat.
    wrote: Option<Now>,
    other: Option<Other>,
    /// What another cluster's config announced under our key, until ours was there.
    pub(super) foreign: Option<String>,
    /// Whether anything was read yet.
    begun: bool,
}

impl Memory {
    /// Notes whose heartbeat that is, and since when.
    pub(super) fn learn(&mut self, heartbeat: Option<&StoredValue>, now: Now) {
        let first = !std::mem::replace(&mut self.begun, true);
        let Some(found) = heartbeat.filter(|found| !self.is_ours(found)) else {
            self.other = None;
            return;
        };
        if self.other.is_some_and(|other| other.revision == found.revision) {
            return;
        }
        // Whatever has changed while we looked was written just now, whatever its clock says.
        let age = if first { age_at_first(&found.value, now.wall) } else { Duration::ZERO };
        self.other = Some(Other { revision: found.revision, at: now.run, age });
    }

    /// How long somebody else's heartbeat has not moved, if there is one.
    pub(super) fn quiet(&self, now: Now) -> Option<Duration> {
        self.other.map(|other| now.run.saturating_sub(other.at).saturating_add(other.age))
    }

    pub(super) fn is_ours(&self, found: &StoredValue) -> bool {
        found.lease != 0 && self.lease == Some(found.lease)
    }

    /// Whether our heartbeat is to be written again.
    pub(super) fn is_due(&self, now: Now) -> bool {
        self.wrote.is_none_or(|wrote| over(BEAT, wrote, now))
    }

    /// The lease, if it is to be kept alive.
    pub(super) fn to_keep(&self, now: Now) -> Option<i64> {
        self.lease.filter(|_| self.kept.is_none_or(|kept| over(KEEP, kept, now)))
    }

    pub(super) fn granted(&mut self, lease: i64, now: Now) {
        self.lease = Some(lease);
        self.kept = Some(now);
    }

    pub(super) fn kept(&mut self, now: Now) {
        self.kept = Some(now);
    }

    pub(super) fn record_write(&mut self, now: Now) {
        self.wrote = Some(now);
        self.other = None;
    }

    /// The lease has ended, and what hung on it is gone.
    pub(super) fn lost(&mut self) {
        self.lease = None;
        self.kept = None;
        self.wrote = None;
    }

    /// How long nothing has to be done, if nothing changes. What is overdue after a round is not ours to do.
    pub(super) fn rest(&self, now: Now) -> Duration {
        let rest = match (self.quiet(now), self.wrote) {
            (Some(quiet), _) => GONE.saturating_sub(quiet),
            (None, Some(wrote)) => BEAT.saturating_sub(now.run.saturating_sub(wrote.run)),
            (None, None) => BEAT,
        };
        if rest.is_zero() { BEAT } else { rest }
    }
}

/// Whether so long a `time` has passed, by either clock: one stands still while a machine sleeps, the other jumps.
fn over(time: Duration, since: Now, now: Now) -> bool {
    let wall = now.wall - since.wall;
    now.run.saturating_sub(since.run) >= time || wall >= time || wall < -BACK
}

/// How old a heartbeat is that was there before us, by its own time. One that says no time, or a time far off, counts as old:
/// if it does move, that shows soon, and one heartbeat too many harms nobody.
fn age_at_first(value: &[u8], wall: OffsetDateTime) -> Duration {
    let written = std::str::from_utf8(value).ok().and_then(|text| OffsetDateTime::parse(text.trim(), &Rfc3339).ok());
    let Some(age) = written.map(|written| wall - written) else { return GONE };
    if age.unsigned_abs() >= GONE { GONE } else { Duration::try_from(age).unwrap_or_default() }
}
