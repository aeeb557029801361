//! Findings as JSON for programs: the same content as the text, in a shape with a version of its own.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Count, Diagnostic, FieldPath, Lines, Report, Severity, Unchecked};

/// The report that `lint` and `verify` print with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct JsonReport<'a> {
    /// Version of this shape; a new field does not raise it, a changed one does.
    format: u32,
    /// The file the findings are about, as it was named on the command line.
    file: &'a str,
    /// Every finding, in the order of the file.
    findings: Vec<JsonFinding<'a>>,
    /// What would be checked if it were given.
    not_checked: &'a [Unchecked],
    /// How many findings there are.
    count: Count,
}

/// One finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct JsonFinding<'a> {
    /// Its code, `CM0101` and so on; `meshbundle explain CODE` describes it.
    code: &'static str,
    /// How bad it is.
    severity: Severity,
    /// The field it is about; empty for the whole file.
    path: &'a FieldPath,
    /// The file it is about, where that is not the mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// Its line, from 1.
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
    /// Whether `accept` may silence it.
    acceptable: bool,
    /// Why the owner accepts it, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a str>,
    /// Other places that belong to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

/// Another place that belongs to a finding.
#[derive(Debug, Serialize, JsonSchema)]
struct Related<'a> {
    /// The field.
    path: &'a FieldPath,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// What is wrong there.
    text: &'a str,
}

impl<'a> JsonReport<'a> {
    /// The same report for programs.
    pub fn new(report: &Report<'a>) -> Self {
        let lines = Lines::new(report.source);
        let position = |path: &FieldPath| report.places.locate(path).map(|span| lines.position(span.start));
        let shown = |finding: &'a Diagnostic| {
            let place = finding.span.as_ref().map(|span| lines.position(span.start)).or_else(|| position(&finding.path));
            let related = finding.labels.iter().map(|label| Related {
                path: &label.path,
                line: position(&label.path).map(|(line, _)| line),
                text: &label.text,
            });
            JsonFinding {
                code: finding.code.as_str(),
                severity: finding.severity,
                path: &finding.path,
                file: finding.place.as_ref().map(|place| place.file.as_str()),
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
        Self {
            format: 1,
            file: report.file,
            findings: report.findings.iter().map(shown).collect(),
            not_checked: report.unchecked,
            count: Count::of(report.findings),
        }
    }
}

/// The JSON Schema of [`JsonReport`].
pub fn report_schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<JsonReport<'static>>().to_value()
}
