//! How a result is reported: words that `lint`, `plan`, `generate` and `verify` share.

use clap::ValueEnum;

use crate::diag::Diagnostic;

use super::Exit;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs, in a shape with a version.
    Json,
}

/// How a result is reported.
#[derive(clap::Args)]
pub(super) struct Reporting {
    /// Count warnings as errors; accepted ones do not count
    #[arg(long)]
    deny_warnings: bool,
    /// Print only findings and errors: nothing where all is good
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

impl Reporting {
    /// That of a command that has the form as its only choice.
    pub(super) const fn plain(format: Format) -> Self {
        Self { deny_warnings: false, quiet: false, format }
    }

    /// Whether any of `findings` is an error, or counts as one.
    pub(super) fn is_failed_by(&self, findings: &[Diagnostic]) -> bool {
        findings.iter().any(|finding| finding.is_error() || (self.deny_warnings && finding.accepted.is_none()))
    }

    /// How a run with these findings ends.
    pub(super) fn exit(&self, findings: &[Diagnostic]) -> Exit {
        if self.is_failed_by(findings) { Exit::Findings } else { Exit::Clean }
    }
}
