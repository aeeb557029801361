//! What is printed about findings, a plan, files that were verified, links that were probed: the views, and a printer for each form.
//!
//! Input: results of `diag`, `plan`, `verify`, `probe` and `announce`. Output: text for people, JSON for programs, metrics for
//! Prometheus. It decides nothing about a mesh, and opens no file.

pub mod announce;
pub mod findings;
pub mod plan;
pub mod plan_text;
pub mod probe;
pub mod probe_prometheus;
pub mod probe_text;
pub mod round;
mod table;
pub mod verify;
pub mod verify_text;
