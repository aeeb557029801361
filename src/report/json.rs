//! The printer for programs: any view as JSON.

use std::io::{self, Write};

use serde::Serialize;

/// Prints `report` in lines for people who look at it.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// Prints `report` in one line.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_line(out: &mut dyn Write, report: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, report)?;
    writeln!(out)
}
