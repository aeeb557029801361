//! Values that every report writes in the same way: a time, a code, and what is written as its text.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

use crate::diag::Code;

/// A time in whole seconds, which certificates have and people read; RFC 3339 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(inline, extend("format" = "date-time"))]
pub struct Timestamp(#[schemars(with = "String")] OffsetDateTime);

impl Timestamp {
    /// `seconds` since 1970.
    pub(super) fn from_unix(seconds: i64) -> Self {
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }

    /// Seconds since 1970.
    pub(super) fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    pub(super) const fn time(self) -> OffsetDateTime {
        self.0
    }

    pub(super) fn date(self) -> Date {
        self.0.date()
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        Self(time.replace_nanosecond(0).unwrap_or(time))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // RFC 3339 has no year before 0. A remote may still write one, and its report is printed.
        serializer.serialize_str(&self.0.format(&Rfc3339).unwrap_or_else(|_| self.0.to_string()))
    }
}

/// A code, as `meshbundle explain` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(inline, extend("pattern" = "^CM[0-9]{4}$"))]
pub(super) struct CodeView(#[schemars(with = "String")] pub(super) Code);

impl Serialize for CodeView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// Writes a value as the text that people see.
pub(super) fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::Timestamp;

    #[test]
    fn every_time_can_be_written() {
        let written = |time: time::OffsetDateTime| serde_json::to_string(&Timestamp::from(time)).expect("JSON");
        assert_eq!(written(datetime!(2026-11-28 14:00:00.7 UTC)), "\"2026-11-28T14:00:00Z\"");
        assert_eq!(written(datetime!(-0001-12-31 00:00:00 UTC)), "\"-0001-12-31 0:00:00.0 +00:00:00\"");
    }
}
