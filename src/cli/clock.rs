//! Now: the system's, or `MESHBUNDLE_NOW` (RFC 3339) for tests and rehearsals.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Failure;

/// A time of the command line.
pub(super) fn parse(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| "write it as `2027-01-31T12:00:00Z`".to_owned())
}

pub(super) fn now() -> Result<OffsetDateTime, Failure> {
    match std::env::var("MESHBUNDLE_NOW") {
        Ok(text) => OffsetDateTime::parse(&text, &Rfc3339).map_err(|error| {
            Failure::Usage(format!("`MESHBUNDLE_NOW` is `{}`, not a time of RFC 3339: {error}", text.escape_debug()))
        }),
        Err(_) => Ok(OffsetDateTime::now_utc()),
    }
}
