//! The certificates of a mesh, or of files: for whom each is, until when what may be in use is valid, and which links stop then.
//!
//! Input: the records of the state and what targets have, or what `verify` has read of files. Output: one entry for each certificate, the
//! first to expire first. It decides nothing about a mesh, opens no file, and knows no format.

mod entry;
mod found;
mod installed;
mod list;
mod recorded;
mod users;

pub use entry::{CertEntry, CertKind, CertLink, InUse, Issued};
pub use found::FoundCerts;
pub use installed::InstalledBundle;
pub use list::CertList;
pub use recorded::CertRecords;
