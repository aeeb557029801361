//! What is at a path of the agents, and how that path is spelt.

use std::borrow::Cow;

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

impl Found<'_> {
    /// What is right in the clustermesh directory on the way to it, if it is in there.
    pub(in crate::verify) fn inside(&self) -> Option<&str> {
        self.inside.as_deref().and_then(|inside| inside.split('/').next())
    }
}

/// `name` in the folder `file`, as messages name it.
pub(super) fn below(file: &str, name: &str) -> String {
    let between = if file.ends_with('/') { "" } else { "/" };
    format!("{file}{between}{}", escaped(name))
}

/// `name` as messages show it.
pub(super) fn escaped(name: &str) -> Cow<'_, str> {
    // Most names are plain. To escape one letter by letter takes longer than to find its file.
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_'));
    if is_plain { Cow::Borrowed(name) } else { Cow::Owned(name.escape_debug().to_string()) }
}

/// A path without `.`, `..` and empty parts.
pub(in crate::verify) fn normal(path: &str) -> String {
    let is_normal = || path.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."));
    if !path.starts_with('/') || is_normal() {
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
