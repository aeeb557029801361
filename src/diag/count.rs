//! How many findings of each kind a report has.

use super::diagnostic::Diagnostic;
use super::severity::Severity;

/// How many findings of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Count {
    /// Errors that are not accepted.
    pub errors: usize,
    /// Warnings that are not accepted.
    pub warnings: usize,
    /// Findings that the owner accepts.
    pub accepted: usize,
}

impl Count {
    /// Counts `findings`.
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Self {
        let mut count = Self::default();
        for finding in findings {
            match (&finding.accepted, finding.severity) {
                (Some(_), _) => count.accepted += 1,
                (None, Severity::Error) => count.errors += 1,
                (None, Severity::Warning) => count.warnings += 1,
            }
        }
        count
    }
}
