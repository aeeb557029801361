//! Now: the system's, or `MESHBUNDLE_NOW` (RFC 3339) for tests and rehearsals.

use std::ops::RangeInclusive;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Failure;

/// Years that are reckoned with: a certificate may last a hundred of them, and X.509 has none after 9999.
const YEARS: RangeInclusive<i32> = 1970..=9800;

/// A time of the command line.
pub(super) fn parse(text: &str) -> Result<OffsetDateTime, String> {
    within(OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "write it as `2027-01-31T12:00:00Z`".to_owned())?)
}

fn within(time: OffsetDateTime) -> Result<OffsetDateTime, String> {
    let said = || format!("the year is {}, and must be in {} to {}", time.year(), YEARS.start(), YEARS.end());
    YEARS.contains(&time.year()).then_some(time).ok_or_else(said)
}

pub(super) fn now() -> Result<OffsetDateTime, Failure> {
    match std::env::var("MESHBUNDLE_NOW") {
        Ok(text) => {
            let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|error| {
                Failure::Usage(format!("`MESHBUNDLE_NOW` is `{}`, not a time of RFC 3339: {error}", text.escape_debug()))
            })?;
            within(time).map_err(|error| Failure::Usage(format!("`MESHBUNDLE_NOW` is `{}`: {error}", text.escape_debug())))
        }
        Err(_) => within(OffsetDateTime::now_utc())
            .map_err(|error| Failure::Usage(format!("the clock of this machine is wrong: {error}"))),
    }
}
