//! The result for a link.

use crate::diag::Diagnostic;
use crate::verify::{Expiry, Heartbeat, Overlap};

use super::attempt::Attempt;

/// The result for a link.
pub struct LinkProbe {
    /// The remote cluster.
    pub cluster: String,
    /// The file of the config.
    pub file: String,
    /// Its endpoints, in the order of the config.
    pub attempts: Vec<Attempt>,
    /// The findings: the first error is the cause.
    pub findings: Vec<Diagnostic>,
    /// The heartbeat, if it could be read.
    pub heartbeat: Heartbeat,
    /// The id that the cluster announces.
    pub announced: Option<u32>,
    /// The certificate that expires first.
    pub expiry: Option<Expiry>,
    /// The replacement of a CA, if two are trusted.
    pub overlap: Option<Overlap>,
}

impl LinkProbe {
    /// Why the link is not ready.
    pub fn cause(&self) -> Option<&Diagnostic> {
        self.findings.iter().find(|finding| finding.is_error())
    }

    /// Whether an agent would be ready with it.
    pub fn ready(&self) -> bool {
        self.cause().is_none()
    }
}
