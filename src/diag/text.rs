//! Findings as text for people: the lines of their file with labels at both ends of a conflict, cause and help below.
//!
//! Input: findings in order, the text of the file. Output: text, with or without colour. It decides nothing.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Count, Diagnostic, Locate, Severity};

/// Prints every finding and a last line that counts them. Accepted ones are told in one line each.
///
/// # Errors
/// Whatever writing to `out` yields.
pub fn print(
    out: &mut dyn Write,
    findings: &[Diagnostic],
    file: &str,
    source: &str,
    places: &dyn Locate,
    colour: bool,
) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for finding in findings.iter().filter(|finding| finding.accepted.is_none()) {
        writeln!(out, "{}\n", renderer.render(&groups(finding, file, source, places)))?;
    }
    for finding in findings {
        if let Some(reason) = &finding.accepted {
            writeln!(out, "accepted[{}]: {} ({}): {reason}", finding.code, finding.message, finding.path)?;
        }
    }
    let count = Count::of(findings);
    writeln!(out, "{file}: {}", summary(count))
}

/// `2 errors, 1 warning, 1 accepted`, or `no findings`.
fn summary(count: Count) -> String {
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if count.errors > 0 {
        parts.push(plural(count.errors, "error"));
    }
    if count.warnings > 0 {
        parts.push(plural(count.warnings, "warning"));
    }
    if count.accepted > 0 {
        parts.push(format!("{} accepted", count.accepted));
    }
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

fn groups<'a>(finding: &'a Diagnostic, file: &'a str, source: &'a str, places: &dyn Locate) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(finding.message.as_str()).id(finding.code.as_str());
    let main = finding.span.clone().or_else(|| places.locate(&finding.path));
    let mut group = if let Some(span) = main {
        let mut snippet = Snippet::source(source).path(file).fold(true);
        // The earlier place first: this is the order in which people read their file.
        for label in &finding.labels {
            if let Some(span) = places.locate(&label.path) {
                let span = one_line(span, source);
                snippet = snippet.annotation(AnnotationKind::Context.span(span).label(label.text.as_str()));
            }
        }
        let mut primary = AnnotationKind::Primary.span(one_line(span, source));
        if !finding.label.is_empty() {
            primary = primary.label(finding.label.as_str());
        }
        title.element(snippet.annotation(primary))
    } else {
        Group::with_title(title)
    };
    if let Some(cause) = &finding.cause {
        group = group.element(Level::NOTE.message(cause.as_str()));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    if finding.code.entry().acceptable {
        // In quotes: a plain scalar between braces cannot hold brackets.
        let accept = format!("or accept it: `{{ code: {}, at: \"{}\", reason: … }}`", finding.code, finding.path.as_str());
        group = group.element(Level::HELP.message(accept));
    }
    vec![group]
}

/// The part of `span` on its first line: a finding about a whole cluster should not print the whole cluster.
fn one_line(span: Range<usize>, source: &str) -> Range<usize> {
    let start = span.start.min(source.len());
    let end = span.end.clamp(start, source.len());
    let text = source.get(start..end).unwrap_or_default();
    let length = text.find('\n').unwrap_or(text.len());
    start..start + text.get(..length).map_or(0, |line| line.trim_end().len())
}
