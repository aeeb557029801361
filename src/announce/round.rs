//! One round: keeps the lease alive, reads both keys, decides, and writes what was decided.
//!
//! Each key is read and written alone, so that a grant of just these two keys is enough. Each write is a transaction on the
//! revisions that were read: of two announcers that decide at the same time one writes, and the other reads again.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::etcd::{RangeResponse, Refusal, VERIFY_CLIENTS, printable};
use crate::mesh::keyspace::HEARTBEAT;

use super::announcement::Announcement;
use super::decision::{AnnouncerRole, Change, decide};
use super::memory::{AnnouncerMemory, Now, SeenKeys, StoredValue};
use super::session::{Open, Trouble};

/// In seconds, as Cilium's own (`KVstoreLeaseTTL` in pkg/defaults/defaults.go of cilium/cilium).
const LEASE: i64 = 15 * 60;
/// A longer foreign value is cut in messages.
const SHOWN: usize = 300;

/// The result of a round.
pub(super) struct RoundOutcome {
    pub(super) role: AnnouncerRole,
    /// Lines to report in any state.
    pub(super) lines: Vec<String>,
    /// Whether a key has changed meanwhile, so that the next round should follow at once.
    pub(super) again: bool,
}

/// A round over one connection.
pub(super) struct Round<'a> {
    pub(super) open: &'a Open,
    pub(super) announcement: &'a Announcement,
    pub(super) now: &'a dyn Fn() -> Now,
}

/// A missing right: the word that grants it, and the key.
type Right<'a> = (&'static str, &'a str);

impl Round<'_> {
    /// Runs the round once.
    pub(super) async fn run(&self, memory: &mut AnnouncerMemory) -> Result<RoundOutcome, Trouble> {
        let client = &self.open.client;
        if let Some(lease) = memory.to_keep((self.now)()) {
            match client.keep_alive(lease).await {
                Ok(true) => memory.record_keep_alive((self.now)()),
                // The lease expired while no member was reachable, or the etcd was restored from a copy without it.
                Ok(false) => memory.forget_lease(),
                Err(refusal) => return Err(self.failed(&refusal, &[])),
            }
        }
        let key = self.announcement.key();
        let seen = self.read(&key).await?;
        let now = (self.now)();
        memory.learn(seen.heartbeat.as_ref(), now);
        let decision = decide(self.announcement, &seen, memory, now);
        let mut done = RoundOutcome { role: decision.role, lines: Vec::new(), again: false };
        if decision.config.is_none() && !decision.heartbeat {
            return Ok(done);
        }
        let lease = self.lease(memory).await?;
        let (beat, mut config) = (revision(seen.heartbeat.as_ref()), revision(seen.config.as_ref()));
        let mut denied: Vec<Right<'_>> = Vec::new();
        if let Some(change) = decision.config {
            // An announcer that stands by writes nothing, so a change does not matter.
            let unchanged = [(key.as_str(), config), (HEARTBEAT, beat)];
            let unchanged = unchanged.get(..if done.role == AnnouncerRole::Active { 2 } else { 1 }).unwrap_or_default();
            match self.put(&key, self.announcement.value().as_bytes(), lease, unchanged, memory).await? {
                Put::RoundOutcome(revision) => {
                    config = revision;
                    done.lines.extend(self.change(&key, &change, &seen));
                }
                Put::Again => done.again = true,
                Put::Denied => denied.push(("readwrite", &key)),
            }
        }
        if decision.heartbeat && !done.again {
            let (value, unchanged) = (stamp(now.wall), [(HEARTBEAT, beat), (key.as_str(), config)]);
            match self.put(HEARTBEAT, value.as_bytes(), lease, &unchanged, memory).await? {
                Put::RoundOutcome(_) => memory.record_write(now),
                Put::Again => done.again = true,
                Put::Denied => denied.push(("readwrite", HEARTBEAT)),
            }
        }
        if denied.is_empty() { Ok(done) } else { Err(self.failed(&Refusal::Denied, &denied)) }
    }

    /// Reads both keys.
    async fn read(&self, key: &str) -> Result<SeenKeys, Trouble> {
        let client = &self.open.client;
        let mut seen = SeenKeys::default();
        let mut denied = Vec::new();
        for (name, place) in [(HEARTBEAT, &mut seen.heartbeat), (key, &mut seen.config)] {
            match client.get(name).await {
                Ok(answer) => *place = found(answer),
                Err(Refusal::Denied) => denied.push(("readwrite", name)),
                Err(refusal) => return Err(self.failed(&refusal, &[])),
            }
        }
        if denied.is_empty() { Ok(seen) } else { Err(self.failed(&Refusal::Denied, &denied)) }
    }

    async fn lease(&self, memory: &mut AnnouncerMemory) -> Result<i64, Trouble> {
        if let Some(lease) = memory.lease {
            return Ok(lease);
        }
        let lease = self.open.client.grant(LEASE).await.map_err(|refusal| self.failed(&refusal, &[]))?;
        memory.record_lease(lease, (self.now)());
        Ok(lease)
    }

    async fn put(
        &self,
        key: &str,
        value: &[u8],
        lease: i64,
        unchanged: &[(&str, i64)],
        memory: &mut AnnouncerMemory,
    ) -> Result<Put, Trouble> {
        match self.open.client.put_if(key, value, lease, unchanged).await {
            Ok(Some(revision)) => Ok(Put::RoundOutcome(revision)),
            Ok(None) => Ok(Put::Again),
            Err(refusal) if refusal.lacks_lease() => {
                memory.forget_lease();
                Ok(Put::Again)
            }
            Err(Refusal::Denied) => Ok(Put::Denied),
            Err(refusal) => Err(self.failed(&refusal, &[])),
        }
    }

    /// The line about a cluster-config that was written.
    fn change(&self, key: &str, change: &Change, seen: &SeenKeys) -> Option<String> {
        let now = self.announcement.value();
        match change {
            Change::Missing => Some(format!("wrote `{key}`: {now}")),
            // Its value is the same.
            Change::Adopt => None,
            Change::Replace => {
                let before = seen.config.as_ref().map(|found| String::from_utf8_lossy(&found.value).into_owned());
                let before: String = printable(&before.unwrap_or_default()).chars().take(SHOWN).collect();
                Some(format!("replaced `{key}`: before {before}, now {now}"))
            }
        }
    }

    fn failed(&self, refusal: &Refusal, rights: &[Right<'_>]) -> Trouble {
        match refusal {
            Refusal::Denied => denied(self.open.user(), rights),
            Refusal::Nameless => missing_common_name(),
            refusal => self.open.trouble(refusal),
        }
    }
}

