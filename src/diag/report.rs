//! A report about one file: what was found, what was not looked at, and where in the file it all stands.

use std::ops::Range;

use serde::Serialize;

use super::{Diagnostic, FieldPath, Locate};

/// What a report tells, whatever its form.
pub struct Report<'a> {
    /// The file, as it was named on the command line.
    pub file: &'a str,
    /// Its text.
    pub source: &'a str,
    /// Where values stand in it.
    pub places: &'a dyn Locate,
    /// Every finding, in the order of the file.
    pub findings: &'a [Diagnostic],
    /// What could not be checked; empty where nobody asked.
    pub unchecked: &'a [Unchecked],
}

/// Findings about files have their place in themselves.
pub struct Nowhere;

impl Locate for Nowhere {
    fn locate(&self, _: &FieldPath) -> Option<Range<usize>> {
        None
    }
}

/// A field that would be checked if it were given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Unchecked {
    /// The field of a cluster: `podCIDRs`, `cilium.encryption`.
    pub field: &'static str,
    /// The clusters that do not have it, in the order of the file.
    pub clusters: Vec<String>,
    /// Whether no cluster has it.
    #[serde(skip)]
    pub nowhere: bool,
}
