//! Why an entry or an archive could not be made. Never contains a content.

use std::io;

use thiserror::Error;

/// Why an entry was rejected, or the archive could not be written.
#[derive(Debug, Error)]
pub enum PackError {
    /// The path is not one that unpacks to the same place below the current directory everywhere.
    #[error("an archive cannot have the path `{path}`: {reason}")]
    Path {
        /// The path as it was given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The mode has more than permission bits.
    #[error("`{path}` cannot have the mode {mode:o} in an archive: it has bits outside 7777")]
    Mode {
        /// The path as it was given.
        path: String,
        /// The mode as it was given.
        mode: u32,
    },
    /// The archive already has an entry of this path: the later one would silently replace the first.
    #[error("`{path}` is already in the archive")]
    Duplicate {
        /// The path as it was given.
        path: String,
    },
    /// No directory entry of the parent came before: tar would make one with a mode and a time of its own.
    #[error("`{path}` comes before its directory")]
    Orphan {
        /// The path as it was given.
        path: String,
    },
    /// The output failed; what was written until then is not an archive.
    #[error("could not write the archive: {0}")]
    Write(#[from] io::Error),
}
