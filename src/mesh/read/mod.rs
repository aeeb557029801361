//! Tree -> `Mesh`: converts every value to its type, and reports those that do not fit.
//!
//! The structural check runs before, and its findings are not repeated here: a value of the wrong form is treated as missing.

mod cilium;
mod cluster;
mod etcd;
mod fitting;
mod mesh;
mod paths;
mod reader;
mod runtime;

pub(super) use mesh::mesh;
pub(super) use reader::MeshReader;
