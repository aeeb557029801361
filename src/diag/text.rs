//! Findings as text for people: the lines of their file with labels at both ends of a conflict, cause and help below.
//!
//! Input: a report. Output: text, with or without colour, made for 80 columns. It omits nothing: of very many findings of one
//! kind, it shows the first in full and the others on a line each.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

use super::{Code, Count, Diagnostic, FilePlace, Lines, Locate, Report, Severity, Unchecked, plural};

/// Columns that every terminal has.
const WIDTH: usize = 80;
/// Up to this number, all findings are shown in full, in the order of the file.
const ALL_IN_FULL: usize = 30;
/// Of more findings, this number of each code is shown in full.
const EXAMPLES: usize = 2;

/// Prints every finding that is not accepted, and a last line that counts all of them.
///
/// # Errors
/// Whatever writing to `out` yields.
pub fn print(out: &mut dyn Write, report: &Report<'_>, colour: bool) -> io::Result<()> {
    print_open(out, report, colour)?;
    if !report.unchecked.is_empty() {
        let line = format!("not checked, because not given: {}", unchecked(report.unchecked));
        writeln!(out, "{}", wrap(&line))?;
    }
    if let Some(first) = report.findings.iter().find(|finding| finding.accepted.is_none()) {
        writeln!(out, "more about a code: `meshbundle explain {}`", first.code)?;
    }
    writeln!(out, "{}: {}", report.file, summary(Count::of(report.findings)))
}

/// Prints every finding that is not accepted, and nothing else.
///
/// # Errors
/// Whatever writing to `out` yields.
pub fn print_open(out: &mut dyn Write, report: &Report<'_>, colour: bool) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let open: Vec<&Diagnostic> = report.findings.iter().filter(|finding| finding.accepted.is_none()).collect();
    if open.len() <= ALL_IN_FULL {
        return open.iter().try_for_each(|finding| full(out, &renderer, finding, report));
    }
    by_code(out, &renderer, &open, report)
}

/// `2 errors, 1 warning, 1 accepted`, or `no findings, 1 accepted`.
fn summary(count: Count) -> String {
    let mut parts = Vec::new();
    if count.errors + count.warnings == 0 {
        parts.push("no findings".to_owned());
    }
    if count.errors > 0 {
        parts.push(plural(count.errors, "error"));
    }
    if count.warnings > 0 {
        parts.push(plural(count.warnings, "warning"));
    }
    if count.accepted > 0 {
        parts.push(format!("{} accepted", count.accepted));
    }
    parts.join(", ")
}

/// `` `serviceCIDRs` of every cluster; `nodeCIDRs` of `a`, `b` ``.
fn unchecked(fields: &[Unchecked]) -> String {
    let of = |field: &Unchecked| match field.clusters.as_slice() {
        [a, b, c, d, more @ ..] if !more.is_empty() => {
            format!("`{}` of `{a}`, `{b}`, `{c}`, `{d}` and {} more", field.field, more.len())
        }
        clusters => {
            let names: Vec<String> = clusters.iter().map(|name| format!("`{name}`")).collect();
            format!("`{}` of {}", field.field, names.join(", "))
        }
    };
    let nowhere: Vec<String> = fields.iter().filter(|field| field.nowhere).map(|field| format!("`{}`", field.field)).collect();
    let nowhere = (!nowhere.is_empty()).then(|| format!("{} of every cluster", nowhere.join(", ")));
    nowhere.into_iter().chain(fields.iter().filter(|field| !field.nowhere).map(of)).collect::<Vec<_>>().join("; ")
}

fn full(out: &mut dyn Write, renderer: &Renderer, finding: &Diagnostic, report: &Report<'_>) -> io::Result<()> {
    let accept = (finding.code.entry().acceptable && finding.place.is_none()).then(|| {
        let at = finding.whole.as_ref().unwrap_or(&finding.path).as_str();
        // In quotes: a plain scalar between braces cannot hold brackets.
        format!("or accept it: `{{ code: {}, at: \"{at}\", reason: … }}`", finding.code)
    });
    let lead = 2 + severity(finding).len() + finding.code.as_str().len() + 2;
    let words = Words {
        title: wrap_beside(&finding.message, lead),
        cause: finding.cause.as_deref().map(|cause| wrap_beside(cause, NOTE_LEAD)),
        help: finding.help.iter().chain(&accept).map(|help| wrap_beside(help, NOTE_LEAD)).collect(),
    };
    writeln!(out, "{}\n", renderer.render(&[words.group(finding, report)]))
}

/// Columns before the words of a note: the numbers of lines, and `= help: `.
const NOTE_LEAD: usize = 16;

