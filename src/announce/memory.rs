//! What is remembered from round to round, and which tasks are due. It reads no clock: callers pass the time.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The heartbeat is written this often (`HeartbeatWriteInterval` in pkg/kvstore/kvstore.go of cilium/cilium).
pub(super) const BEAT: Duration = Duration::from_secs(60);
/// The lease is kept alive this often, a twentieth of its life.
const KEEP: Duration = Duration::from_secs(45);
/// A writer that has not written the heartbeat for so long is gone. Agents reconnect after 120 s (statusChecker in
/// pkg/kvstore/etcd.go), and another announcer reads the keys within [`POLL`](super::service::POLL), so agents do not notice the
/// change.
pub(super) const GONE: Duration = Duration::from_secs(75);
/// If the system's clock goes back by more than this, the heartbeat is written again.
const BACK: time::Duration = time::Duration::seconds(5);

/// The time by two clocks: a monotonic one, and the system's, which may jump.
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

/// A heartbeat of another writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Other {
    revision: i64,
    /// When it was first seen.
    at: Duration,
    /// How old it was then.
    age: Duration,
}

/// What an announcer knows of itself and of the other writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct AnnouncerMemory {
    /// The lease of the keys that this announcer writes.
    pub(super) lease: Option<i64>,
    /// When the lease was last kept alive.
    kept: Option<Now>,
    /// When this announcer last wrote the heartbeat.
    wrote: Option<Now>,
    other: Option<Other>,
    /// A description of another cluster's config under this cluster's key, until the right one was there.
    pub(super) foreign: Option<String>,
    /// Whether the keys were read before.
    begun: bool,
}

impl AnnouncerMemory {
    /// Notes who wrote the heartbeat, and since when it is unchanged.
    pub(super) fn learn(&mut self, heartbeat: Option<&StoredValue>, now: Now) {
        let first = !std::mem::replace(&mut self.begun, true);
        let Some(found) = heartbeat.filter(|found| !self.is_ours(found)) else {
            self.other = None;
            return;
        };
        if self.other.is_some_and(|other| other.revision == found.revision) {
            return;
        }
        // A heartbeat that changed between two reads was written just now, whatever time it has.
        let age = if first { age_at_first(&found.value, now.wall) } else { Duration::ZERO };
        self.other = Some(Other { revision: found.revision, at: now.run, age });
    }

    /// How long another writer's heartbeat is unchanged, if there is one.
    pub(super) fn quiet(&self, now: Now) -> Option<Duration> {
        self.other.map(|other| now.run.saturating_sub(other.at).saturating_add(other.age))
    }

    pub(super) fn is_ours(&self, found: &StoredValue) -> bool {
        found.lease != 0 && self.lease == Some(found.lease)
    }

    /// Whether this announcer's heartbeat is due.
    pub(super) fn is_due(&self, now: Now) -> bool {
        self.wrote.is_none_or(|wrote| over(BEAT, wrote, now))
    }

    /// The lease, if it is due to be kept alive.
    pub(super) fn to_keep(&self, now: Now) -> Option<i64> {
        self.lease.filter(|_| self.kept.is_none_or(|kept| over(KEEP, kept, now)))
    }

    pub(super) fn record_lease(&mut self, lease: i64, now: Now) {
        self.lease = Some(lease);
        self.kept = Some(now);
    }

    pub(super) fn record_keep_alive(&mut self, now: Now) {
        self.kept = Some(now);
    }

    pub(super) fn record_write(&mut self, now: Now) {
        self.wrote = Some(now);
        self.other = None;
    }

    /// Notes that the lease has expired, and its keys with it.
    pub(super) fn forget_lease(&mut self) {
        self.lease = None;
        self.kept = None;
        self.wrote = None;
    }

    /// How long until the next task is due, if nothing changes. A task that is overdue after a round is another writer's.
    pub(super) fn rest(&self, now: Now) -> Duration {
        let rest = match (self.quiet(now), self.wrote) {
            (Some(quiet), _) => GONE.saturating_sub(quiet),
            (None, Some(wrote)) => BEAT.saturating_sub(now.run.saturating_sub(wrote.run)),
            (None, None) => BEAT,
        };
        if rest.is_zero() { BEAT } else { rest }
    }
}

/// Whether `time` has passed by either clock: one stops while a machine sleeps, the other jumps.
fn over(time: Duration, since: Now, now: Now) -> bool {
    let wall = now.wall - since.wall;
    now.run.saturating_sub(since.run) >= time || wall >= time || wall < -BACK
}

/// The age, by its own time, of a heartbeat that was there at the start. One without a time, or with one far off, counts as old:
/// if another process does write it, that shows soon, and one heartbeat too many does no harm.
fn age_at_first(value: &[u8], wall: OffsetDateTime) -> Duration {
    let written = std::str::from_utf8(value).ok().and_then(|text| OffsetDateTime::parse(text.trim(), &Rfc3339).ok());
    let Some(age) = written.map(|written| wall - written) else { return GONE };
    if age.unsigned_abs() >= GONE { GONE } else { Duration::try_from(age).unwrap_or_default() }
}
