//! Whether the heartbeat is still written, by its value, an event, or what an earlier round has read. The rule is in
//! [`verify`](crate::verify::Heartbeat).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::diag::{Code, Severity};
use crate::etcd::{Client, Fault, KeyValue, RangeResponse, Refusal};
use crate::mesh::keyspace::{HEARTBEAT, HEARTBEAT_PATIENCE};
use crate::verify::{Heartbeat, Pulse};

use super::clock::Clock;
use super::settings::Rounds;

/// The heartbeats that earlier rounds have seen, so that a later round need not wait for the next one.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Watched>>>);

/// A heartbeat that is watched, from round to round.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Watched {
    /// The etcd cluster, and the revision that wrote it last; 0 for none.
    version: (u64, i64),
    /// The value that was read when this version was first seen.
    heartbeat: Heartbeat,
    since: Instant,
    looked: Instant,
    /// Whether its write was seen.
    written: bool,
    /// How far the writer's clock is from this node's, if that is known and matters.
    clocks: Option<i64>,
}

impl Watched {
    fn new(version: (u64, i64), heartbeat: Heartbeat) -> Self {
        let now = Instant::now();
        Self { version, heartbeat, since: now, looked: now, written: false, clocks: None }
    }

    /// The same heartbeat, written again after `before` was read.
    fn after(before: &Self, version: (u64, i64), heartbeat: Heartbeat) -> Self {
        let unseen = i64::try_from(before.looked.elapsed().as_secs()).unwrap_or(i64::MAX);
        // It may have been written right after it was read last.
        let clocks = heartbeat.clocks_differ().filter(|age| *age < 0 || age.saturating_sub(unseen) > 30);
        Self { written: true, clocks, ..Self::new(version, heartbeat) }
    }

    fn pulse(&self) -> Pulse {
        let watched = self.since.elapsed();
        match (self.written, self.version.1) {
            (true, _) => Heartbeat::after_write(watched),
            // A key that does not exist was not written.
            (false, 0) => Pulse::Stopped,
            (false, _) => self.heartbeat.pulse(watched),
        }
    }
}

impl Memory {
    /// Adds what was read at `version`, and returns what is known now.
    fn learn(&self, cluster: &str, version: (u64, i64), heartbeat: Heartbeat) -> Watched {
        let Ok(mut all) = self.0.lock() else { return Watched::new(version, heartbeat) };
        let watched = match all.get(cluster) {
            Some(before) if before.version == version => Watched { looked: Instant::now(), ..before.clone() },
            Some(before) if before.version.0 == version.0 && version.1 > before.version.1 => {
                Watched::after(before, version, heartbeat)
            }
            _ => Watched::new(version, heartbeat),
        };
        all.insert(cluster.to_owned(), watched.clone());
        watched
    }
}

/// How a heartbeat is watched.
pub(super) struct Watch<'a> {
    pub(super) client: &'a Client,
    pub(super) cluster: &'a str,
    pub(super) memory: &'a Memory,
    /// How the user may read it: as a prefix, or as a single key.
    pub(super) prefix: bool,
    pub(super) patience: Duration,
    pub(super) clock: &'a Clock,
    pub(super) rounds: Rounds,
}

impl Watch<'_> {
    /// Waits until the heartbeat is written, at most the patience. `listed` is the answer that was read.
    pub(super) async fn wait(&self, listed: &RangeResponse) -> (Heartbeat, Option<(Severity, Fault)>) {
        let there = listed.kvs.iter().find(|pair| pair.key == HEARTBEAT.as_bytes());
        let read = |pair: &KeyValue| Heartbeat::read(&pair.value, self.clock.now());
        let (etcd, revision) = listed.header.as_ref().map_or((0, 0), |header| (header.cluster_id, header.revision));
        let version = (etcd, there.map_or(0, |pair| pair.mod_revision));
        let known = self.memory.learn(self.cluster, version, there.map(read).unwrap_or_default());
        let long = known.since.elapsed() >= HEARTBEAT_PATIENCE.unsigned_abs();
        if known.pulse() == Pulse::Beating || long {
            return (there.map(read).unwrap_or_default(), judge(&known, self.rounds));
        }
        match timeout(self.patience, self.event(revision + 1)).await {
            Ok(Ok(pair)) => {
                let heartbeat = read(&pair);
                let known = self.memory.learn(self.cluster, (etcd, pair.mod_revision), heartbeat.clone());
                let clocks = heartbeat.clocks_differ();
                (heartbeat, judge(&Watched { written: true, clocks, ..known }, self.rounds))
            }
            Ok(Err(refusal)) => {
                let message = format!("the connection failed while probe waited for the heartbeat: {refusal}");
                let help = "check the etcd: `etcdctl endpoint status --cluster -w table`";
                (known.heartbeat, Some((Severity::Error, Fault::new(Code::EtcdUnwell, message, help))))
            }
            Err(_) => {
                let fault = judge(&known, self.rounds);
                (known.heartbeat, fault)
            }
        }
    }

    async fn event(&self, revision: i64) -> Result<KeyValue, Refusal> {
        self.client.watch(HEARTBEAT, self.prefix, revision).await?.next_put().await
    }
}

