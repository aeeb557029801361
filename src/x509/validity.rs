//! Validity times: DER time -> instant, by the rules of Go's cryptobyte (`ReadASN1UTCTime`, `ReadASN1GeneralizedTime`).
//!
//! Go is more lenient than RFC 5280 4.1.2.5: it accepts zone offsets and UTC times without seconds. It formats a parsed time
//! again and compares, so each instant has only one spelling.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::x509::der::{DerReader, SEQUENCE};

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads the next element as the first and the last instant.
pub(super) fn validity(body: &mut DerReader<'_>) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let mut times = body.expect(SEQUENCE)?.reader();
    Some((parse_time(&mut times)?, parse_time(&mut times)?))
}

/// Reads the next element as a time; `None` if Go would reject it.
fn parse_time(reader: &mut DerReader<'_>) -> Option<OffsetDateTime> {
    let element = reader.any()?;
    let text = std::str::from_utf8(element.content).ok()?;
    let mut digits = Digits(text);
    let year = match element.tag {
        // RFC 5280 4.1.2.5.1: two digits mean 1950 to 2049.
        UTC_TIME => match digits.take(2)? {
            year @ 50.. => 1900 + year,
            year => 2000 + year,
        },
        GENERALIZED_TIME => digits.take(4)?,
        _ => return None,
    };
    let (month, day, hour, minute) = (digits.take(2)?, digits.take(2)?, digits.take(2)?, digits.take(2)?);
    let second = match digits.take(2) {
        Some(second) => second,
        None if element.tag == UTC_TIME => 0,
        None => return None,
    };
    let offset = parse_zone(digits.0)?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    let time = Time::from_hms(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, u8::try_from(second).ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(offset))
}

/// `Z`, or hours and minutes with a sign; zero has no other spelling than `Z`.
fn parse_zone(text: &str) -> Option<UtcOffset> {
    let mut chars = text.chars();
    let sign = match chars.next()? {
        'Z' if chars.as_str().is_empty() => return Some(UtcOffset::UTC),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let mut digits = Digits(chars.as_str());
    let (hours, minutes) = (i8::try_from(digits.take(2)?).ok()?, i8::try_from(digits.take(2)?).ok()?);
    if !digits.0.is_empty() || hours > 24 || minutes > 59 || (hours, minutes) == (0, 0) {
        return None;
    }
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// The text not read yet.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    /// The next `count` characters as a number, if they are digits all.
    fn take(&mut self, count: usize) -> Option<u16> {
        let (number, rest) = self.0.split_at_checked(count)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = rest;
        number.parse().ok()
    }
}
