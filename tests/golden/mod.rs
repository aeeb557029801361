//! What users get, to be read: everything that `generate` writes for each sample, the plan of the guide, and the help of every
//! verb. What is random stands there as what it means; certificates as the fields that openssl finds in them.
//!
//! `UPDATE=1 cargo test --test suite golden::` writes the goldens again: read the difference like code. Where files of a bundle have
//! changed for the same mesh, `LAYOUT` in `src/plan/bundle_digest.rs` must be raised, or nodes out there keep the old ones.

mod capture;
mod explain;
mod goldens;
mod help;
mod installer;
mod samples;
mod x509;
