//! No key in any output: keys as openssl and ssh-keygen make them, in every form that people paste, in every field of the schema
//! and every file that is read, through commands and formats. Not eight consecutive bytes of them may appear, neither encoded nor
//! decoded.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../schema/everything.rs"]
mod everything;
mod fields;
mod inputs;
#[path = "../schema/judge.rs"]
mod judge;
mod material;
#[path = "../support/mod.rs"]
mod support;
