//! Why a plan could not be carried out.

use crate::diag::Diagnostic;
use crate::pki::AuthorityError;
use crate::render::RenderError;
use crate::seal::OpenError;
use crate::store::StoreError;

use super::output_guard::GuardError;

/// Why a plan could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The output folder must not be overwritten.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A CA cannot be used.
    #[error("the CA `{name}` cannot be used: {source} (`{file}`)")]
    Authority {
        /// Its name.
        name: String,
        /// The file that is wrong.
        file: String,
        /// Why.
        source: AuthorityError,
    },
    /// The encrypted key of a CA could not be opened.
    #[error("the key of CA `{name}` cannot be opened: {source} (`{file}`)")]
    Locked {
        /// Its name.
        name: String,
        /// Its file.
        file: String,
        /// Why.
        source: OpenError,
    },
    /// A leaf could not be issued.
    #[error("cannot issue `{what}`")]
    Issue {
        /// What it is for.
        what: String,
        /// Why.
        source: AuthorityError,
    },
    /// A file of a provided credential cannot be used.
    #[error("`{file}` cannot be used: {reason}")]
    Given {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The program that seals Secrets.
    #[error("the filter `{program}` {reason}")]
    Filter {
        /// The program with its words.
        program: String,
        /// What happened.
        reason: String,
    },
    /// A file could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Links that would not work: nothing was written.
    #[error("links cannot be proven")]
    Unproven(Vec<Diagnostic>),
}
