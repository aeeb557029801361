//! How a run ends: one table of exit codes for all commands. Their help, the man pages and README take them from here.

use std::io;
use std::process::ExitCode;

use crate::generate::{GenerateError, GuardError};
use crate::store::StoreError;

/// The exit codes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Good.
    Clean,
    /// Findings, not ready, undetermined, or something outstanding where that was asked.
    Findings,
    /// The command line has to be changed.
    Usage,
    /// Something else has to be changed: a file, the state, the network.
    Failed,
}

impl Exit {
    const ALL: [Self; 4] = [Self::Clean, Self::Findings, Self::Usage, Self::Failed];

    const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failed => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What the exit codes of a command mean. 2 means the same for each of them.
pub(super) struct Meaning {
    clean: &'static str,
    /// Only of commands that report findings.
    findings: Option<&'static str>,
    failed: &'static str,
}

const fn meaning(clean: &'static str, findings: &'static str, failed: &'static str) -> Meaning {
    Meaning { clean, findings: Some(findings), failed }
}

/// A command without findings: it succeeds or fails.
const fn work(clean: &'static str, failed: &'static str) -> Meaning {
    Meaning { clean, findings: None, failed }
}

const NO_STDOUT: &str = "standard output cannot be written";

pub(super) const PROGRAM: Meaning = meaning(
    "good",
    "findings, not ready, undetermined, or changes pending where that was asked",
    "an input cannot be read, or the work cannot be done",
);
pub(super) const INIT: Meaning = work("written", "the file is there already, or it cannot be written");
pub(super) const LINT: Meaning = meaning("no errors", "errors; with --deny-warnings also warnings", "the mesh cannot be read");
pub(super) const EXPLAIN: Meaning = work("printed", NO_STDOUT);
pub(super) const SCHEMA: Meaning = work("printed", NO_STDOUT);
pub(super) const PLAN: Meaning = meaning(
    "no errors",
    "errors; with --deny-warnings also warnings; with --exit-code also pending changes",
    "the mesh, the state or OUT cannot be read, or they do not belong together",
);
pub(super) const GENERATE: Meaning = meaning(
    "done, or nothing to do",
    "errors, with --deny-warnings also warnings: nothing is written",
    "the work cannot be done; what is written is whole, and the next run completes it",
);
pub(super) const VERIFY: Meaning =
    meaning("no errors", "errors; with --deny-warnings also warnings", "a PATH or the mesh cannot be read");
pub(super) const PROBE: Meaning = meaning(
    "all links are ready; with --members: all members are as their newest bundles want them",
    "a link is not ready, something is left to do at a member, or that is undetermined",
    "nothing can be tried: PATH, the mesh or the state cannot be read, or has no link or member",
);
pub(super) const ANNOUNCE: Meaning = meaning(
    "stopped by a signal; with --check: healthy",
    "with --check: not healthy",
    "the network cannot be used; with --check: the etcd cannot be read",
);
pub(super) const ROLLOUT: Meaning = meaning(
    "done",
    "record: a receipt is refused; status with --exit-code: something is left to do",
    "the state or a FILE cannot be read, or there is no state",
);
pub(super) const RECORD: Meaning = meaning(
    "recorded, or known before",
    "a receipt is refused; the others are recorded",
    "the state or a FILE cannot be read, or there is no state",
);
pub(super) const STATUS: Meaning =
    meaning("printed", "with --exit-code: something is left to do", "the state cannot be read, or there is none");
pub(super) const CERTS: Meaning = meaning(
    "done",
    "list with --within: something may expire by then; rotate: the step has to wait; revoke: nothing is selected; or the mesh has errors",
    "the mesh, the state or a PATH cannot be read, or the work cannot be done",
);
pub(super) const CERTS_LIST: Meaning = meaning(
    "listed; with --within: nothing expires by then",
    "with --within: something may expire by then, or that cannot be told",
    "the mesh, the state or a PATH cannot be read, or FILE cannot be written",
);
pub(super) const ROTATE: Meaning = meaning(
    "printed; with --next or --back: the step is taken",
    "the step has to wait, or the mesh has errors: nothing is written",
    "the mesh, the state or a FILE cannot be read, or the work cannot be done; the next run completes it",
);
pub(super) const REVOKE: Meaning = meaning(
    "printed; with --apply: revoked",
    "nothing is selected, or the mesh has errors: nothing is revoked",
    "the mesh or the state cannot be read, or the work cannot be done; the next `generate` completes it",
);
pub(super) const GRAPH: Meaning = meaning(
    "drawn",
    "drawn as it was generated last: the mesh has errors, which are on stderr",
    "the mesh, the state or a report cannot be read",
);
pub(super) const REPORT: Meaning = meaning(
    "written",
    "written; the mesh has errors, or a link is broken",
    "FILE cannot be written or is no such page, or the mesh, the state or a report cannot be read",
);
pub(super) const STATE: Meaning = meaning(
    "done",
    "check: errors; with --deny-warnings also warnings",
    "there is no state, or a file exists, is no backup, or cannot be read or written",
);
pub(super) const CHECK: Meaning =
    meaning("whole", "errors; with --deny-warnings also warnings", "there is no state, or it cannot be read");
pub(super) const BACKUP: Meaning = work("written", "FILE exists, the state cannot be read, or there is none");
pub(super) const RESTORE: Meaning = work("restored", "there is a state already, or FILE is no backup or cannot be read");
pub(super) const ENCRYPT: Meaning =
    work("encrypted, or encrypted before", "the state cannot be read or written, or a key cannot be opened");
pub(super) const DECRYPT: Meaning =
    work("in clear, or in clear before", "the state cannot be read or written, or a key cannot be opened");
pub(super) const DNS: Meaning = meaning("printed", "the mesh has errors", "the mesh cannot be read, or a zone would be empty");
pub(super) const SMOKE: Meaning = meaning(
    "written",
    "errors in the mesh, with --deny-warnings also warnings: nothing is written",
    "the mesh cannot be read, or DIR cannot be written or belongs to somebody else",
);
pub(super) const FIREWALL: Meaning = meaning(
    "printed; with --check: every required line that can be tried is open",
    "the mesh has errors; with --check: a required line is not open",
    "the mesh cannot be read; with --check: nothing can be tried",
);
pub(super) const COMPLETIONS: Meaning = work("printed", NO_STDOUT);
pub(super) const MAN: Meaning = work("written", "a page cannot be written");

impl Meaning {
    /// The text below the options in the help of a command.
    pub(super) fn below(&self, examples: &str) -> String {
        format!("{examples}\n\n{self}")
    }