/// Findings by their codes, in the order in which codes first come up.
fn by_code(out: &mut dyn Write, renderer: &Renderer, open: &[&Diagnostic], report: &Report<'_>) -> io::Result<()> {
    let mut order: Vec<Code> = Vec::new();
    let mut of: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
    for finding in open {
        if !of.contains_key(&finding.code) {
            order.push(finding.code);
        }
        of.entry(finding.code).or_default().push(finding);
    }
    let lines = Lines::new(report.source);
    for findings in order.iter().filter_map(|code| of.get(code)) {
        // A separate line for a single one would save nothing.
        let shown = if findings.len() <= EXAMPLES + 1 { findings.len() } else { EXAMPLES };
        for finding in findings.iter().take(shown) {
            full(out, renderer, finding, report)?;
        }
        let Some(rest) = findings.get(shown..).filter(|rest| !rest.is_empty()) else { continue };
        for finding in rest {
            let at = match &finding.place {
                Some(FilePlace { file, line: Some((line, _)) }) => format!("{file}:{line}"),
                Some(FilePlace { file, line: None }) => file.clone(),
                None => {
                    let (line, column) = place(finding, report.places).map_or((1, 1), |span| lines.position(span.start));
                    format!("{}:{line}:{column}", report.file)
                }
            };
            writeln!(out, "{}", wrap(&format!("{}[{}] {at}: {}", severity(finding), finding.code, finding.message)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn severity(finding: &Diagnostic) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn place(finding: &Diagnostic, places: &dyn Locate) -> Option<Range<usize>> {
    finding.span.clone().or_else(|| places.locate(&finding.path))
}

/// The texts of a finding, wrapped to the width that is left.
struct Words {
    title: String,
    cause: Option<String>,
    help: Vec<String>,
}

impl Words {
    fn group<'a>(&'a self, finding: &'a Diagnostic, report: &Report<'a>) -> Group<'a> {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(self.title.as_str()).id(finding.code.as_str());
        let mut group = if let Some(place) = &finding.place {
            in_file(title, place)
        } else if let Some(span) = place(finding, report.places) {
            let mut snippet = Snippet::source(report.source).path(report.file).fold(true);
            // The earlier place first: this is the order in which people read their file.
            for label in &finding.labels {
                if let Some(span) = report.places.locate(&label.path) {
                    let span = one_line(span, report.source);
                    snippet = snippet.annotation(AnnotationKind::Context.span(span).label(label.text.as_str()));
                }
            }
            let mut primary = AnnotationKind::Primary.span(one_line(span, report.source));
            if !finding.label.is_empty() {
                primary = primary.label(finding.label.as_str());
            }
            title.element(snippet.annotation(primary))
        } else {
            Group::with_title(title)
        };
        if let Some(cause) = &self.cause {
            group = group.element(Level::NOTE.message(cause.as_str()));
        }
        for help in &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        group
    }
}

/// The line of the file, or only its name.
fn in_file<'a>(title: Title<'a>, place: &'a FilePlace) -> Group<'a> {
    match &place.line {
        Some((number, text)) => {
            let shown = Snippet::source(text.as_str()).path(place.file.as_str()).line_start(*number);
            let start = text.len() - text.trim_start().len();
            title.element(shown.annotation(AnnotationKind::Primary.span(start..text.trim_end().len().max(start))))
        }
        None => title.element(Origin::path(place.file.as_str())),
    }
}

/// `text` in lines that leave `lead` columns free before each.
fn wrap_beside(text: &str, lead: usize) -> String {
    untie(&textwrap::wrap(&tie(text), options(WIDTH.saturating_sub(lead))).join("\n"))
}

/// `text` in lines of the whole width, all but the first indented.
fn wrap(text: &str) -> String {
    untie(&textwrap::fill(&tie(text), options(WIDTH).subsequent_indent("    ")))
}

/// Replaces a space at which no line may end.
const TIE: char = '\u{a0}';

/// Text in backticks is copied, so no line ends inside it. Control characters of a file never reach the terminal.
fn tie(text: &str) -> String {
    let mut inside = false;
    let tie = |c: char| {
        inside ^= c == '`';
        match c {
            ' ' if inside => TIE,
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        }
    };
    text.chars().map(tie).collect()
}

fn untie(text: &str) -> String {
    text.replace(TIE, " ")
}

fn options(width: usize) -> textwrap::Options<'static> {
    // Users copy words: a path or a name is never cut.
    textwrap::Options::new(width).break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// The part of `span` on its first line: a finding about a whole cluster should not print the whole cluster.
fn one_line(span: Range<usize>, source: &str) -> Range<usize> {
    let start = span.start.min(source.len());
    let end = span.end.clamp(start, source.len());
    let text = source.get(start..end).unwrap_or_default();
    let length = text.find('\n').unwrap_or(text.len());
    start..start + text.get(..length).map_or(0, |line| line.trim_end().len())
}
