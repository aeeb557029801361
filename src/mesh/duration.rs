//! Lifetimes as people write them: `10y`, `90d`, `12h`. A year has 365 days, so that a lifetime does not depend on the date.

use std::fmt;

/// Longest lifetime: X.509 dates after 2049 change their form, and no one maintains a certificate for longer.
const MAX_HOURS: i64 = 100 * 365 * 24;

/// Why a text is not a lifetime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLifetime {
    /// It is not written as one.
    #[error("`{}` is not a lifetime such as `10y`, `90d` or `12h`", .0.escape_debug())]
    Form(String),
    /// It is longer than the maximum.
    #[error("`{0}` is more than 100 years")]
    TooLong(String),
}

/// A lifetime, in whole hours, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime {
    hours: i64,
}

impl Lifetime {
    /// A lifetime of `days`.
    pub const fn days(days: i64) -> Self {
        Self { hours: days * 24 }
    }

    /// Reads `10y`, `90d` or `12h`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, BadLifetime> {
        let digits = text.len().saturating_sub(1);
        let (number, unit) = (text.get(..digits).unwrap_or_default(), text.get(digits..).unwrap_or_default());
        let hours = match unit {
            "y" => 365 * 24,
            "d" => 24,
            "h" => 1,
            _ => return Err(BadLifetime::Form(text.to_owned())),
        };
        if number.bytes().any(|byte| !byte.is_ascii_digit()) || number.bytes().all(|byte| byte == b'0') {
            return Err(BadLifetime::Form(text.to_owned()));
        }
        match number.parse::<i64>().ok().and_then(|number| number.checked_mul(hours)) {
            Some(hours) if hours <= MAX_HOURS => Ok(Self { hours }),
            _ => Err(BadLifetime::TooLong(text.to_owned())),
        }
    }

    /// As a span of time.
    pub const fn as_duration(self) -> time::Duration {
        time::Duration::hours(self.hours)
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hours {
            hours if hours % (365 * 24) == 0 => write!(f, "{}y", hours / (365 * 24)),
            hours if hours % 24 == 0 => write!(f, "{}d", hours / 24),
            hours => write!(f, "{hours}h"),
        }
    }
}
