//! The semantic rules for the values of a mesh. They report all findings at once, each with the path of its field.
//!
//! Input: the mesh, facts about the files that it names, the time. Output: findings, and a [`CheckedMesh`] if none of them is an
//! error. It opens no file, reads no clock, and ignores what was issued before: `plan` compares with that.

mod accept;
mod addressing;
mod balancers;
mod checked;
mod delivery;
mod duplicates;
mod endpoint_names;
mod endpoints;
mod half_links;
mod helm;
mod helm_sizes;
mod hosts;
mod identity;
mod links;
mod nodes;
mod outliers;
mod proof;
mod provided_files;
mod release_values;
mod run;
mod setting;
mod succession;
mod trust;
mod unchecked;
mod unreachable;
mod version;

pub use checked::{CheckedMesh, EtcdTrust, MeshAuthority};
pub use hosts::{dialled_hosts, on_the_machine};
pub use provided_files::{KeyFact, ProvidedFiles};
pub use run::{Linted, lint};
pub use succession::{RotationStep, Succession};
pub use trust::CA_NOTICE;
