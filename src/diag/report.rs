//! A report about one file: its findings, what was not checked, and the places in the file.

use std::ops::Range;

use serde::Serialize;

use super::{Diagnostic, FieldPath, Locate};

/// The content of a report in any format.
pub struct Report<'a> {
    /// The file, as it was named on the command line.
    pub file: &'a str,
    /// Its text.
    pub source: &'a str,
    /// The places of values in it.
    pub places: &'a dyn Locate,
    /// Every finding, in the order of the file.
    pub findings: &'a [Diagnostic],
    /// What could not be checked; empty where that does not apply.
    pub unchecked: &'a [Unchecked],
}

/// For findings about files, which contain their place.
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
