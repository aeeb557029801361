//! What is wrong, where, and what to do: one type for every finding, one catalogue of codes.
//!
//! Input: findings of all other modules. Output: text for people; `report` makes JSON of them. It knows nothing of meshes or
//! certificates: a place is a [`FieldPath`] that [`Locate`] turns into a line of the mesh, or a [`FilePlace`] in another file.

mod arrange;
mod catalogue;
mod code;
mod collector;
mod count;
mod diagnostic;
mod lines;
mod nearest;
mod path;
mod plural;
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
pub use plural::plural;
pub use report::{Nowhere, Report, Unchecked};
pub use severity::Severity;
pub use shell::{shell_argument, shell_word};
pub use shown::shown;
pub use text::{print, print_open};
