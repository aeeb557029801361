//! The JSON Schema that editors judge a mesh by, held against the parser: a judge that shares no line with it says of every mesh
//! what the parser says of its form.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod everything;
mod init;
mod judge;
mod mutations;
mod samples;
mod scalars;
mod wellformed;
