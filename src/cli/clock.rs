//! Now: the system's, or `MESHBUNDLE_NOW` for tests and rehearsals.

use std::ops::RangeInclusive;

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

use super::Failure;

/// Years that are reckoned with: a certificate may last a hundred of them, and X.509 has none after 9999.
const YEARS: RangeInclusive<i32> = 1970..=9800;

/// A time of the command line: RFC 3339, or a date, which is its first instant in UTC.
pub(super) fn parse(text: &str) -> Result<OffsetDateTime, String> {
    let date = || (text.len() == "2027-01-31".len()).then(|| Date::parse(text, &Iso8601::DATE).ok()).flatten();
    let time = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| Some(date()?.midnight().assume_utc()));
    within(time.ok_or_else(|| "write it as `2027-01-31`, or with the time as `2027-01-31T12:00:00Z`".to_owned())?)
}

fn within(time: OffsetDateTime) -> Result<OffsetDateTime, String> {
    let outside = || format!("the year is {}, and must be in {} to {}", time.year(), YEARS.start(), YEARS.end());
    YEARS.contains(&time.year()).then_some(time).ok_or_else(outside)
}

pub(super) fn now() -> Result<OffsetDateTime, Failure> {
    match std::env::var("MESHBUNDLE_NOW") {
        Ok(text) => parse(&text).map_err(|help| {
            Failure::Usage(format!("`MESHBUNDLE_NOW` is `{}`, which is not a time\nhelp: {help}", text.escape_debug()))
        }),
        Err(std::env::VarError::NotPresent) => within(OffsetDateTime::now_utc())
            .map_err(|error| Failure::Input(format!("the clock of this machine is wrong: {error}"))),
        Err(error @ std::env::VarError::NotUnicode(_)) => Err(Failure::Usage(format!("`MESHBUNDLE_NOW`: {error}"))),
    }
}
