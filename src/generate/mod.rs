//! Carries a plan out: CAs, leaves, proofs, commit, archives. It decides nothing: each step does what the plan says, in an order
//! that leaves the old state or the new one, wherever it is interrupted.
//!
//! Input: a checked mesh and its plan, the locked state, the output folder. Output: files, and what was done.

mod archives;
mod authorities;
mod consider;
mod error;
mod execute;
mod filter;
mod issue;
mod job;
mod list_signers;
mod material;
mod output_guard;
mod pending_writes;
mod progress;
mod prove;
mod provided;
mod revocation_lists;
mod selection;
mod signing_keys;
mod stored;
mod summary;

pub use consider::Considered;
pub use error::GenerateError;
pub use execute::execute;
pub use filter::PASSPHRASE_VARIABLE;
pub use job::Job;
pub use output_guard::GuardError;
pub use progress::{Progress, Silent};
pub use selection::Selection;
pub use signing_keys::{LockedKey, SigningKeys};
pub use summary::Summary;
