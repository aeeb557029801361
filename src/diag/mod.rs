//! What is wrong, where, and what to do: one type for every finding, one catalogue of codes.
//!
//! Input: findings made by `mesh`, `lint` and `plan`. Output: text for people, JSON for programs. It knows nothing of meshes,
//! files or certificates: a place is a [`FieldPath`], and [`Locate`] turns a path into a line of the file.

mod arrange;
mod catalogue;
mod code;
mod collector;
mod count;
mod diagnostic;
mod lines;
mod nearest;
mod path;
mod report;
mod severity;
mod shell;
mod shown;
mod text;

pub use arrange::{Locate, arrange};
pub use catalogue::{CATALOGUE, CatalogueEntry, Code};
pub use collector::Collector;
pub use count::Count;
pub use diagnostic::{Diagnostic, FilePart, FilePlace, PlaceLabel};
pub use lines::Lines;
pub use nearest::nearest;
pub use path::FieldPath;
pub use report::{Nowhere, Report, Unchecked};
pub use severity::Severity;
pub use shell::shell_word;
pub use shown::shown;
pub use text::{print, print_open};
