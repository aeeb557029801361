//! An instant, as messages show it: with the hour where the hour matters.

use time::{Duration, OffsetDateTime, UtcOffset};

/// Closer instants than this are shown with their hour.
const CLOSE: Duration = Duration::hours(48);

/// The day of `at`; within two days of `now` with hour and zone.
pub fn moment(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
    if (at - now).abs() > CLOSE {
        return at.date().to_string();
    }
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

/// How long `end` is away: `in 9 days`, within two days `in 31 hours`.
pub fn time_left(end: OffsetDateTime, now: OffsetDateTime) -> String {
    let left = end - now;
    if left > CLOSE { format!("in {} days", left.whole_days()) } else { format!("in {} hours", left.whole_hours()) }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{moment, time_left};

    #[test]
    fn the_hour_is_shown_where_it_matters() {
        let now = datetime!(2026-11-21 12:00:00 UTC);
        assert_eq!(moment(datetime!(2026-11-23 13:30:00 +01:30), now), "2026-11-23 12:00 UTC");
        assert_eq!(moment(datetime!(2026-11-20 01:05:00 UTC), now), "2026-11-20 01:05 UTC");
        assert_eq!(moment(datetime!(2026-11-23 12:00:01 UTC), now), "2026-11-23");
        assert_eq!(time_left(datetime!(2026-11-23 12:00:00 UTC), now), "in 48 hours");
        assert_eq!(time_left(datetime!(2026-11-30 13:00:00 UTC), now), "in 9 days");
    }
}
