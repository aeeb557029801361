//! Whether the heartbeat moves.
//!
//! Agents go by events, never by the value: two minutes without one, and they tear the link down (statusChecker in
//! pkg/kvstore/etcd.go). A value that is fresh by our clock counts at once, for it must have been written just now; any
//! other is watched, as an agent would.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::timeout;

use crate::diag::Code;
use crate::etcd::{Client, Fault, KeyValue, RangeResponse, Refusal};
use crate::spec::keyspace::{HEARTBEAT, HEARTBEAT_PATIENCE};

use super::clock::Clock;

/// It is written every minute; a few seconds more for whoever writes it.
const FRESH: time::Duration = time::Duration::seconds(65);
/// So much may a value lie ahead of our clock.
const AHEAD: time::Duration = time::Duration::seconds(5);
/// A larger difference between two clocks is told.
const CLOCKS: time::Duration = time::Duration::seconds(30);

/// What is known of a cluster's heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heartbeat {
    /// The time that it says, where it says one.
    pub value: Option<OffsetDateTime>,
    /// How old that is by our clock, in seconds; negative if it lies ahead.
    pub age: Option<i64>,
}

impl Heartbeat {
    fn of(value: &[u8], now: OffsetDateTime) -> Self {
        let text = String::from_utf8_lossy(value);
        let value = OffsetDateTime::parse(text.trim(), &Rfc3339).ok();
        Self { value, age: value.map(|value| (now - value).whole_seconds()) }
    }

    fn is_fresh(&self, now: OffsetDateTime) -> bool {
        self.value.is_some_and(|value| (-AHEAD..=FRESH).contains(&(now - value)))
    }

    /// Whether nothing can be said of it yet: it may be written in time by a clock that differs, and `patience` was too short to
    /// see the next one.
    fn is_open(&self, patience: Duration) -> bool {
        patience < FRESH && self.age.is_some_and(|age| age <= HEARTBEAT_PATIENCE.whole_seconds())
    }

    /// That it is not known whether clocks differ, or nobody writes any more.
    fn open(&self, patience: Duration) -> Option<Fault> {
        let message = format!(
            "`{HEARTBEAT}` {} by this node's clock, and was not written in {} s: clocks differ, or it stands still",
            lies(self.age?),
            patience.as_secs()
        );
        let help = format!("wait for the next one: `--heartbeat {}`, as it is written every minute", FRESH.whole_seconds() + 5);
        Some(Fault::new(Code::ClockDiffers, message, help))
    }

    fn clocks_differ(&self) -> Option<Fault> {
        let age = self.age.filter(|age| age.abs() > CLOCKS.whole_seconds())?;
        let words = if age > 0 { "behind" } else { "ahead of" };
        let message = format!("the clock of whoever writes the heartbeat is {} s {words} this node's", age.abs());
        Some(Fault::new(Code::ClockDiffers, message, "let both machines take their time from one source (NTP)"))
    }
}

/// The heartbeat as it moves, and what is to be said of it.
pub(super) struct Seen {
    pub(super) heartbeat: Heartbeat,
    /// That it does not move.
    pub(super) stale: Option<Fault>,
    pub(super) clocks: Option<Fault>,
}

/// Waits until the heartbeat has moved, at most `patience`. `listed` is what stands there; `prefix` is how it may be read.
pub(super) async fn seen(client: &Client, listed: &RangeResponse, prefix: bool, patience: Duration, clock: &Clock) -> Seen {
    let now = clock.now();
    let written = listed.kvs.iter().find(|pair| pair.key == HEARTBEAT.as_bytes());
    let heartbeat = written.map(|pair| Heartbeat::of(&pair.value, now)).unwrap_or_default();
    if heartbeat.is_fresh(now) {
        return Seen { heartbeat, stale: None, clocks: None };
    }
    let revision = listed.header.as_ref().map_or(0, |header| header.revision + 1);
    match timeout(patience, event(client, prefix, revision)).await {
        Ok(Ok(pair)) => {
            let heartbeat = Heartbeat::of(&pair.value, clock.now());
            let clocks = heartbeat.clocks_differ();
            Seen { heartbeat, stale: None, clocks }
        }
        Ok(Err(refusal)) => {
            let message = format!("the etcd went away while its heartbeat was awaited: {refusal}");
            let stale = Fault::new(Code::EtcdUnwell, message, "look at the etcd: `etcdctl endpoint status --cluster -w table`");
            Seen { heartbeat, stale: Some(stale), clocks: None }
        }
        Err(_) if heartbeat.is_open(patience) => {
            let clocks = heartbeat.open(patience);
            Seen { heartbeat, stale: None, clocks }
        }
        Err(_) => {
            let stale = stale(&heartbeat, written.is_some(), patience);
            Seen { heartbeat, stale: Some(stale), clocks: None }
        }
    }
}

