//! What is wrong, where, and what to do: one type for every finding, one catalogue of codes.
//!
//! Input: findings made by `mesh`, `lint` and `plan`. Output: text for people, JSON for programs. It knows nothing of meshes,
//! files or certificates: a place is a [`FieldPath`], and [`Locate`] turns a path into a line of the file.

mod catalogue;
mod code;
mod collector;
mod lines;
mod nearest;
mod path;
mod report;
mod shell;
mod shown;
mod text;

use std::borrow::Cow;

use std::collections::HashSet;
use std::ops::Range;

use shown::{into_shown, shown_message};

pub use catalogue::{CATALOGUE, CatalogueEntry, Code};
pub use collector::Collector;
pub use lines::Lines;
pub use nearest::nearest;
pub use path::FieldPath;
pub use report::{Nowhere, Report, Unchecked};
pub use shell::shell_word;
pub use shown::shown;
pub use text::{print, print_open};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mesh may misbehave; files are written nevertheless.
    Warning,
    /// Files would be wrong, or an agent or etcd would reject them; nothing is written.
    Error,
}

/// A second place that belongs to a finding, with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub path: FieldPath,
    /// The text of the label.
    pub text: String,
}

/// A place in a file other than the mesh: `verify` reads many files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePlace {
    /// The file, as the user would name it.
    pub file: String,
    /// The line it is about, counted from 1, and its text; only of lines without a secret.
    pub line: Option<(usize, String)>,
}

impl FilePlace {
    /// A file as a whole.
    pub fn whole(file: impl Into<String>) -> Self {
        Self { file: into_shown(file.into()), line: None }
    }
}

/// One finding about the user's mesh, or about deployed files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `CM0101` and so on.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The field it is about.
    pub path: FieldPath,
    /// What is wrong, in one line.
    pub message: String,
    /// A few words at the place itself.
    pub label: String,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// Why it matters, if the message alone does not say so.
    pub cause: Option<Cow<'static, str>>,
    /// How to fix it.
    pub help: Option<String>,
    /// A place that no field path names: syntax errors, duplicate keys.
    pub span: Option<Range<usize>>,
    /// Why the owner of the mesh accepts it, if an entry of `accept` does so.
    pub accepted: Option<String>,
    /// What an entry of `accept` names to cover the whole finding, where `path` is only a part of it.
    pub whole: Option<FieldPath>,
    /// The file it is about, if that is not the mesh.
    pub place: Option<FilePlace>,
    /// The part of that file that it is about, for code that looks for it: the key of a config, the label of a certificate.
    pub subject: Option<String>,
}

impl Diagnostic {
    /// A finding of `code`, with the severity and the reason of the catalogue.
    pub fn new(code: Code, path: FieldPath, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.entry().severity,
            path,
            message: shown_message(message.into()),
            label: String::new(),
            labels: Vec::new(),
            cause: Some(Cow::Borrowed(code.entry().why)),
            help: None,
            span: None,
            accepted: None,
            whole: None,
            place: None,
            subject: None,
        }
    }

    /// A finding about a file that is not the mesh.
    pub fn of_file(code: Code, place: FilePlace, message: impl Into<String>) -> Self {
        Self { place: Some(place), ..Self::new(code, FieldPath::root(), message) }
    }

    /// Gives it another severity than the catalogue's, where that depends on the version of agents.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Adds the words at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = into_shown(text.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn also(mut self, path: FieldPath, text: impl Into<String>) -> Self {
        self.labels.push(Label { path, text: into_shown(text.into()) });
        self
    }

    /// Says why it matters, where that is not the reason of the code.
    #[must_use]
    pub fn cause(mut self, text: impl Into<String>) -> Self {
        self.cause = Some(Cow::Owned(into_shown(text.into())));
        self
    }

    /// Says how to fix it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(into_shown(text.into()));
        self
    }

    /// Sets the place of everything that it is about.
    #[must_use]
    pub fn whole(mut self, path: FieldPath) -> Self {
        self.whole = Some(path);
        self
    }

    /// Names the part of the file that it is about.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Pins the finding to a byte range of the file.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// Whether it prevents files from being written.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error && self.accepted.is_none()
    }
}

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
