//! How long a leaf lasts that is issued now. Those of one cluster end together: one trip renews them, whichever CA signed them. Clusters that get
//! theirs in one run should not all need a trip on one day, so those of each end some days before their lifetime does.

use aws_lc_rs::digest::{SHA256, digest};
use time::{Duration, OffsetDateTime};

use crate::mesh::{ClusterName, Lifetime};

use super::leaf::whole_seconds;

/// When a leaf of `cluster` ends that is issued now. It ends before its authority, which ends at `until`: a chain that ends in the middle of
/// the leaf's life is noticed by no one.
pub(super) fn end(
    cluster: &ClusterName,
    lifetime: Lifetime,
    renew_before: Lifetime,
    until: OffsetDateTime,
    now: OffsetDateTime,
) -> OffsetDateTime {
    let lasts = lifetime.as_duration() - earlier(cluster, lifetime, renew_before);
    whole_seconds(now.saturating_add(lasts)).min(until.saturating_sub(Duration::SECOND))
}

/// How much earlier than others the leaves of `cluster` end, in whole days: at most a tenth of their lifetime, and at most half of the time
/// that they have until they are due. Leaves that live for less than ten days end together.
fn earlier(cluster: &ClusterName, lifetime: Lifetime, renew_before: Lifetime) -> Duration {
    let lasts = lifetime.as_duration().whole_days();
    let until_due = (lifetime.as_duration() - renew_before.as_duration()).whole_days();
    let most = (lasts / 10).min(until_due / 2).max(0);
    let hash = digest(&SHA256, cluster.as_str().as_bytes());
    let number = hash.as_ref().iter().take(7).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
    Duration::days(number % (most + 1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn days(cluster: &str, lifetime: &str, before: &str) -> i64 {
        let read = |text: &str| Lifetime::new(text).expect("a lifetime");
        let earlier = earlier(&ClusterName::new(cluster).expect("a name"), read(lifetime), read(before));
        assert_eq!(earlier, Duration::days(earlier.whole_days()), "whole days");
        earlier.whole_days()
    }

    #[test]
    fn clusters_are_spread_over_a_tenth_of_the_lifetime() {
        let names = (1..=255).map(|number| format!("cluster{number}"));
        let days: BTreeSet<i64> = names.map(|name| days(&name, "365d", "90d")).collect();
        assert_eq!(days, (0..=36).collect());
    }

    #[test]
    fn no_leaf_outlives_its_authority() {
        let (now, cluster) = (OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1), ClusterName::new("oslo").expect("a name"));
        for (ends, lasts) in
            [(400, Duration::days(341)), (341, Duration::days(341) - Duration::SECOND), (3, Duration::days(3) - Duration::SECOND)]
        {
            let until = OffsetDateTime::UNIX_EPOCH + Duration::days(ends);
            let end = end(&cluster, Lifetime::days(365), Lifetime::days(90), until, now);
            assert_eq!(end, OffsetDateTime::UNIX_EPOCH + lasts, "{ends}");
        }
    }

    #[test]
    fn no_leaf_is_nearly_due_when_it_is_issued_and_short_ones_end_together() {
        for number in 1..=255 {
            let name = format!("cluster{number}");
            assert!(days(&name, "365d", "345d") <= 10);
            assert_eq!((days(&name, "9d", "1d"), days(&name, "24h", "8h"), days(&name, "365d", "364d")), (0, 0, 0));
        }
    }
}
