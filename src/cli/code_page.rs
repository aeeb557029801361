//! A code's page for a terminal: Markdown in, plain text out. It knows no more Markdown than the pages in `docs/codes/` have:
//! a title, headings, paragraphs and fenced blocks.

use std::io::{self, Write};

use crate::diag::{Code, Severity};

/// Prints the catalogue's line and the page below it.
///
/// # Errors
/// Whatever writing to `out` yields.
pub(super) fn print(out: &mut dyn Write, code: Code) -> io::Result<()> {
    let entry = code.entry();
    let acceptable = if entry.acceptable { "the owner may accept it" } else { "cannot be accepted" };
    writeln!(out, "{code}: {}\n{}; {acceptable}", entry.title, word(entry.severity))?;
    let mut fenced = false;
    // The first line is the title, which is printed already.
    for line in code.entry().page.lines().skip(1) {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced && !line.is_empty() {
            writeln!(out, "    {line}")?;
        } else {
            writeln!(out, "{}", line.strip_prefix("## ").unwrap_or(line))?;
        }
    }
    Ok(())
}

/// The severity as a word.
pub(super) const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
