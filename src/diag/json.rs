//! Findings as JSON for programs: the same content as the text, in a shape with a version of its own.

use serde::Serialize;

use super::{Count, Diagnostic, FieldPath, Locate, Severity};

/// The report that `lint --format json` prints, and that other reports hold under `findings`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonReport<'a> {
    /// Version of this shape; a new field does not raise it, a changed one does.
    pub format: u32,
    /// The file the findings are about, as it was named on the command line.
    pub file: &'a str,
    /// Every finding, in the order of the file.
    pub findings: Vec<JsonFinding<'a>>,
    /// How many there are.
    pub count: Count,
}

/// One finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonFinding<'a> {
    code: &'static str,
    severity: Severity,
    path: &'a FieldPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
}

#[derive(Debug, Serialize)]
struct Related<'a> {
    path: &'a FieldPath,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    text: &'a str,
}

impl<'a> JsonReport<'a> {
    /// Builds the report; lines and columns count from 1, columns in characters.
    pub fn new(findings: &'a [Diagnostic], file: &'a str, source: &str, places: &dyn Locate) -> Self {
        let position = |path: &FieldPath, span: Option<usize>| {
            let start = span.or_else(|| places.locate(path).map(|span| span.start));
            start.map(|start| line_and_column(source, start))
        };
        let shown = |finding: &'a Diagnostic| {
            let place = position(&finding.path, finding.span.as_ref().map(|span| span.start));
            JsonFinding {
                code: finding.code.as_str(),
                severity: finding.severity,
                path: &finding.path,
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                message: &finding.message,
                cause: finding.cause.as_deref(),
                help: finding.help.as_deref(),
                accepted: finding.accepted.as_deref(),
                related: finding
                    .labels
                    .iter()
                    .map(|label| Related {
                        path: &label.path,
                        line: position(&label.path, None).map(|(line, _)| line),
                        text: &label.text,
                    })
                    .collect(),
            }
        };
        Self { format: 1, file, findings: findings.iter().map(shown).collect(), count: Count::of(findings) }
    }
}

fn line_and_column(source: &str, byte: usize) -> (usize, usize) {
    let before = source.get(..byte.min(source.len())).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before.get(line_start..).map_or(0, |text| text.chars().count()) + 1)
}
