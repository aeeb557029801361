//! Now: the system's, or `MESHBUNDLE_NOW` for tests and rehearsals.

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime};

use super::Failure;

/// A time of the command line: RFC 3339, or a date, which is its first instant in UTC.
pub(super) fn parse(text: &str) -> Result<OffsetDateTime, String> {
    let date = || (text.len() == "2027-01-31".len()).then(|| Date::parse(text, &Iso8601::DATE).ok()).flatten();
    let time = OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| Some(date()?.midnight().assume_utc()));
    time.ok_or_else(|| "write it as `2027-01-31`, or with the time as `2027-01-31T12:00:00Z`".to_owned())
}

pub(super) fn now() -> Result<OffsetDateTime, Failure> {
    match std::env::var("MESHBUNDLE_NOW") {
        Ok(text) => parse(&text).map_err(|help| {
            Failure::Usage(format!("`MESHBUNDLE_NOW` is `{}`, which is no time\nhelp: {help}", text.escape_debug()))
        }),
        Err(std::env::VarError::NotPresent) => Ok(OffsetDateTime::now_utc()),
        Err(error @ std::env::VarError::NotUnicode(_)) => Err(Failure::Usage(format!("`MESHBUNDLE_NOW`: {error}"))),
    }
}