async fn event(client: &Client, prefix: bool, revision: i64) -> Result<KeyValue, Refusal> {
    client.watch(HEARTBEAT, prefix, revision).await?.next_put().await
}

fn stale(heartbeat: &Heartbeat, written: bool, patience: Duration) -> Fault {
    let waited = patience.as_secs();
    let message = match (heartbeat.age, written) {
        (Some(age), _) => {
            format!("`{HEARTBEAT}` {} by this node's clock, and was not written in {waited} s", lies(age))
        }
        (None, true) => format!("`{HEARTBEAT}` holds no time, and was not written in {waited} s"),
        (None, false) => format!("there is no `{HEARTBEAT}`, and none was written in {waited} s"),
    };
    Fault::new(
        Code::HeartbeatStale,
        message,
        "start the cluster's operator (kvstore mode) or clustermesh-apiserver, or run `meshbundle announce` there: each writes it \
         every minute",
    )
}

/// Where a value lies by our clock.
fn lies(age: i64) -> String {
    if age < 0 { format!("lies {} s ahead", age.abs()) } else { format!("is {age} s old") }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::Heartbeat;

    #[test]
    fn a_value_is_fresh_or_not_by_our_clock() {
        let now = datetime!(2026-11-21 12:00:00 UTC);
        let fresh = |text: &str| Heartbeat::of(text.as_bytes(), now).is_fresh(now);
        assert!(fresh("2026-11-21T11:59:00Z"));
        assert!(fresh("2026-11-21T13:59:30.123456789+02:00"));
        assert!(fresh("2026-11-21T12:00:04Z"));
        assert!(!fresh("2026-11-21T12:00:30Z"));
        assert!(!fresh("2026-11-21T11:58:00Z"));
        assert!(!fresh("soon"));
    }

    #[test]
    fn a_short_wait_concludes_nothing_of_a_young_value() {
        let now = datetime!(2026-11-21 12:00:00 UTC);
        let open = |text: &str, patience| Heartbeat::of(text.as_bytes(), now).is_open(Duration::from_secs(patience));
        assert!(open("2026-11-21T11:58:30Z", 30));
        assert!(open("2026-11-21T12:00:19Z", 0));
        assert!(!open("2026-11-21T11:58:30Z", 70));
        assert!(!open("2026-11-21T11:57:59Z", 30));
        assert!(!open("soon", 30));
        let ahead = Heartbeat::of(b"2026-11-21T12:00:19Z", now).open(Duration::from_secs(3)).map(|fault| fault.message);
        assert!(ahead.is_some_and(|message| message.contains("lies 19 s ahead by this node's clock")));
    }

    #[test]
    fn clocks_may_differ_by_half_a_minute() {
        let now = datetime!(2026-11-21 12:00:00 UTC);
        let differ = |text: &str| Heartbeat::of(text.as_bytes(), now).clocks_differ().map(|fault| fault.message);
        assert_eq!(differ("2026-11-21T11:59:40Z"), None);
        assert!(differ("2026-11-21T11:00:00Z").is_some_and(|message| message.contains("3600 s behind")));
        assert!(differ("2026-11-21T13:00:00Z").is_some_and(|message| message.contains("3600 s ahead of")));
    }
}