    const fn of(&self, exit: Exit) -> Option<&'static str> {
        match exit {
            Exit::Clean => Some(self.clean),
            Exit::Findings => self.findings,
            Exit::Usage => Some("the command line is wrong"),
            Exit::Failed => Some(self.failed),
        }
    }
}

impl std::fmt::Display for Meaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exit status:")?;
        Exit::ALL
            .iter()
            .filter_map(|exit| Some((exit.code(), self.of(*exit)?)))
            .try_for_each(|(code, text)| write!(f, "\n  {code}  {text}"))
    }
}

/// A run that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A file cannot be read or written; the message has its path.
    #[error("{0}")]
    File(io::Error),
    /// Standard output is gone.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// The arguments conflict.
    #[error("{0}")]
    Usage(String),
    /// A file or folder that was named is not there.
    #[error("`{path}` is not there\nhelp: {help}")]
    Missing {
        /// As it was named.
        path: String,
        /// What creates it, or what to name instead.
        help: String,
    },
    /// What was named cannot be used.
    #[error("{0}")]
    Input(String),
    /// The disk, or what is on it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something must not be written over.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// A plan could not be carried out.
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

impl Failure {
    /// A file or folder that cannot be read. If it does not exist, `help` says what makes it.
    pub(super) fn unread(path: &std::path::Path, error: &io::Error, help: &str) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing { path: path.display().to_string(), help: help.to_owned() },
            _ => Self::file(path, error),
        }
    }

    /// A file or folder that cannot be read, whatever the reason is.
    pub(super) fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::File(io::Error::new(error.kind(), format!("`{}` cannot be read: {error}", path.display())))
    }

    /// The exit code that it ends with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            // Whoever closes our stdout has read enough.
            Self::Stdout(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clean,
            Self::File(_)
            | Self::Stdout(_)
            | Self::Missing { .. }
            | Self::Input(_)
            | Self::Store(_)
            | Self::Guard(_)
            | Self::Generate(_) => Exit::Failed,
        }
    }
}
