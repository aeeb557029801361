//! Findings as JSON for programs: the same content as the text. One shape of a finding is in every report.

use schemars::JsonSchema;
use serde::Serialize;

use crate::diag::{Count, Diagnostic, FieldPath, Lines, Report, Severity, Unchecked};

use super::value::CodeView;

/// Version of the shape of all reports that begin with findings. A new key does not raise it, a changed one does.
pub(super) const FORMAT: u32 = 2;

/// The report of `lint`, and the first part of other reports.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "lint")]
pub struct FindingsReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    pub(super) format: u32,
    /// What was read, as it was named on the command line.
    pub(super) files: Vec<String>,
    /// Findings, in the order of the file. Those about a link of `probe` are in the link.
    pub(super) findings: Vec<FindingView<'a>>,
    /// What would be checked if it were given.
    pub(super) not_checked: &'a [Unchecked],
    /// How many findings there are in the whole report.
    pub(super) count: Count,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Finding")]
pub struct FindingView<'a> {
    /// Its code, `CM0101` and so on; `meshbundle explain CODE` describes it.
    code: CodeView,
    /// How bad it is.
    severity: Severity,
    /// The file it is about.
    file: &'a str,
    /// The field of `mesh.yaml` that it is about; empty for a whole file.
    path: &'a FieldPath,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// Its column, in characters from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// What is wrong.
    message: &'a str,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// Whether an entry of `accept` in `mesh.yaml` can accept it.
    acceptable: bool,
    /// The reason in that entry, if it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a str>,
    /// Other places that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedPlace<'a>>,
}

/// Another place that belongs to a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct RelatedPlace<'a> {
    /// The field.
    path: &'a FieldPath,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// What is wrong there.
    text: &'a str,
}

impl<'a> FindingsReport<'a> {
    /// What text says of `report`, for programs.
    pub fn of(report: &Report<'a>) -> Self {
        Self {
            format: FORMAT,
            files: vec![report.file.to_owned()],
            findings: FindingView::all(report),
            not_checked: report.unchecked,
            count: Count::of(report.findings),
        }
    }
}

impl<'a> FindingView<'a> {
    /// Each finding of `report`.
    pub(super) fn all(report: &Report<'a>) -> Vec<Self> {
        let lines = Lines::new(report.source);
        let position = |path: &FieldPath| report.places.locate(path).map(|span| lines.position(span.start));
        let shown = |finding: &'a Diagnostic| {
            let place = finding.span.as_ref().map(|span| lines.position(span.start)).or_else(|| position(&finding.path));
            let related = finding.labels.iter().map(|label| RelatedPlace {
                path: &label.path,
                line: position(&label.path).map(|(line, _)| line),
                text: &label.text,
            });
            Self {
                code: CodeView(finding.code),
                severity: finding.severity,
                file: finding.place.as_ref().map_or(report.file, |place| place.file.as_str()),
                path: &finding.path,
                line: place.map(|(line, _)| line).or_else(|| Some(finding.place.as_ref()?.line.as_ref()?.0)),
                column: place.map(|(_, column)| column),
                message: &finding.message,
                cause: finding.cause.as_deref(),
                help: finding.help.as_deref(),
                acceptable: finding.code.entry().acceptable && finding.place.is_none(),
                accepted: finding.accepted.as_deref(),
                related: related.collect(),
            }
        };
        report.findings.iter().map(shown).collect()
    }
}