/// The fault of a heartbeat, if any.
fn judge(known: &Watched, rounds: Rounds) -> Option<(Severity, Fault)> {
    match known.pulse() {
        Pulse::Beating => Some((Severity::Warning, clocks_differ(known.clocks?))),
        Pulse::Unknown => Some((Severity::Error, unknown(known, rounds))),
        Pulse::Stopped => Some((Severity::Error, stopped(known))),
    }
}

fn clocks_differ(age: i64) -> Fault {
    let words = if age > 0 { "behind" } else { "ahead of" };
    let message = format!("the clock of the heartbeat's writer is {} s {words} this node's", age.abs());
    Fault::new(Code::ClockDiffers, message, "synchronise the clocks of both machines (NTP)")
}

/// The fault where clocks may differ, or the heartbeat may have stopped.
fn unknown(known: &Watched, rounds: Rounds) -> Fault {
    let message = format!(
        "`{HEARTBEAT}` {}, and was not written within {} s: clocks differ, or it has stopped",
        dated(known),
        waited(known)
    );
    let seconds = HEARTBEAT_PATIENCE.whole_seconds();
    let help = match rounds {
        Rounds::One => format!("watch it for two minutes: use `--heartbeat {seconds}`"),
        // Rounds have some time of their own.
        Rounds::UntilReady => format!("watch it for two minutes: use `--wait {}` or more", seconds + 60),
        Rounds::Endless => format!("wait: {seconds} s after the first round it is ready, or CM0818"),
    };
    Fault::new(Code::HeartbeatUnknown, message, help)
}

fn stopped(known: &Watched) -> Fault {
    let waited = waited(known);
    let message = match known {
        Watched { version: (_, 0), .. } if waited == 0 => format!("`{HEARTBEAT}` does not exist"),
        Watched { version: (_, 0), .. } => format!("`{HEARTBEAT}` does not exist, and was not written within {waited} s"),
        Watched { written: true, .. } => format!("`{HEARTBEAT}` was written, and then not again within {waited} s"),
        _ => format!("`{HEARTBEAT}` {}, and was not written within {waited} s", dated(known)),
    };
    let help = "start the cluster's operator (kvstore mode) or clustermesh-apiserver, or run `meshbundle announce` there: each \
                writes it every minute";
    Fault::new(Code::HeartbeatStale, message, help)
}

fn waited(known: &Watched) -> u64 {
    known.since.elapsed().as_secs()
}

/// The age of a value by this node's clock.
fn dated(known: &Watched) -> String {
    match known.heartbeat.age {
        Some(age) if age < 0 => format!("is {} s ahead of this node's clock", age.abs()),
        Some(age) => format!("was {age} s old by this node's clock"),
        None => "has no time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::{Heartbeat, Memory, Pulse, Watched};

    const NOW: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

    fn beat(text: &str) -> Heartbeat {
        Heartbeat::read(text.as_bytes(), NOW)
    }

    /// Makes what is remembered of `oslo` so many seconds older.
    fn pass(memory: &Memory, seconds: u64) {
        let mut all = memory.0.lock().expect("no panic");
        let oslo = all.get_mut("oslo").expect("known");
        let back = |at: Instant| at.checked_sub(Duration::from_secs(seconds)).expect("the machine is up for so long");
        (oslo.since, oslo.looked) = (back(oslo.since), back(oslo.looked));
    }

    #[test]
    fn rounds_add_up_to_the_time_waited() {
        let memory = Memory::default();
        let learn = |version, text: &str| memory.learn("oslo", version, beat(text));
        assert_eq!(learn((1, 5), "2026-11-21T11:58:20Z").pulse(), Pulse::Unknown);
        pass(&memory, 10);
        assert_eq!(learn((1, 5), "2026-11-21T11:58:20Z").pulse(), Pulse::Unknown);
        pass(&memory, 110);
        assert_eq!(learn((1, 5), "2026-11-21T11:58:20Z").pulse(), Pulse::Stopped);
        // The value does not matter: it was written while it was watched.
        assert_eq!(learn((1, 6), "2099-01-01T00:00:00Z").pulse(), Pulse::Beating);
        pass(&memory, 119);
        assert_eq!(learn((1, 6), "2099-01-01T00:00:00Z").pulse(), Pulse::Beating);
        pass(&memory, 2);
        assert_eq!(learn((1, 6), "2099-01-01T00:00:00Z").pulse(), Pulse::Stopped);
    }

    #[test]
    fn another_etcd_begins_anew() {
        let memory = Memory::default();
        memory.learn("oslo", (1, 5), beat("soon"));
        let other = memory.learn("oslo", (2, 9), beat("soon"));
        assert_eq!((other.written, other.pulse()), (false, Pulse::Unknown));
        assert_eq!(memory.learn("oslo", (2, 0), Heartbeat::default()).pulse(), Pulse::Stopped);
    }

    #[test]
    fn time_between_two_rounds_is_no_difference_of_clocks() {
        let before = Watched::new((1, 5), Heartbeat::default());
        assert_eq!(Watched::after(&before, (1, 6), beat("2026-11-21T11:59:00Z")).clocks, Some(60));
        let before = Watched { looked: Instant::now().checked_sub(Duration::from_secs(40)).expect("up"), ..before };
        assert_eq!(Watched::after(&before, (1, 6), beat("2026-11-21T11:59:00Z")).clocks, None);
        assert_eq!(Watched::after(&before, (1, 6), beat("2026-11-21T12:01:00Z")).clocks, Some(-60));
    }
}
