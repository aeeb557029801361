//! Decides what to do from what was read, what is remembered, and the time. It reads no clock and no socket.

use super::announcement::{Announcement, Standing};
use super::memory::{AnnouncerMemory, GONE, Now, SeenKeys};

/// The role of this announcer in this round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AnnouncerRole {
    /// It writes both keys.
    Active,
    /// Another process writes the heartbeat.
    Standby,
    /// The cluster-config is another cluster's, or was until it expired: why nothing is written.
    Wrong(String),
}

/// Why the cluster-config is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It does not exist.
    Missing,
    /// It is right, but would expire with another process's lease.
    Adopt,
    /// It is this cluster's, but has another value.
    Replace,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) role: AnnouncerRole,
    /// Whether the heartbeat is to be written.
    pub(super) heartbeat: bool,
    /// Whether the cluster-config is to be written.
    pub(super) config: Option<Change>,
}

/// Decides. `memory` has [learnt](AnnouncerMemory::learn) of `seen` already. A foreign cluster-config is remembered in it here.
pub(super) fn decide(announcement: &Announcement, seen: &SeenKeys, memory: &mut AnnouncerMemory, now: Now) -> Decision {
    let standing = seen.config.as_ref().map(|found| announcement.compare(&found.value));
    if let Some(why) = wrong(announcement, standing.as_ref(), memory) {
        return Decision { role: AnnouncerRole::Wrong(why), heartbeat: false, config: None };
    }
    let active = memory.quiet(now).is_none_or(|quiet| quiet >= GONE);
    let ours = |found| memory.is_ours(found);
    let config = match standing {
        // Also in standby: operators before 1.15 write a heartbeat only.
        None => Some(Change::Missing),
        Some(Standing::Similar) if active => Some(Change::Replace),
        Some(Standing::Same) if active && !seen.config.as_ref().is_some_and(ours) => Some(Change::Adopt),
        Some(_) => None,
    };
    let heartbeat = active && (!seen.heartbeat.as_ref().is_some_and(ours) || memory.is_due(now));
    Decision { role: if active { AnnouncerRole::Active } else { AnnouncerRole::Standby }, heartbeat, config }
}

