//! Findings in the order of the file, each once.

use std::collections::HashSet;
use std::ops::Range;

use super::diagnostic::Diagnostic;
use super::path::FieldPath;

/// Turns a field path into a byte range of the file it came from.
pub trait Locate {
    /// The range of the value at `path`, or of the nearest parent that is in the file.
    fn locate(&self, path: &FieldPath) -> Option<Range<usize>>;
}

/// Sorts findings by place in the file, then by code, and removes duplicates. A finding in `defaults` would otherwise be reported
/// for each cluster that it affects.
pub fn arrange(findings: Vec<Diagnostic>, places: &dyn Locate) -> Vec<Diagnostic> {
    let mut placed: Vec<(usize, Diagnostic)> = findings
        .into_iter()
        .map(|mut finding| {
            let span = finding.span.clone().or_else(|| places.locate(&finding.path));
            finding.span.clone_from(&span);
            (span.map_or(usize::MAX, |span| span.start), finding)
        })
        .collect();
    placed.sort_by(|(a, x), (b, y)| (a, x.code, &x.message).cmp(&(b, y.code, &y.message)));
    let mut seen = HashSet::new();
    // One that is accepted for one cluster is still open for the next.
    placed.retain(|(start, finding)| seen.insert((*start, finding.code, finding.accepted.is_some(), finding.message.clone())));
    placed.into_iter().map(|(_, finding)| finding).collect()
}
