//! The names that must resolve for the links of a mesh: who dials which of them, what resolves it already, and to which address.
//!
//! Input: a checked mesh. Output: one entry for each name. It asks no DNS, and guesses no address: where the mesh does not say one, there
//! is none. What external clusters dial is not known here.

mod answer;
mod list;
mod need;

pub use answer::{AnswerSource, NameAnswer};
pub use list::{MeshName, names};
pub use need::{NameNeed, NameUser, NameWay};
