//! Which file the agents see at a path, whatever the files are kept in.
//!
//! All of `verify` and `probe` read through [`Files`]. It has one implementation for each place that holds files of agents:
//! [`ArchivedBundle`], [`UnpackedBundle`], [`Directory`] on a node, and `MountedSecrets` of a Kubernetes cluster, which have names
//! and bytes alone. None of them opens a file: they get what was read, links followed.

mod archived;
mod bundle_form;
mod bundle_tree;
mod directory;
mod found;
mod seen;
mod unpacked;

pub use archived::ArchivedBundle;
pub use bundle_tree::BundleTree;
pub(super) use bundle_tree::Mounts;
pub(super) use bundle_tree::{COMPOSE, OWN_CONFIGS};
pub use directory::{Directory, NodeFiles, Placed, named_by};
pub use found::Found;
pub(super) use found::normal;
pub use seen::Files;
pub use unpacked::UnpackedBundle;