/// Why nothing may be written. If a config of another id expires, its writer may only be down: an announcer that then wrote its
/// own would give the cluster a wrong id, and break the links of its agents.
fn wrong(announcement: &Announcement, standing: Option<&Standing>, memory: &mut AnnouncerMemory) -> Option<String> {
    let key = announcement.key();
    match standing {
        Some(Standing::Foreign(what)) => {
            memory.foreign = Some(what.clone());
            Some(format!(
                "`{key}` already has {what}, and is not overwritten; correct `--cluster-name` or `--cluster-id`, \
                 or the endpoints; if nothing else announces this cluster: `etcdctl del {key}`, and restart this announcer"
            ))
        }
        Some(Standing::Same | Standing::Similar) => {
            memory.foreign = None;
            None
        }
        None => memory
            .foreign
            .as_ref()
            .map(|what| format!("`{key}` had {what} until it expired; restart this announcer if it is the right one")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::{AnnouncerRole, Change, Decision, decide};
    use crate::announce::announcement::Announcement;
    use crate::announce::memory::{AnnouncerMemory, Now, SeenKeys, StoredValue};
    use crate::mesh::ClusterName;

    const START: OffsetDateTime = datetime!(2026-11-22 12:00:00 UTC);
    const OURS: i64 = 77;

    fn oslo() -> Announcement {
        Announcement::new(ClusterName::new("oslo").expect("a name"), 7, Some(255)).expect("fit")
    }

    /// So many seconds after the start, by both clocks.
    fn after(seconds: u64) -> Now {
        Now { run: Duration::from_secs(seconds), wall: START + Duration::from_secs(seconds) }
    }

    fn beat(value: &str, revision: i64, lease: i64) -> StoredValue {
        StoredValue { value: value.into(), revision, lease }
    }

    fn config(value: &str, lease: i64) -> StoredValue {
        StoredValue { value: value.into(), revision: 3, lease }
    }

    fn right(lease: i64) -> StoredValue {
        config(&oslo().value(), lease)
    }

    fn decided(
        memory: &mut AnnouncerMemory,
        heartbeat: impl Into<Option<StoredValue>>,
        config: impl Into<Option<StoredValue>>,
        now: Now,
    ) -> Decision {
        let seen = SeenKeys { heartbeat: heartbeat.into(), config: config.into() };
        memory.learn(seen.heartbeat.as_ref(), now);
        decide(&oslo(), &seen, memory, now)
    }

    /// An announcer that has run for a minute and a half, and has written the heartbeat 30 s ago.
    fn announcer() -> AnnouncerMemory {
        let mut memory = AnnouncerMemory::default();
        memory.learn(None, after(0));
        memory.record_lease(OURS, after(0));
        memory.record_write(after(60));
        memory
    }

    fn active(heartbeat: bool, config: Option<Change>) -> Decision {
        Decision { role: AnnouncerRole::Active, heartbeat, config }
    }

    fn standby(config: Option<Change>) -> Decision {
        Decision { role: AnnouncerRole::Standby, heartbeat: false, config }
    }

    #[test]
    fn at_start_a_heartbeat_is_judged_by_its_own_time() {
        assert_eq!(decided(&mut AnnouncerMemory::default(), None, right(5), after(0)).role, AnnouncerRole::Active);
        let first = |heartbeat: StoredValue| decided(&mut AnnouncerMemory::default(), heartbeat, right(5), after(0)).role;
        assert_eq!(first(beat("2026-11-22T12:00:00Z", 9, 5)), AnnouncerRole::Standby);
        assert_eq!(first(beat("2026-11-22T12:58:46+01:00", 9, 0)), AnnouncerRole::Standby);
        assert_eq!(first(beat("2026-11-22T11:58:45Z", 9, 5)), AnnouncerRole::Active);
        assert_eq!(first(beat("2026-11-22T12:01:14Z", 9, 5)), AnnouncerRole::Standby);
        assert_eq!(first(beat("2026-11-22T12:01:15Z", 9, 5)), AnnouncerRole::Active);
        assert_eq!(first(beat("soon", 9, 5)), AnnouncerRole::Active);
        assert_eq!(first(beat("", 9, 0)), AnnouncerRole::Active);
    }

    #[test]
    fn another_writers_heartbeat_is_watched_until_it_stops() {
        let mut memory = AnnouncerMemory::default();
        let there = |revision| beat("2026-11-22T11:59:20Z", revision, 5);
        assert_eq!(decided(&mut memory, there(9), right(5), after(0)), standby(None));
        // It was 40 s old at the start.
        assert_eq!(decided(&mut memory, there(9), right(5), after(34)), standby(None));
        assert_eq!(memory.rest(after(34)), Duration::from_secs(1));
        // It is written, by a clock that is wrong: only the write counts.
        assert_eq!(decided(&mut memory, there(10), right(5), after(35)), standby(None));
        assert_eq!(decided(&mut memory, there(10), right(5), after(109)), standby(None));
        assert_eq!(decided(&mut memory, there(10), right(5), after(110)), active(true, Some(Change::Adopt)));
    }

    #[test]
    fn an_announcer_stands_by_for_another_writer() {
        let mut memory = announcer();
        assert_eq!(decided(&mut memory, beat("2000-01-01T00:00:00Z", 9, 5), right(5), after(90)), standby(None));
        assert_eq!(decided(&mut memory, beat("2000-01-01T00:00:00Z", 9, 5), right(OURS), after(164)), standby(None));
        let again = decided(&mut memory, beat("2000-01-01T00:00:00Z", 9, 5), right(OURS), after(165));
        assert_eq!(again, active(true, None));
    }

    #[test]
    fn our_heartbeat_is_written_each_minute() {
        let heartbeat = || beat("2026-11-22T12:01:00Z", 9, OURS);
        for (seconds, written) in [(60, false), (70, false), (119, false), (120, true), (500, true)] {
            let decision = decided(&mut announcer(), heartbeat(), right(OURS), after(seconds));
            assert_eq!(decision, active(written, None), "after {seconds} s");
        }
        assert_eq!(announcer().rest(after(110)), Duration::from_secs(10));
        // It expired with its lease, or was deleted.
        assert_eq!(decided(&mut announcer(), None, right(OURS), after(61)), active(true, None));
        // The answer to the write was lost.
        let mut memory = AnnouncerMemory::default();
        memory.record_lease(OURS, after(0));
        assert_eq!(decided(&mut memory, heartbeat(), right(OURS), after(0)), active(true, None));
    }

    #[test]
    fn clocks_may_jump() {
        let at = |wall| Now { run: Duration::from_secs(70), wall };
        let decide = |wall| decided(&mut announcer(), beat("2026-11-22T12:01:00Z", 9, OURS), right(OURS), at(wall)).heartbeat;
        assert!(!decide(datetime!(2026-11-22 12:01:10 UTC)));
        assert!(!decide(datetime!(2026-11-22 12:00:57 UTC)), "a small correction");
        assert!(decide(datetime!(2026-11-22 12:02:00 UTC)), "the machine has slept, and the other clock with it");
        assert!(decide(datetime!(2026-11-22 11:00:00 UTC)), "the value lies far ahead");
        // The time of another writer is read only once.
        let mut memory = AnnouncerMemory::default();
        let heartbeat = || beat("2026-11-22T12:00:00Z", 9, 5);
        decided(&mut memory, heartbeat(), right(5), after(0));
        assert_eq!(decided(&mut memory, heartbeat(), right(5), at(datetime!(2030-01-01 0:00 UTC))).role, AnnouncerRole::Standby);
    }

    #[test]
    fn a_lease_that_ended_is_not_ours_any_more() {
        let mut memory = announcer();
        memory.forget_lease();
        assert_eq!(decided(&mut memory, None, None, after(90)), active(true, Some(Change::Missing)));
        // An etcd that was restored from a copy may still have the keys of the lease.
        let old = decided(&mut memory, beat("2026-11-22T12:01:00Z", 9, OURS), right(OURS), after(91));
        assert_eq!(old, standby(None));
    }

    /// Each cluster-config beside each heartbeat.
    #[test]
    fn the_cluster_config_is_written_where_that_is_safe() {
        let similar = || config(r#"{"id":7,"capabilities":{"serviceExportsEnabled":true}}"#, 5);
        let cases = [
            (None, Some(Change::Missing), Some(Change::Missing)),
            (Some(right(OURS)), None, None),
            (Some(right(5)), Some(Change::Adopt), None),
            (Some(right(0)), Some(Change::Adopt), None),
            (Some(similar()), Some(Change::Replace), None),
            (Some(config(r#"{"id":7}"#, OURS)), Some(Change::Replace), None),
        ];
        let ours = || beat("2026-11-22T12:01:00Z", 9, OURS);
        for (config, when_active, when_standing_by) in cases {
            let decision = |heartbeat: Option<StoredValue>| decided(&mut announcer(), heartbeat, config.clone(), after(90));
            assert_eq!(decision(Some(ours())), active(false, when_active.clone()), "{config:?}");
            assert_eq!(decision(None), active(true, when_active), "{config:?}");
            assert_eq!(decision(Some(beat("x", 9, 5))), standby(when_standing_by), "{config:?}");
        }
    }

    #[test]
    fn another_clusters_config_is_never_touched() {
        for foreign in [r#"{"id":8}"#, r#"{"id":8,"capabilities":{"maxConnectedClusters":255}}"#, "{}", "null", "", "oslo"] {
            for lease in [0, 5, OURS] {
                for heartbeat in [None, Some(beat("2026-11-22T12:01:00Z", 9, OURS)), Some(beat("x", 9, 5)), Some(beat("x", 9, 0))]
                {
                    for seconds in [60, 90, 120, 10_000] {
                        let mut memory = announcer();
                        let decision = decided(&mut memory, heartbeat.clone(), config(foreign, lease), after(seconds));
                        assert!(matches!(decision.role, AnnouncerRole::Wrong(_)), "{foreign}");
                        assert_eq!((decision.heartbeat, decision.config), (false, None), "{foreign}");
                        assert!(memory.rest(after(seconds)) > Duration::ZERO, "it would look again without a pause");
                    }
                }
            }
        }
    }

    #[test]
    fn another_clusters_config_that_expires_is_not_taken_over() {
        for (foreign, said) in [(r#"{"id":9}"#, "had the id 9 until it expired"), ("oslo", "cannot read")] {
            for mut memory in [announcer(), AnnouncerMemory::default()] {
                decided(&mut memory, None, config(foreign, 5), after(90));
                // Its writer is down for longer than its lease, with a heartbeat or without.
                for (heartbeat, seconds) in [(None, 1000), (Some(beat("x", 9, 5)), 1010), (Some(beat("x", 9, 5)), 9000)] {
                    let decision = decided(&mut memory, heartbeat, None, after(seconds));
                    let AnnouncerRole::Wrong(why) = &decision.role else { panic!("{decision:?}") };
                    assert!(why.contains(said) && why.contains("restart this announcer"), "{why}");
                    assert_eq!((decision.heartbeat, decision.config), (false, None));
                }
            }
        }
    }

    #[test]
    fn the_right_config_lets_another_clusters_be_forgotten() {
        for again in [right(0), config(r#"{"id":7}"#, 5)] {
            let mut memory = announcer();
            decided(&mut memory, None, config(r#"{"id":9}"#, 5), after(90));
            assert_eq!(decided(&mut memory, None, again, after(100)).role, AnnouncerRole::Active);
            assert_eq!(decided(&mut memory, None, None, after(110)), active(true, Some(Change::Missing)));
        }
    }

    #[test]
    fn the_lease_is_kept_alive_by_either_clock() {
        let memory = announcer();
        assert_eq!(memory.to_keep(after(44)), None);
        assert_eq!(memory.to_keep(after(45)), Some(OURS));
        let slept = Now { run: Duration::from_secs(1), wall: START + Duration::from_secs(600) };
        assert_eq!(memory.to_keep(slept), Some(OURS));
        assert_eq!(AnnouncerMemory::default().to_keep(after(600)), None);
    }
}