/// The result of a write.
enum Put {
    /// The key is written, at this revision.
    RoundOutcome(i64),
    /// A key has changed since it was read.
    Again,
    Denied,
}

/// The value in an answer.
pub(super) fn found(answer: RangeResponse) -> Option<StoredValue> {
    let pair = answer.kvs.into_iter().next()?;
    Some(StoredValue { value: pair.value, revision: pair.mod_revision, lease: pair.lease })
}

/// The trouble of a user that lacks `rights`.
pub(super) fn denied(user: &str, rights: &[Right<'_>]) -> Trouble {
    let keys = rights.iter().map(|(_, key)| format!("the key `{key}`")).collect::<Vec<_>>().join(" and ");
    let grants = rights.iter().map(|(word, key)| format!("`etcdctl role grant-permission {user} {word} {key}`, "));
    let grants = grants.collect::<String>();
    let message = format!("etcd denies the user `{user}` {}", if keys.is_empty() { "a lease" } else { &keys });
    let help = format!(
        "grant it: `etcdctl role add {user}`, {grants}`etcdctl user grant-role {user} {user}`; \
         if there is no such user, first `etcdctl user add {user} --no-password`"
    );
    Trouble::new(format!("denied {keys}"), message, help)
}

pub(super) fn missing_common_name() -> Trouble {
    let help = format!("{VERIFY_CLIENTS}; and use a certificate with a common name");
    Trouble::new("nameless", "etcd requires a user, but gets none", help)
}

/// The revision that a transaction compares with: 0 for a key that does not exist.
fn revision(found: Option<&StoredValue>) -> i64 {
    found.map_or(0, |found| found.revision)
}

/// A time as operators write it, to the second (pkg/kvstore/heartbeat in cilium/cilium), but always in UTC.
fn stamp(wall: OffsetDateTime) -> String {
    let second = wall.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(wall);
    second.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    #[test]
    fn times_are_written_in_utc_to_the_second() {
        assert_eq!(super::stamp(datetime!(2026-11-22 10:30:01.987 +1)), "2026-11-22T09:30:01Z");
    }
}
