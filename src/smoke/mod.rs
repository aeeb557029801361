//! A kit that shows whether two clusters of a mesh work together: workloads, a policy that names clusters, a global service, and a page
//! with the commands and the answers to expect.
//!
//! Input: a checked mesh and the names of two of its clusters. Output: files. It writes none, and it starts nothing.

mod annotations;
mod kit;
mod page;
mod side;
mod templates;
mod workloads;

pub use annotations::{ServiceAnnotation, annotations};
pub use kit::{Kit, KitError, KitFile, kit};
pub use side::{PolicyMeans, Side, SideKind};
