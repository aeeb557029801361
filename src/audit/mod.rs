//! Whether a state is whole: its files against its records. `generate` compares what it uses, `state check` all of it.
//!
//! In: the files of a state, its inventory, and what opens its CA keys if that is given. Out: what is wrong, as reasons or as findings. It
//! writes nothing.

mod authority;
mod folder;
mod leaf;
mod records;
mod whole;

pub use authority::check_authority;
pub use leaf::{LeafPem, Signer, describe_missing, read_leaf};
pub use whole::{Asked, Audit, AuditCounts, audit};
