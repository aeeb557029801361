//! What is at a path of the agents, and how that path is spelt.

use crate::verify::tree::Entry;

/// What is at a path of the agents.
pub struct Found<'a> {
    /// How messages name the place.
    pub shown: String,
    /// Its path in the clustermesh directory, if it is in there.
    pub inside: Option<String>,
    /// The file, if there is one.
    pub entry: Option<&'a Entry>,
}

/// `name` in the folder `file`, as messages name it.
pub(super) fn below(file: &str, name: &str) -> String {
    let between = if file.ends_with('/') { "" } else { "/" };
    format!("{file}{between}{}", name.escape_debug())
}

/// A path without `.`, `..` and empty parts.
pub(in crate::verify) fn normal(path: &str) -> String {
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    format!("/{}", parts.join("/"))
}
