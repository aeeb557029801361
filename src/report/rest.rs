//! What a text leaves out of a long list.

use std::fmt::Display;
use std::io::{self, Write};

/// The first `named` of `names`, and how many more there are.
pub(super) fn shortened<T: Display>(names: impl IntoIterator<Item = T>, named: usize) -> String {
    let mut names = names.into_iter();
    let shown = names.by_ref().take(named).map(|name| name.to_string()).collect::<Vec<_>>().join(", ");
    match names.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Says how many of `all` things are not among the first `named`.
pub(super) fn print(out: &mut dyn Write, indent: &str, all: usize, named: usize) -> io::Result<()> {
    if all > named {
        writeln!(out, "{indent}and {} more; `--format json` names all", all - named)?;
    }
    Ok(())
}
