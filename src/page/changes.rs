//! What has changed since the page before, in words.

use serde::Serialize;
use time::OffsetDateTime;

use crate::scene::{Change, Summary, changes};

/// The most lines.
const MOST: usize = 100;

/// What has changed.
#[derive(Serialize)]
pub(super) struct Changes {
    since: String,
    lines: Vec<String>,
    rest: usize,
}

impl Changes {
    pub(super) fn between(before: &Summary, now: &Summary) -> Self {
        let all = changes(before, now);
        let since = OffsetDateTime::from_unix_timestamp(before.at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        Self { since: minute(since), lines: all.iter().take(MOST).map(words).collect(), rest: all.len().saturating_sub(MOST) }
    }
}

/// A time to the minute.
pub(super) fn minute(at: OffsetDateTime) -> String {
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

fn words(change: &Change) -> String {
    match change {
        Change::Link { reader, remote, before, now } => {
            let link = format!("{reader} reads {remote}");
            match (before, now) {
                (Some(before), Some(now)) => format!("{link}: {}, was {}", now.word(), before.word()),
                (None, Some(now)) => format!("{link}: new, {}", now.word()),
                (_, None) => format!("{link}: no longer"),
            }
        }
        Change::Came(cluster) => format!("{cluster} is new"),
        Change::Left(cluster) => format!("{cluster} has left"),
        Change::Installed { cluster, before, now } => {
            format!("{cluster}: {} of {} bundles installed, was {} of {}", now.0, now.1, before.0, before.1)
        }
        Change::Found(finding) => format!("new finding: {finding}"),
        Change::Fixed(finding) => format!("fixed: {finding}"),
    }
}
