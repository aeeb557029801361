//! What `announce --check` reports to people: a line for each key.

use std::io::{self, Write};

use crate::announce::{ConfigHealth, Health, HeartbeatHealth};

/// Prints what was found.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, health: &Health) -> io::Result<()> {
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
