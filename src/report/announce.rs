//! What `announce --check` has found, as text and as JSON, in a shape with a version.

use std::io::{self, Write};

use serde::Serialize;
use time::OffsetDateTime;

use crate::announce::{Announcement, ConfigHealth, Health, HeartbeatHealth};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    /// Version of this shape; a new field does not raise it, a changed one does.
    format: u32,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    healthy: bool,
    cluster_config: JsonConfig<'a>,
    heartbeat: JsonHeartbeat<'a>,
}

#[derive(Serialize)]
struct JsonConfig<'a> {
    key: String,
    right: bool,
    /// The id that it says.
    id: Option<u32>,
    /// Why it is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonHeartbeat<'a> {
    fresh: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    value: Option<OffsetDateTime>,
    age_seconds: Option<i64>,
    /// Whether it was seen to move, which is waited for only where its time tells nothing.
    moved: bool,
    /// Why agents would give up.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// Prints it.
pub fn print(out: &mut dyn Write, announcement: &Announcement, health: &Health, now: OffsetDateTime) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(announcement, health, now)).map_err(io::Error::from)?;
    writeln!(out)
}

/// Prints it for people.
///
/// # Errors
/// Whatever writing to `out` yields.
pub fn print_text(out: &mut dyn Write, health: &Health) -> io::Result<()> {
    writeln!(out, "cluster-config: {}", config(&health.config))?;
    writeln!(out, "heartbeat: {}", heartbeat(&health.heartbeat))
}

fn config(health: &ConfigHealth) -> String {
    match (health.id, &health.wrong) {
        (Some(id), None) => format!("id {id}, right"),
        (Some(id), Some(wrong)) => format!("id {id}, wrong: {wrong}"),
        (None, wrong) => format!("wrong: {}", wrong.as_deref().unwrap_or_default()),
    }
}

fn heartbeat(health: &HeartbeatHealth) -> String {
    match (&health.wrong, health.age) {
        (Some(wrong), _) => format!("wrong: {wrong}"),
        (None, Some(age)) if health.moved => format!("it moves; clocks differ by {} s", age.abs()),
        (None, Some(age)) => format!("{} s ago", age.max(0)),
        (None, None) => "it moves".to_owned(),
    }
}

fn document<'a>(announcement: &Announcement, health: &'a Health, now: OffsetDateTime) -> Document<'a> {
    let (config, heartbeat) = (&health.config, &health.heartbeat);
    Document {
        format: 1,
        at: now.replace_nanosecond(0).unwrap_or(now),
        healthy: health.is_good(),
        cluster_config: JsonConfig {
            key: announcement.key(),
            right: config.wrong.is_none(),
            id: config.id,
            message: config.wrong.as_deref(),
        },
        heartbeat: JsonHeartbeat {
            fresh: heartbeat.wrong.is_none(),
            value: heartbeat.value,
            age_seconds: heartbeat.age,
            moved: heartbeat.moved,
            message: heartbeat.wrong.as_deref(),
        },
    }
}
