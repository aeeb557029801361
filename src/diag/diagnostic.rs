//! A finding: what is wrong, where, why it matters, and what to do.

use std::borrow::Cow;
use std::ops::Range;

use super::catalogue::Code;
use super::path::FieldPath;
use super::severity::Severity;
use super::shown::{into_shown, shown_message};

/// A second place that belongs to a finding, with a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLabel {
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

/// A part of a file other than the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePart {
    /// A key of an etcd client config, as the config's reader calls it.
    ConfigKey(&'static str),
    /// The certificate with this SHA-256 fingerprint.
    Certificate([u8; 32]),
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
    pub labels: Vec<PlaceLabel>,
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
    /// The part of that file that it is about, for code that looks for it.
    pub part: Option<FilePart>,
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
            part: None,
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
        self.labels.push(PlaceLabel { path, text: into_shown(text.into()) });
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
    pub fn about(mut self, part: FilePart) -> Self {
        self.part = Some(part);
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
