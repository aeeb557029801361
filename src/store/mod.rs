//! The only writer: the state with its lock, and the output folder. Every write goes to a temporary file in the same folder and
//! is renamed into place; keys are 0600 from their first byte.
//!
//! Input: bytes and records from other modules. Output: files. It has no rules: other modules decide what to write.

mod atomic;
mod backup;
mod error;
mod index;
mod key_change;
mod key_form;
mod kit;
mod leaf_file;
mod lock;
mod ours;
mod output;
mod receipts;
mod record;
mod report;
mod restore;
mod state;
mod state_file;
mod state_permissions;
mod state_reader;
mod stray;
mod tree;

pub use atomic::{read_given, replace_if_different, write_new_file};
pub use error::StoreError;
pub use index::{ArchiveEntry, FORMAT as INDEX_FORMAT, FileEntry, Index};
pub use key_form::KeyForm;
pub use kit::{KitFolder, KitIndex, KitWritten};
pub use leaf_file::{ClusterLeaves, LeafEntry};
pub use ours::Remaining;
pub use output::Output;
pub use receipts::{evidence_text, read_evidence};
pub use report::{check_report, replace_report};
pub use restore::restore;
pub use state::State;
pub use state_permissions::state_exposures;
pub use state_reader::StateFiles;
pub use stray::{Stray, state_strays};
pub use tree::UnpackedFile;
