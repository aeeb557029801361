//! The time line of certificates: near days have as much room as far years.

use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::picture::short;

use super::certificates::{CertificateRow, Urgency};

/// The most rows that are drawn.
const MOST: usize = 24;
/// Letters of a label that fit beside the bars.
const MOST_LETTERS: usize = 44;
const LEFT: f64 = 300.0;
const WIDTH: f64 = 560.0;
const ROW: f64 = 24.0;
const TOP: f64 = 34.0;

/// Marks of the scale, in days.
const MARKS: [(i64, &str); 8] = [
    (0, "now"),
    (7, "a week"),
    (30, "30 days"),
    (90, "90 days"),
    (365, "1 year"),
    (730, "2 years"),
    (1825, "5 years"),
    (3650, "10 years"),
];

/// What the template needs.
#[derive(Serialize)]
pub(super) struct Timeline {
    height: f64,
    bottom: f64,
    marks: Vec<Mark>,
    bars: Vec<Bar>,
    description: String,
}

#[derive(Serialize)]
struct Mark {
    x: String,
    name: &'static str,
}

#[derive(Serialize)]
struct Bar {
    what: String,
    y: f64,
    text_y: f64,
    width: String,
    end: String,
    urgency: Urgency,
    expired: bool,
    soon: bool,
}

impl Timeline {
    /// The time line of rows in order of their end; none without rows.
    pub(super) fn of(rows: &[CertificateRow], now: OffsetDateTime) -> Option<Self> {
        let drawn = rows.get(..rows.len().min(MOST)).unwrap_or_default();
        let last = drawn.last()?;
        let furthest = (last.until - now).max(Duration::days(365));
        let scale = |left: Duration| (days(left) / 7.0).ln_1p() / (days(furthest) / 7.0).ln_1p() * WIDTH;
        let bar = |(row, number): (&CertificateRow, u8)| {
            let (y, width) = (f64::from(number).mul_add(ROW, TOP), scale((row.until - now).max(Duration::ZERO)));
            Bar {
                what: short(&row.what, MOST_LETTERS),
                y,
                text_y: y + 4.0,
                width: format!("{width:.1}"),
                end: format!("{:.1}", LEFT + width),
                urgency: row.urgency,
                expired: row.urgency == Urgency::Expired,
                soon: row.urgency == Urgency::Soon,
            }
        };
        let marks = MARKS.into_iter().filter(|(day, _)| Duration::days(*day) <= furthest);
        let bottom = (drawn.len() as f64).mul_add(ROW, TOP - 8.0);
        let first = drawn.first()?;
        Some(Self {
            height: bottom + 8.0,
            bottom,
            marks: marks.map(|(day, name)| Mark { x: format!("{:.1}", LEFT + scale(Duration::days(day))), name }).collect(),
            bars: drawn.iter().zip(0u8..).map(bar).collect(),
            description: format!("{} expires first. The table below has every date.", first.what),
        })
    }
}

fn days(duration: Duration) -> f64 {
    duration.as_seconds_f64() / 86_400.0
}
