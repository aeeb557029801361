//! What a text leaves out of a long list.

use std::fmt::Display;
use std::io::{self, Write};

/// The first `named` of `names`, and how many more there are.
pub(super) fn shortened<T: Display>(names: &[T], named: usize) -> String {
    let shown = names.iter().take(named).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if names.len() > named { format!("{shown} and {} more", names.len() - named) } else { shown }
}

/// Says how many of `all` things are not among the first `named`.
pub(super) fn print(out: &mut dyn Write, indent: &str, all: usize, named: usize) -> io::Result<()> {
    if all > named {
        writeln!(out, "{indent}and {} more; `--format json` names all", all - named)?;
    }
    Ok(())
}
