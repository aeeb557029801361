//! What a text leaves out of a long list.

use std::io::{self, Write};

/// Says how many of `all` things are not among the first `named`.
pub(super) fn print(out: &mut dyn Write, indent: &str, all: usize, named: usize) -> io::Result<()> {
    if all > named {
        writeln!(out, "{indent}and {} more; `--format json` names all", all - named)?;
    }
    Ok(())
}
