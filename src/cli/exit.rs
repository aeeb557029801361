//! How a run ends.

use std::io;
use std::process::ExitCode;

use crate::generate::{GenerateError, GuardError};
use crate::store::StoreError;

/// A run that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing to complain of.
    Clean,
    /// Findings about the mesh, or pending changes where they were asked for.
    Findings,
    /// Usage, or the work could not be done.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        })
    }
}

/// A run that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read or written; the message has its path.
    #[error("{0}")]
    File(io::Error),
    /// Standard output is gone.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// The words of the command line do not fit together.
    #[error("{0}")]
    Usage(String),
    /// An etcd cannot be read.
    #[error("{0}")]
    Etcd(String),
    /// The disk, or what is on it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something must not be written over.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// A plan could not be carried out.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}
