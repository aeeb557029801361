//! A bundle as a whole: checksums, manifest and options, each against the others and against the files.

pub(super) mod hosts;
mod member;
mod options;
mod own;
mod sums;
mod whole;

pub(super) use options::agent_options;
pub(super) use whole::look;
